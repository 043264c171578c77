//! What shared rides are planned from: every vehicle without a driver to ask, with its route, and every order that one
//! of them has or might have.

use super::rows::{available, demand_of, ride, supply_row};
use crate::fleet::Fleet;
use crate::fleet::row::Route;
use paceline_model::lifecycle::Service;
use paceline_model::{Driver, OrderIdx, VehicleIdx};
use paceline_plan::{Demand, Party, Pool, Sharer};
use std::collections::BTreeSet;

/// Vehicles that share, by row: free ones that can be had, and those on a route.
pub(super) fn sharers(fleet: &Fleet, low: &BTreeSet<VehicleIdx>) -> Vec<VehicleIdx> {
    let vehicles = &fleet.world.vehicles;
    let automatic =
        |idx: &VehicleIdx| vehicles.get(*idx).is_some_and(|vehicle| vehicle.spec.driver == Driver::Automatic);
    let free = available(fleet).filter(|idx| !low.contains(idx));
    let mut rows: Vec<VehicleIdx> = free.filter(automatic).collect();
    let routed = vehicles.iter().filter(|(_, vehicle)| vehicle.job.route().is_some());
    let audible = routed.filter(|(_, vehicle)| vehicle.service != Service::NonContactable);
    rows.extend(audible.map(|(idx, _)| idx));
    rows.sort_unstable();
    rows
}

/// The pool of those vehicles and of the open orders in `demand`.
pub(super) fn pool(fleet: &mut Fleet, vehicles: &[VehicleIdx], demand: &[Demand]) -> Pool {
    let vehicles: Vec<Sharer> = vehicles.iter().filter_map(|idx| sharer(fleet, *idx)).collect();
    let mut orders: Vec<OrderIdx> =
        vehicles.iter().flat_map(|sharer| sharer.route.orders().copied()).collect();
    orders.extend(demand.iter().map(|row| row.idx));
    orders.sort_unstable();
    Pool { parties: orders.iter().filter_map(|idx| party(fleet, *idx)).collect(), vehicles }
}

fn sharer(fleet: &mut Fleet, idx: VehicleIdx) -> Option<Sharer> {
    let supply = supply_row(fleet, idx)?;
    let vehicle = fleet.world.vehicles.get(idx)?;
    let route = vehicle.job.route().cloned().unwrap_or_else(Route::default);
    let known = route.orders().all(|order| fleet.world.orders.get(*order).is_some());
    known.then_some(Sharer { supply, route, since: vehicle.since })
}

fn party(fleet: &mut Fleet, idx: OrderIdx) -> Option<Party> {
    let ride = ride(fleet, idx)?;
    let order = fleet.world.orders.get(idx)?;
    Some(Party {
        demand: demand_of(idx, order, ride),
        dropoff: ride.dropoff,
        latest_pickup: order.latest_pickup,
        vehicle: order.vehicle,
    })
}
