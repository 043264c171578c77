//! How a bikes region's records and snapshots are written down: formats of its own, which no other kind of region reads. Postcard gives the
//! bytes: fields in the order in which they stand in the types, a variant by its place in its list. The golden bytes in
//! `tests/bikes/golden.txt` refuse what would change the meaning of a journal.

mod station;

use super::Recorded;
use super::demand::Demand;
use super::row::{OrderRow, StationRow, VanDerived, VanRow};
use super::world::Bikes;
use crate::ledger::{Entry, Head, Record};
use crate::record::{
    Encoded, Kind, RecordError, StoredTable, append, append_table, from_bytes, table, to_bytes,
};
use paceline_model::bikes::{
    Batteries, BatteryLoad, CrewReport, CrewWord, Event, IssueDecision, OrderCause, Refusal, SiteKind,
    StationId, VanId, VanRule, VanSpec, VanState, WithdrawReason, WorkOrderId,
};
use paceline_model::{Instant, Position, Slots, Table};
use serde::{Deserialize, Serialize};
use station::UnwatchedStation;
use std::collections::VecDeque;
use std::sync::Arc;

/// The newest layout of records, and the first that has batteries. Each is the one before it with more kinds of the same bytes.
const RECORD_LAYOUT: u8 = 4;
/// The first layout of records that has cells.
const WITH_CELLS: u8 = 3;
/// The first layout of records that has inspections.
const INSPECTED: u8 = 2;
/// The newest layout of snapshots: the one before it, with batteries behind it.
const SNAPSHOT_LAYOUT: u8 = 5;
/// The layout of snapshots that is written where there are no batteries, and cells among the stations.
const CELLS: u8 = 4;
/// The layout of snapshots that is written where there is no cell either.
const WITHOUT_CELLS: u8 = 3;
/// The last layout of snapshots that knew nothing of riders.
const WITHOUT_DEMAND: u8 = 1;
/// The last layout in which nobody asked whether stations give their bikes.
const UNWATCHED: u8 = 2;

/// The layout of a record's format. Errors: one that this program does not read.
pub fn record_layout(format: u16) -> Result<u8, RecordError> {
    Kind::BIKES.layout(format, RECORD_LAYOUT)
}

/// The layout of a snapshot's format. Errors: one that this program does not read.
pub fn snapshot_layout(format: u16) -> Result<u8, RecordError> {
    Kind::BIKES.layout(format, SNAPSHOT_LAYOUT)
}

/// A record as it is to be stored: in the oldest layout that holds it, so that a program of before reads what it could have written.
pub(super) fn encode(record: &Record<Recorded>) -> Encoded {
    let layout = record.events.iter().map(layout_of).max().unwrap_or(1);
    Encoded { format: Kind::BIKES.format(layout), bytes: to_bytes(record) }
}

/// The first layout that has a kind of event, and what it holds.
fn layout_of(recorded: &Recorded) -> u8 {
    let Entry::Event(event) = recorded else { return 1 };
    match event {
        Event::StationPut(spec) if spec.kind == SiteKind::Cell => WITH_CELLS,
        Event::BatteriesRead(_) | Event::BatteriesChanged(_) | Event::VanBatteries { .. } => RECORD_LAYOUT,
        Event::WordTaken(report) if matches!(report.word, CrewWord::BatteriesCounted(_)) => RECORD_LAYOUT,
        Event::OrderProposed(new) if matches!(new.cause, OrderCause::LowBatteries { .. }) => RECORD_LAYOUT,
        Event::OrderWithdrawn { why: WithdrawReason::BatteriesFull, .. } => RECORD_LAYOUT,
        Event::OrderIssued { decision, .. } if of_batteries(decision) => RECORD_LAYOUT,
        Event::StationInspected(_) => INSPECTED,
        Event::WordTaken(report) if matches!(report.word, CrewWord::Inspected(..)) => INSPECTED,
        Event::OrderProposed(new) if of_inspections(&new.cause) => INSPECTED,
        Event::OrderWithdrawn { why: WithdrawReason::GivesNone | WithdrawReason::RentedAgain, .. } => {
            INSPECTED
        }
        _ => 1,
    }
}

fn of_batteries(decision: &IssueDecision) -> bool {
    decision.excluded.iter().any(|(rule, _)| *rule == VanRule::NoBatteries)
}

fn of_inspections(cause: &OrderCause) -> bool {
    matches!(cause, OrderCause::NoRentals { .. } | OrderCause::LockedIn { .. })
}

/// Errors: a format that this program does not read, or bytes that are not of it.
pub(super) fn decode(format: u16, bytes: &[u8]) -> Result<Record<Recorded>, RecordError> {
    record_layout(format)?;
    from_bytes(bytes)
}

/// What of a bikes world outlives a restart, sharing its pages with the world that goes on.
pub struct Saved {
    stations: Slots<StationRow>,
    vans: Slots<VanRow>,
    orders: Slots<OrderRow>,
    ended: VecDeque<(Instant, WorkOrderId)>,
    proposed_ever: u64,
    demand: Arc<Demand>,
}

