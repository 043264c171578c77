//! The world of a bikes region: what it is a fold of is applied in `apply/`, what derives from it is kept up here.

use super::changes::Changes;
use super::demand::{Demand, Demanded};
use super::options::BikesOptions;
use super::row::{OrderRow, StationRow, VanRow};
use paceline_model::bikes::{BikeInterval, OrderPhase, StationId, Task, VanId, WorkOrderId};
use paceline_model::limits::ENDED_WORK_ORDERS_MAX;
use paceline_model::{Instant, Millis, Table, Version};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Orders that have ended are remembered for a day: a crew's word may come so late, and a shift is looked back upon.
const REMEMBERED_FOR: Millis = Millis::from_secs(24 * 3_600);

/// What may be another than before, and was not looked at since.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) stations: BTreeSet<StationId>,
    pub(super) vans: BTreeSet<VanId>,
}

/// When a round was asked for last, and what has happened to vans since.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) at: Option<(Version, Instant)>,
    pub(super) vans: BTreeSet<VanId>,
}

/// A bikes region's world.
#[derive(Default)]
pub struct Bikes {
    pub(super) options: BikesOptions,
    pub(super) stations: Table<StationRow>,
    pub(super) vans: Table<VanRow>,
    pub(super) orders: Table<OrderRow>,
    /// Orders that have ended, the oldest end first.
    pub(super) ended: VecDeque<(Instant, WorkOrderId)>,
    /// Orders that there ever were: the next one's number is one more.
    pub(super) proposed_ever: u64,
    /// Orders that no van has, by number. Derived, as all that follows.
    pub(super) waiting: BTreeMap<u64, WorkOrderId>,
    pub(super) touched: Touched,
    /// What is known of riders.
    pub(super) demand: Demanded,
    pub(super) asked: Asked,
    pub(super) began: bool,
    pub(super) now: Instant,
    pub(super) changes: Changes,
}

impl Bikes {
    /// An empty world.
    pub fn new(options: BikesOptions) -> Self {
        Self { options, ..Self::default() }
    }
    /// The same, if it has to begin with what was learnt elsewhere.
    pub fn with_demand(self, demand: Demand) -> Self {
        Self { demand: Demanded::of(Arc::new(demand)), ..self }
    }
    /// What is known of riders.
    pub fn demand(&self) -> &Demand {
        &self.demand.known
    }
    /// How it is run.
    pub fn options(&self) -> &BikesOptions {
        &self.options
    }
    /// The station of that name.
    pub fn station(&self, id: &StationId) -> Option<&StationRow> {
        self.stations.get(self.stations.find(id)?)
    }
    /// All stations, by row.
    pub fn stations(&self) -> impl Iterator<Item = &StationRow> {
        self.stations.rows()
    }
    /// How many stations there are.
    pub fn station_count(&self) -> usize {
        self.stations.len()
    }
    /// The van of that name.
    pub fn van(&self, id: &VanId) -> Option<&VanRow> {
        self.vans.get(self.vans.find(id)?)
    }
    /// All vans, by row.
    pub fn vans(&self) -> impl Iterator<Item = &VanRow> {
        self.vans.rows()
    }
    /// How many vans there are.
    pub fn van_count(&self) -> usize {
        self.vans.len()
    }
    /// The work order of that name, if it is remembered.
    pub fn order(&self, id: &WorkOrderId) -> Option<&OrderRow> {
        self.orders.get(self.orders.find(id)?)
    }
    /// All work orders that are remembered, by row.
    pub fn orders(&self) -> impl Iterator<Item = &OrderRow> {
        self.orders.rows()
    }
    /// How many work orders have not ended.
    pub fn open_orders(&self) -> usize {
        self.orders.len() - self.ended.len()
    }

    pub(super) fn station_mut(&mut self, id: &StationId) -> Option<&mut StationRow> {
        self.stations.get_mut(self.stations.find(id)?)
    }
    pub(super) fn van_mut(&mut self, id: &VanId) -> Option<&mut VanRow> {
        self.vans.get_mut(self.vans.find(id)?)
    }
    pub(super) fn order_mut(&mut self, id: &WorkOrderId) -> Option<&mut OrderRow> {
        self.orders.get_mut(self.orders.find(id)?)
    }

