//! An order that a vehicle was on its way to was given to another vehicle.

use super::steps::{Given, let_go, serve};
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{OrderTrigger, ServiceTrigger};
use paceline_model::{Instant, OrderIdx, VehicleIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: OrderIdx, from: VehicleIdx, given: Given) {
    let Given { to, reading, weighing } = given;
    world.change_order(id, |order| {
        order.step(OrderTrigger::Move, at);
        order.vehicle = Some(to);
        order.weighing = Some(weighing);
    });
    // Where two vehicles swap their orders, the first event of the record has given it another one already.
    if world.vehicles.get(from).is_some_and(|vehicle| vehicle.job == Job::ToPickup(id)) {
        let_go(world, at, from, ServiceTrigger::ProviderCancellation);
    }
    world.change_vehicle(to, |vehicle| {
        if vehicle.job != Job::Free {
            serve(vehicle, ServiceTrigger::ProviderCancellation);
        }
        serve(vehicle, ServiceTrigger::ReservationStart);
        vehicle.reading = reading;
        (vehicle.job, vehicle.since) = (Job::ToPickup(id), at);
    });
}
