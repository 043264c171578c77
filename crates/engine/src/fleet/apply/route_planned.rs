//! A vehicle has a new shared route; orders that are new to it are its own from now on.

use super::sharing;
use crate::fleet::row::{Route, Stop};
use crate::fleet::world::World;
use paceline_model::lifecycle::{OrderPhase, OrderTrigger, ServiceTrigger};
use paceline_model::{Instant, OrderIdx, Reading, VehicleIdx, Weighing};

pub(super) fn apply(
    world: &mut World,
    at: Instant,
    id: VehicleIdx,
    reading: Reading,
    stops: Vec<Stop>,
    gained: Vec<(OrderIdx, Weighing)>,
) {
    for (order, weighing) in gained {
        take(world, at, id, order, weighing);
    }
    world.change_vehicle(id, |vehicle| {
        let arrived = vehicle.job.route().map_or(0, Route::arrived);
        vehicle.reading = reading;
        // What it was about goes on as part of the route, or has gone to another vehicle.
        sharing::follow(vehicle, at, Route::new(stops, arrived), ServiceTrigger::ProviderCancellation);
    });
}

/// The order's own side; and the vehicle that had it has it no more.
fn take(world: &mut World, at: Instant, by: VehicleIdx, id: OrderIdx, weighing: Weighing) {
    let before = world.orders.get(id).and_then(|order| order.vehicle);
    world.change_order(id, |order| {
        let moved = order.phase == OrderPhase::Assigned;
        order.step(if moved { OrderTrigger::Move } else { OrderTrigger::Assign }, at);
        order.vehicle = Some(by);
        order.weighing = Some(weighing);
    });
    if let Some(before) = before.filter(|before| *before != by) {
        sharing::leave(world, at, before, id, ServiceTrigger::ProviderCancellation);
    }
}