    /// The name of the order that is proposed next, or after `more` others.
    pub(super) fn upcoming_order(&self, more: u64) -> WorkOrderId {
        let number = self.proposed_ever + more + 1;
        WorkOrderId::new(&format!("wo-{number}")).expect("letters, a hyphen and digits, short")
    }

    /// Orders for a station that have not ended.
    pub(super) fn orders_at<'a>(&'a self, station: &'a StationRow) -> impl Iterator<Item = &'a OrderRow> {
        station.orders.iter().filter_map(|id| self.order(id))
    }

    /// The order of that kind at a station that no van has.
    pub(super) fn waiting_at<'a>(&'a self, station: &'a StationRow, task: Task) -> Option<&'a OrderRow> {
        self.orders_at(station).find(|order| order.phase == OrderPhase::Proposed && order.task == task)
    }

    /// Whether a van's crew has declined an order, or has not answered, a short while ago.
    pub(super) fn has_declined(&self, van: &VanId, order: &OrderRow) -> bool {
        order.declined_by(self.now, self.options.declined_for).any(|(by, _)| by == van)
    }

    /// Orders that a van's crew may be told beside those that it has.
    pub(super) fn stops_left(&self, van: &VanRow) -> u32 {
        self.options.stops_max.saturating_sub(van.orders.len() as u32)
    }

    /// Orders of a van, in the order in which they are to be done.
    pub(super) fn orders_of<'a>(&'a self, van: &'a VanRow) -> impl Iterator<Item = &'a OrderRow> {
        van.orders.iter().filter_map(|id| self.order(id))
    }

    /// Something else is known of a station.
    pub(super) fn touch_station(&mut self, id: &StationId) {
        let (at, batteries) = (self.now, self.options.batteries.map(|rules| rules.bikes_min));
        if let Some(row) = self.station_mut(id) {
            row.look_again(at, batteries);
        }
        self.touched.stations.insert(id.clone());
        self.changes.station(id);
    }

    /// Something else is true of a van: its orders, and the stations that they are for, are looked at again.
    pub(super) fn touch_van(&mut self, id: &VanId) {
        let stations: Vec<StationId> = match self.van(id) {
            Some(row) => self.orders_of(row).map(|order| order.station.clone()).collect(),
            None => Vec::new(),
        };
        self.touched.stations.extend(stations);
        self.touched.vans.insert(id.clone());
        self.asked.vans.insert(id.clone());
        self.changes.van(id);
    }

    /// Follows whether an order waits for a van.
    pub(super) fn queue(&mut self, id: &WorkOrderId) {
        let Some((number, phase)) = self.order(id).map(|order| (order.number, order.phase)) else { return };
        match phase {
            OrderPhase::Proposed => _ = self.waiting.insert(number, id.clone()),
            _ => _ = self.waiting.remove(&number),
        }
    }

    /// An order has ended: those that ended too long ago are remembered no longer.
    pub(super) fn end(&mut self, at: Instant, id: &WorkOrderId) {
        self.ended.push_back((at, id.clone()));
        let is_old = |(ended, _): &(Instant, WorkOrderId)| at.since(*ended) > REMEMBERED_FOR;
        while self.ended.len() > ENDED_WORK_ORDERS_MAX || self.ended.front().is_some_and(is_old) {
            let Some((_, old)) = self.ended.pop_front() else { break };
            if let Some(idx) = self.orders.find(&old) {
                self.orders.remove(idx);
            }
            self.changes.order(&old);
        }
    }

    /// Bikes of a visit that moves bikes: what the station takes, or gives, now. `None`: it is not known, or nothing is to be done.
    pub(super) fn wanted(&self, station: &StationRow, task: Task) -> Option<BikeInterval> {
        let (target, bikes) = (station.spec.wanted(), station.bikes()?);
        let most = match task {
            Task::Deliver => station.room()?.min(target.high.saturating_sub(bikes)),
            Task::Collect => bikes.saturating_sub(target.high),
            Task::Inspect | Task::SwapBattery | Task::Repair => return None,
        };
        let least = match task {
            Task::Deliver => target.low.saturating_sub(bikes),
            _ => most.div_ceil(2),
        };
        (most > 0).then(|| BikeInterval { least: least.clamp(1, most), most })
    }

    /// Works out anew what follows from the rows, after they were read back.
    pub(super) fn derive(&mut self) {
        let waits = self.orders.rows().filter(|order| order.phase == OrderPhase::Proposed);
        self.waiting = waits.map(|order| (order.number, order.id.clone())).collect();
    }
}
