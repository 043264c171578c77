//! What repositioning is decided from: idle vehicles, and where riders are expected.

use super::rows::supply;
use crate::fleet::Fleet;
use crate::fleet::row::Job;
use crate::ledger::Turn;
use paceline_model::{Millis, Position, VehicleIdx};
use paceline_plan::Supply;
use paceline_plan::fleet::reposition::{Idle, RebalanceSpec, Stand, Standing};
use paceline_plan::forecast::{Cell, Expected};
use std::collections::{BTreeMap, BTreeSet};

/// What standing is decided from, if it is time to look and anybody is idle.
pub(super) fn look(fleet: &mut Fleet, turn: Turn, low: &BTreeSet<VehicleIdx>) -> Option<Standing> {
    let spec = fleet.options.rebalance?;
    if !turn.reaches(fleet.now, spec.every) {
        return None;
    }
    fleet.repositioning.advance(fleet.now);
    let (rows, stands) = stands(fleet, &spec);
    let idle = idle(fleet, low, &rows);
    (!idle.is_empty()).then_some(Standing {
        spec,
        idle,
        stands,
        top_up_below: fleet.options.top_up_below,
        charge_until: fleet.options.charge_until,
        charge_worth_percent: charge_worth_percent(fleet),
    })
}

/// What a full battery will be worth: whatever charge lacks in busier hours is charged then, at the expense of riders.
fn charge_worth_percent(fleet: &Fleet) -> u32 {
    let outlook = fleet.repositioning.forecast().outlook(OUTLOOK_QUARTERS).unwrap_or(1.0);
    (outlook.clamp(0.5, 2.0) * 100.0) as u32
}

/// How far ahead a battery is charged for: eight hours of driving in a city empty it.
const OUTLOOK_QUARTERS: u64 = 32;

/// The cells with their demand, and each cell's row.
fn stands(fleet: &Fleet, spec: &RebalanceSpec) -> (BTreeMap<Cell, u32>, Vec<Stand>) {
    let mut rows = BTreeMap::new();
    let mut stands = Vec::new();
    let quarters = f64::from(spec.horizon.0) / paceline_plan::forecast::QUARTER_MS as f64;
    for Expected { cell, centre, orders } in fleet.repositioning.forecast().expected(fleet.now) {
        let snapped = fleet.roads.snap(centre, f64::from(fleet.options.snap_m_max));
        let Some(place) = snapped.map(|snapped| snapped.point) else { continue };
        rows.insert(cell, stands.len() as u32);
        let expected_milli = (orders * quarters * 1_000.0) as u32;
        stands.push(Stand { position: centre, place, expected_milli, held: 0 });
    }
    for place in held(fleet) {
        if let Some(&row) = rows.get(&fleet.repositioning.forecast().cell(place)) {
            stands[row as usize].held += 1;
        }
    }
    (rows, stands)
}

/// Where vehicles will be free soon: on their way to a stand, or with riders.
fn held(fleet: &Fleet) -> impl Iterator<Item = Position> {
    let with_riders = fleet.world.vehicles().filter_map(|vehicle| match &vehicle.job {
        Job::Aboard(order) => fleet.world.orders.get(*order).map(|order| order.spec.dropoff),
        _ => None,
    });
    fleet.repositioning.sent(fleet.now).map(|(_, to)| to).chain(with_riders)
}

fn idle(fleet: &mut Fleet, low: &BTreeSet<VehicleIdx>, cells: &BTreeMap<Cell, u32>) -> Vec<Idle> {
    let unsent = |idx: &VehicleIdx| !low.contains(idx) && !fleet.repositioning.is_sent(fleet.now, *idx);
    let rows: Vec<VehicleIdx> = fleet.world.free.rows().iter().copied().filter(unsent).collect();
    let supplies = supply(fleet, rows);
    let least = fleet.options.charge_below.as_percent();
    let plugged: Vec<VehicleIdx> =
        fleet.world.charging.iter().copied().filter(|idx| is_plugged(fleet, *idx)).collect();
    let at_plugs = supply(fleet, plugged);
    let cell =
        |supply: &Supply| cells.get(&fleet.repositioning.forecast().cell(supply.reading.position)).copied();
    let row = |supply: Supply, plugged| Idle { stand: cell(&supply), supply, plugged };
    let above = |percent: f64| move |supply: &Supply| supply.reading.charge.as_percent() > percent;
    let idle = supplies.into_iter().filter(above(least)).map(|supply| row(supply, false));
    let may_leave = at_plugs.into_iter().filter(above(least + LEAVE_PERCENT)).map(|supply| row(supply, true));
    let mut rows: Vec<Idle> = idle.chain(may_leave).collect();
    rows.sort_by_key(|idle| idle.supply.idx);
    rows
}

/// What a vehicle charges at least before it leaves, in percent of its battery: some three hours of driving.
const LEAVE_PERCENT: f64 = 20.0;

/// Whether charging and standing are one decision, and this vehicle is at its plug.
fn is_plugged(fleet: &Fleet, idx: VehicleIdx) -> bool {
    let weighed = fleet.options.rebalance.is_some_and(|spec| spec.charge_worth > Millis::ZERO);
    weighed && fleet.world.vehicles.get(idx).is_some_and(|vehicle| matches!(vehicle.job, Job::AtCharger(_)))
}