impl Saved {
    pub(super) fn of(world: &Bikes) -> Self {
        Self {
            stations: world.stations.slots().clone(),
            vans: world.vans.slots().clone(),
            orders: world.orders.slots().clone(),
            ended: world.ended.clone(),
            proposed_ever: world.proposed_ever,
            demand: world.demand.known.clone(),
        }
    }
}

/// A van as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredVan {
    spec: Arc<VanSpec>,
    state: VanState,
    since: Instant,
    aboard: u32,
    stopped_at: Position,
    orders: Vec<WorkOrderId>,
    words: VecDeque<Arc<CrewReport>>,
}

impl From<&VanRow> for StoredVan {
    fn from(row: &VanRow) -> Self {
        let VanRow { spec, state, since, aboard, stopped_at, orders, words, batteries: _, derived: _ } =
            row.clone();
        Self { spec, state, since, aboard, stopped_at, orders, words }
    }
}

impl From<StoredVan> for VanRow {
    fn from(stored: StoredVan) -> Self {
        let StoredVan { spec, state, since, aboard, stopped_at, orders, words } = stored;
        let (batteries, derived) = (BatteryLoad::default(), VanDerived::default());
        Self { spec, state, since, aboard, batteries, stopped_at, orders, words, derived }
    }
}

/// A snapshot as it is to be stored.
pub(super) fn encode_snapshot(saved: &Saved, head: &Head<Refusal>) -> Encoded {
    let mut bytes = to_bytes(head);
    append_table::<_, &StationRow>(&mut bytes, &saved.stations);
    append_table::<_, StoredVan>(&mut bytes, &saved.vans);
    append_table::<_, &OrderRow>(&mut bytes, &saved.orders);
    append(&mut bytes, &(&saved.ended, saved.proposed_ever, &*saved.demand));
    let has_cells = saved.stations.tenants().any(|(_, row)| row.is_some_and(StationRow::is_cell));
    let batteries = all_batteries(saved);
    let layout = match (batteries.0.is_empty() && batteries.1.is_empty(), has_cells) {
        (false, _) => SNAPSHOT_LAYOUT,
        (true, true) => CELLS,
        (true, false) => WITHOUT_CELLS,
    };
    if layout == SNAPSHOT_LAYOUT {
        append(&mut bytes, &batteries);
    }
    Encoded { format: Kind::BIKES.format(layout), bytes }
}

/// Batteries of stations where any were counted, and of vans that carry some.
type AllBatteries = (Vec<(StationId, Batteries)>, Vec<(VanId, BatteryLoad)>);

fn all_batteries(saved: &Saved) -> AllBatteries {
    let stations = saved.stations.tenants().filter_map(|(_, row)| row);
    let stations = stations.filter(|row| !row.stock.batteries.is_unknown());
    let vans = saved.vans.tenants().filter_map(|(_, row)| row);
    let vans = vans.filter(|row| row.batteries != BatteryLoad::default());
    let stations = stations.map(|row| (row.spec.id.clone(), row.stock.batteries.clone()));
    (stations.collect(), vans.map(|row| (row.spec.id.clone(), row.batteries)).collect())
}

/// What a snapshot gives back.
pub(super) struct Restored {
    pub(super) head: Head<Refusal>,
    pub(super) stations: Table<StationRow>,
    pub(super) vans: Table<VanRow>,
    pub(super) orders: Table<OrderRow>,
    pub(super) ended: VecDeque<(Instant, WorkOrderId)>,
    pub(super) proposed_ever: u64,
    pub(super) demand: Demand,
    pub(super) batteries: AllBatteries,
}

/// Errors: a format that this program does not read, or bytes that are not of it.
pub(super) fn decode_snapshot(format: u16, bytes: &[u8]) -> Result<Restored, RecordError> {
    match snapshot_layout(format)? {
        WITHOUT_DEMAND => restored::<UnwatchedStation>(from_bytes(bytes)?, Demand::default()),
        UNWATCHED => {
            let (first, demand): (First<UnwatchedStation>, Demand) = from_bytes(bytes)?;
            restored(first, demand)
        }
        SNAPSHOT_LAYOUT => {
            let (first, demand, batteries): (First<StationRow>, Demand, AllBatteries) = from_bytes(bytes)?;
            Ok(Restored { batteries, ..restored(first, demand)? })
        }
        _ => {
            let (first, demand): (First<StationRow>, Demand) = from_bytes(bytes)?;
            restored(first, demand)
        }
    }
}

/// What all layouts begin with.
type First<Station> = (
    Head<Refusal>,
    StoredTable<Station>,
    StoredTable<StoredVan>,
    StoredTable<OrderRow>,
    VecDeque<(Instant, WorkOrderId)>,
    u64,
);

fn restored<Station>(first: First<Station>, demand: Demand) -> Result<Restored, RecordError>
where
    StationRow: From<Station>,
{
    let (head, stations, vans, orders, ended, proposed_ever) = first;
    let (stations, vans, orders) = (table(stations)?, table(vans)?, table(orders)?);
    Ok(Restored {
        head,
        stations,
        vans,
        orders,
        ended,
        proposed_ever,
        demand,
        batteries: AllBatteries::default(),
    })
}
