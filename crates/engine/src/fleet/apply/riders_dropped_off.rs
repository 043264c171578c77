//! The riders are where they wanted to be.

use super::sharing;
use super::steps::{end_order, serve};
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{OrderTrigger, ServiceTrigger};
use paceline_model::{Instant, OrderIdx, Reading, VehicleIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: OrderIdx, by: VehicleIdx, reading: Reading) {
    end_order(world, at, id, OrderTrigger::DropOff);
    if sharing::change(world, at, by, ServiceTrigger::TripEnd, |route| route.remove(&id)) {
        world.change_vehicle(by, |vehicle| vehicle.reading = reading);
        return;
    }
    world.change_vehicle(by, |vehicle| {
        serve(vehicle, ServiceTrigger::TripStop);
        serve(vehicle, ServiceTrigger::TripEnd);
        vehicle.reading = reading;
        (vehicle.job, vehicle.since) = (Job::Free, at);
    });
}
