//! The driver said yes.

use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::OrderTrigger;
use paceline_model::{Instant, OrderIdx, VehicleIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: OrderIdx, by: VehicleIdx) {
    world.change_order(id, |order| {
        order.step(OrderTrigger::Accept, at);
        order.offer_until = None;
    });
    world.change_vehicle(by, |vehicle| (vehicle.job, vehicle.since) = (Job::ToPickup(id), at));
}
