//! A driver was asked.

use super::serve;
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{OrderTrigger, ServiceTrigger};
use paceline_model::{Instant, OrderIdx, Reading, VehicleIdx, Weighing};

pub(super) fn apply(
    world: &mut World,
    at: Instant,
    id: OrderIdx,
    by: VehicleIdx,
    until: Instant,
    reading: Reading,
    weighing: Weighing,
) {
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
