//! An order that had a vehicle has none any more, and is back in the queue.

use super::sharing;
use super::steps::{let_go, serve};
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{OrderTrigger, ServiceTrigger};
use paceline_model::{FailureCause, Instant, OrderIdx, Position, VehicleIdx};
use std::sync::Arc;

/// How a vehicle failed an order.
pub(super) struct Failure {
    pub(super) by: VehicleIdx,
    pub(super) cause: FailureCause,
    /// Where its riders are, if they were aboard.
    pub(super) stranded_at: Option<Position>,
    /// By when another vehicle has to be there.
    pub(super) latest_pickup: Instant,
}

pub(super) fn apply(world: &mut World, at: Instant, id: OrderIdx, failure: Failure) {
    let Failure { by, cause, stranded_at, latest_pickup } = failure;
    let asked_in_vain = matches!(cause, FailureCause::Declined | FailureCause::OfferTimedOut);
    let by_driver =
        if asked_in_vain { ServiceTrigger::DriverCancellation } else { ServiceTrigger::ProviderCancellation };
    world.change_order(id, |order| {
        order.step(OrderTrigger::Fail, at);
        (order.vehicle, order.offer_until, order.latest_pickup) = (None, None, latest_pickup);
        order.failures = order.failures.saturating_add(1);
        if asked_in_vain && !order.declined.contains(&by) {
            order.declined.push(by);
        }
        if let Some(pickup) = stranded_at {
            Arc::make_mut(&mut order.spec).pickup = pickup;
        }
    });
    if sharing::leave(world, at, by, id, by_driver) {
        return;
    }
    world.change_vehicle(by, |vehicle| {
        if matches!(vehicle.job, Job::Aboard(_)) {
            serve(vehicle, ServiceTrigger::TripStop);
        }
    });
    let_go(world, at, by, by_driver);
}
