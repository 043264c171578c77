//! The riders are in.

use super::sharing;
use super::steps::serve;
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{OrderTrigger, ServiceTrigger};
use paceline_model::{Instant, OrderIdx, VehicleIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: OrderIdx, by: VehicleIdx) {
    world.change_order(id, |order| {
        order.step(OrderTrigger::PickUp, at);
        order.picked_up_at.get_or_insert(at);
    });
    if sharing::change(world, at, by, ServiceTrigger::TripEnd, |route| route.pick_up(&id)) {
        return;
    }
    world.change_vehicle(by, |vehicle| {
        serve(vehicle, ServiceTrigger::TripStart);
        (vehicle.job, vehicle.since) = (Job::Aboard(id), at);
    });
}
