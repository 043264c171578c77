//! A driver was asked.

use super::steps::{Given, serve};
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{OrderTrigger, ServiceTrigger};
use paceline_model::{Instant, OrderIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: OrderIdx, until: Instant, given: Given) {
    let Given { to: by, reading, weighing } = given;
    world.change_order(id, |order| {
        order.step(OrderTrigger::Offer, at);
        order.vehicle = Some(by);
        order.offer_until = Some(until);
        order.weighing = Some(weighing);
    });
    world.change_vehicle(by, |vehicle| {
        serve(vehicle, ServiceTrigger::ReservationStart);
        vehicle.reading = reading;
        (vehicle.job, vehicle.since) = (Job::Offered(id), at);
    });
}
