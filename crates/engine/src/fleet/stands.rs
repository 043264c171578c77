//! Where riders will ask: the forecast, and who is on the way to a stand. Derived from events and never part of the
//! world; a replay makes it again, a restart from a snapshot begins anew.

use super::Fleet;
use paceline_model::{Event, Instant, Job, Position, VehicleId};
use paceline_plan::rebalance::{Cell, Errors, Expected, Forecast, Idle, RebalanceSpec, Stand, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// What the fleet knows of the riders to come.
pub(super) struct Stands {
    forecast: Forecast,
    looked: Instant,
    /// Vehicles on their way to a stand: where to, and when they will be there.
    sent: BTreeMap<VehicleId, (Instant, Position)>,
}

impl Stands {
    pub(super) fn new(spec: Option<RebalanceSpec>) -> Self {
        let resolution = spec.unwrap_or_default().resolution;
        Self { forecast: Forecast::new(resolution), looked: Instant::ZERO, sent: BTreeMap::new() }
    }
    /// Goes on under other settings. Cells of another size have to be learnt anew.
    pub(super) fn run_by(&mut self, spec: Option<RebalanceSpec>) {
        let resolution = spec.unwrap_or_default().resolution;
        if resolution != self.forecast.resolution() {
            self.forecast = Forecast::new(resolution);
        }
    }
    /// Learns from one event.
    pub(super) fn see(&mut self, at: Instant, event: &Event) {
        match event {
            Event::OrderPlaced { spec } => self.forecast.see(spec.earliest_pickup.max(at), spec.pickup),
            Event::StandOrdered { vehicle, decision, .. } => {
                self.sent.insert(vehicle.clone(), (at + decision.drive_time, decision.position));
            }
            Event::VehicleRetired { vehicle } => _ = self.sent.remove(vehicle),
            _ => {}
        }
    }
    pub(super) fn errors(&self) -> Errors {
        self.forecast.errors()
    }
}

/// What standing is decided from, if it is time to look and anybody is idle.
pub(super) fn look(fleet: &mut Fleet, low: &BTreeSet<VehicleId>) -> Option<Standing> {
    let spec = fleet.options.rebalance?;
    if fleet.now.since(fleet.stands.looked) < spec.every {
        return None;
    }
    fleet.stands.looked = fleet.now;
    fleet.stands.forecast.advance(fleet.now);
    let now = fleet.now;
    let world = &fleet.world;
    let free = |id: &VehicleId| world.vehicle(id).is_some_and(|vehicle| vehicle.job == Job::Free);
    fleet.stands.sent.retain(|id, (until, _)| *until > now && free(id));
    let (rows, stands) = stands(fleet, &spec);
    let idle = idle(fleet, low, &rows);
    (!idle.is_empty()).then_some(Standing {
        spec,
        idle,
        stands,
        top_up_below: fleet.options.top_up_below,
        charge_until: fleet.options.charge_until,
    })
}

/// The cells with their demand, and each cell's row.
fn stands(fleet: &Fleet, spec: &RebalanceSpec) -> (BTreeMap<Cell, u32>, Vec<Stand>) {
    let mut rows = BTreeMap::new();
    let mut stands = Vec::new();
    let quarters = f64::from(spec.horizon.0) / paceline_plan::rebalance::QUARTER_MS as f64;
    for Expected { cell, centre, orders } in fleet.stands.forecast.expected() {
        let snapped = fleet.roads.snap(centre, f64::from(fleet.options.snap_m_max));
        let Some(place) = snapped.map(|snapped| snapped.point) else { continue };
        rows.insert(cell, stands.len() as u32);
        let expected_milli = (orders * quarters * 1_000.0) as u32;
        stands.push(Stand { position: centre, place, expected_milli, held: 0 });
    }
    for place in held(fleet) {
        if let Some(&row) = rows.get(&fleet.stands.forecast.cell(place)) {
            stands[row as usize].held += 1;
        }
    }
    (rows, stands)
}

/// Where vehicles will be free soon: on their way to a stand, or with riders.
fn held(fleet: &Fleet) -> impl Iterator<Item = Position> {
    let with_riders = fleet.world.vehicles().filter_map(|vehicle| match &vehicle.job {
        Job::Aboard(order) => fleet.world.order(order).map(|order| order.spec.dropoff),
        _ => None,
    });
    fleet.stands.sent.values().map(|(_, place)| *place).chain(with_riders)
}

fn idle(fleet: &mut Fleet, low: &BTreeSet<VehicleId>, rows: &BTreeMap<Cell, u32>) -> Vec<Idle> {
    let ids: Vec<VehicleId> = fleet
        .world
        .free
        .iter()
        .filter(|id| !low.contains(id) && !fleet.stands.sent.contains_key(id))
        .cloned()
        .collect();
    let supplies = super::round::supply(fleet, ids.iter());
    let least = fleet.options.charge_below;
    let cell = |position| rows.get(&fleet.stands.forecast.cell(position)).copied();
    let enough = supplies.into_iter().filter(|supply| supply.reading.charge > least);
    enough.map(|supply| Idle { stand: cell(supply.reading.position), supply }).collect()
}
