//! What rounds read of vehicles and orders: who can be had, and the rows that solvers take.

use crate::fleet::Fleet;
use crate::fleet::places::place_of;
use crate::fleet::row::{Order, Ride, Vehicle};
use paceline_model::{Charge, Millis, OrderIdx, VehicleIdx};
use paceline_plan::{Demand, Supply};
use std::collections::BTreeSet;

/// Free vehicles with enough charge to work, and charging ones that may be called away.
pub(super) fn available(fleet: &Fleet) -> impl Iterator<Item = VehicleIdx> {
    free(fleet).map(|(idx, _)| idx).chain(callable(fleet))
}

/// Free vehicles with enough charge to work.
pub(in crate::fleet) fn free(fleet: &Fleet) -> impl Iterator<Item = (VehicleIdx, &Vehicle)> {
    let least = if fleet.world.chargers.is_empty() { Charge::EMPTY } else { fleet.options.charge_below };
    with_charge_above(fleet, fleet.world.free.rows(), least)
}

/// Charging vehicles that may be called away.
pub(super) fn callable(fleet: &Fleet) -> impl Iterator<Item = VehicleIdx> {
    with_charge_above(fleet, &fleet.world.charging, fleet.options.callable_above).map(|(idx, _)| idx)
}

fn with_charge_above<'a>(
    fleet: &'a Fleet,
    vehicles: &'a BTreeSet<VehicleIdx>,
    least: Charge,
) -> impl Iterator<Item = (VehicleIdx, &'a Vehicle)> {
    located(fleet, vehicles).filter(move |(_, vehicle)| vehicle.newest().charge > least)
}

/// Those of `vehicles` on whose position rounds count.
pub(super) fn located<'a>(
    fleet: &'a Fleet,
    vehicles: &'a BTreeSet<VehicleIdx>,
) -> impl Iterator<Item = (VehicleIdx, &'a Vehicle)> {
    let rows = vehicles.iter().filter_map(|idx| Some((*idx, fleet.world.vehicles.get(*idx)?)));
    rows.filter(|(_, vehicle)| vehicle.fix().is_usable())
}

/// Rows for the solver. A vehicle has none on whose position rounds do not count, or that is nowhere near a road.
pub(super) fn supply(fleet: &mut Fleet, vehicles: Vec<VehicleIdx>) -> Vec<Supply> {
    let mut rows: Vec<Supply> = vehicles.into_iter().filter_map(|idx| supply_row(fleet, idx)).collect();
    rows.sort_by_key(|row| row.idx);
    rows
}

pub(super) fn supply_row(fleet: &mut Fleet, idx: VehicleIdx) -> Option<Supply> {
    let vehicle = fleet.world.vehicles.get_mut(idx).filter(|vehicle| vehicle.fix().is_usable())?;
    let place = place_of(vehicle, &fleet.roads, fleet.options.snap_m_max)?;
    let (spec, reading) = (vehicle.spec.clone(), vehicle.newest());
    let energy = reading.charge.of(spec.powertrain.capacity);
    let value_milli = fleet.values.as_ref().map_or(0, |values| values.at(reading.position, fleet.now));
    Some(Supply { idx, energy, spec, reading, place, value_milli, free_in: Millis::ZERO })
}

/// An order on the road, looked up unless it is known. `None`: nobody can drive it.
pub(super) fn ride(fleet: &mut Fleet, order: OrderIdx) -> Option<Ride> {
    fleet.places.of_order(&mut fleet.world, &fleet.roads, order, fleet.options.snap_m_max)
}

pub(super) fn demand_of(idx: OrderIdx, order: &Order, ride: Ride) -> Demand {
    Demand {
        idx,
        spec: order.spec.clone(),
        pickup: ride.pickup,
        ride: ride.ride,
        onward: ride.onward,
        since: order.placed_at,
        failures: order.failures,
        declined: order.declined.clone(),
        value_milli: 0,
        held: None,
    }
}
