//! What shared rides are planned from: every vehicle without a driver to ask, with its route, and every order that one
//! of them has or might have.

use super::snapshot::{available, demand_of, supply_row};
use crate::fleet::Fleet;
use paceline_model::lifecycle::Service;
use paceline_model::{Driver, OrderId, Route, VehicleId};
use paceline_plan::{Demand, Party, Pool, Sharer};
use std::collections::BTreeSet;

/// Vehicles that share, by id: free ones that can be had, and those on a route.
pub(super) fn sharers(fleet: &Fleet, low: &BTreeSet<VehicleId>) -> Vec<VehicleId> {
    let free = available(fleet).filter(|id| !low.contains(id));
    let automatic = |id: &VehicleId| {
        fleet.world.vehicle(id).is_some_and(|vehicle| vehicle.spec.driver == Driver::Automatic)
    };
    let mut ids: Vec<VehicleId> = free.filter(automatic).collect();
    let routed = fleet.world.vehicles().filter(|vehicle| vehicle.job.route().is_some());
    let audible = routed.filter(|vehicle| vehicle.service != Service::NonContactable);
    ids.extend(audible.map(|vehicle| vehicle.spec.id.clone()));
    ids.sort_unstable();
    ids
}

/// The pool of those vehicles and of the open orders in `demand`.
pub(super) fn pool(fleet: &mut Fleet, ids: &[VehicleId], demand: &[Demand]) -> Pool {
    let vehicles: Vec<Sharer> = ids.iter().filter_map(|id| sharer(fleet, id)).collect();
    let held = vehicles.iter().flat_map(|sharer| sharer.route.orders().cloned().collect::<Vec<_>>());
    let mut orders: Vec<OrderId> = held.collect();
    orders.extend(demand.iter().map(|row| row.id().clone()));
    orders.sort_unstable();
    Pool { parties: orders.iter().filter_map(|id| party(fleet, id)).collect(), vehicles }
}

fn sharer(fleet: &mut Fleet, id: &VehicleId) -> Option<Sharer> {
    let supply = supply_row(fleet, id)?;
    let vehicle = fleet.world.vehicle(id)?;
    let route = vehicle.job.route().cloned().unwrap_or_else(Route::default);
    let known = route.orders().all(|order| fleet.world.order(order).is_some());
    known.then_some(Sharer { supply, route, since: vehicle.since })
}

fn party(fleet: &mut Fleet, id: &OrderId) -> Option<Party> {
    let order = fleet.world.order(id)?;
    let ride = fleet.places.of_order(&fleet.roads, &order.spec, fleet.options.snap_m_max)?;
    Some(Party {
        demand: demand_of(order, ride),
        dropoff: ride.dropoff,
        latest_pickup: order.latest_pickup,
        vehicle: order.vehicle.clone(),
    })
}
