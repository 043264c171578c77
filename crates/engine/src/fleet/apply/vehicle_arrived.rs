//! The vehicle is at the pick-up.

use super::sharing;
use super::steps::serve;
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{OrderTrigger, ServiceTrigger};
use paceline_model::{Instant, OrderIdx, VehicleIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: OrderIdx, by: VehicleIdx) {
    world.change_order(id, |order| order.step(OrderTrigger::Arrive, at));
    if sharing::change(world, at, by, ServiceTrigger::TripEnd, |route| route.arrive(&id)) {
        return;
    }
    world.change_vehicle(by, |vehicle| {
        serve(vehicle, ServiceTrigger::ReservationStop);
        (vehicle.job, vehicle.since) = (Job::AtPickup(id), at);
    });
}
