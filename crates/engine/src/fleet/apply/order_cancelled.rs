//! A ride was called off; the vehicle that had it is free.

use super::sharing;
use super::steps::{end_order, let_go};
use crate::fleet::world::World;
use paceline_model::lifecycle::{OrderTrigger, ServiceTrigger};
use paceline_model::{Instant, OrderIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: OrderIdx) {
    let vehicle = world.orders.get(id).and_then(|order| order.vehicle);
    end_order(world, at, id, OrderTrigger::Cancel);
    if let Some(vehicle) = vehicle
        && !sharing::leave(world, at, vehicle, id, ServiceTrigger::PassengerCancellation)
    {
        let_go(world, at, vehicle, ServiceTrigger::PassengerCancellation);
    }
}
