//! Steps that several events take: along the arrows of a state, out of a job, into one, to an end.

use crate::fleet::row::{Job, Vehicle};
use crate::fleet::world::World;
use paceline_model::lifecycle::{OperationalTrigger, OrderTrigger, ServiceTrigger};
use paceline_model::{Instant, Millis, OrderIdx, Reading, VehicleIdx, Weighing};

/// Finished orders are kept for a day: callers ask about yesterday's ride.
const KEPT_FOR: Millis = Millis::from_secs(24 * 3_600);

/// What an order is given away with.
pub(super) struct Given {
    /// Who gets it.
    pub(super) to: VehicleIdx,
    /// Where that vehicle was.
    pub(super) reading: Reading,
    /// Why it.
    pub(super) weighing: Weighing,
}

/// Moves a vehicle's service state on. Its admission has made sure that the arrow exists.
pub(super) fn serve(vehicle: &mut Vehicle, trigger: ServiceTrigger) {
    let next = vehicle.service.after(trigger);
    debug_assert!(next.is_some(), "{:?} after {trigger:?} for {}", vehicle.service, vehicle.spec.id);
    vehicle.service = next.unwrap_or(vehicle.service);
}

/// Moves a vehicle's operational state on. Its admission has made sure that the arrow exists.
pub(super) fn operate(vehicle: &mut Vehicle, trigger: OperationalTrigger) {
    let next = vehicle.operational.after(trigger);
    debug_assert!(next.is_some(), "{:?} after {trigger:?} for {}", vehicle.operational, vehicle.spec.id);
    vehicle.operational = next.unwrap_or(vehicle.operational);
}

/// Frees a vehicle from its order.
pub(super) fn let_go(world: &mut World, at: Instant, id: VehicleIdx, trigger: ServiceTrigger) {
    world.change_vehicle(id, |vehicle| {
        serve(vehicle, trigger);
        (vehicle.job, vehicle.since) = (Job::Free, at);
    });
}

/// Brings an order to its outcome, and forgets those that ended long ago.
pub(super) fn end_order(world: &mut World, at: Instant, id: OrderIdx, outcome: OrderTrigger) {
    let by = world.orders.get(id).and_then(|order| order.vehicle);
    let by = by.and_then(|vehicle| world.vehicles.id(vehicle)).cloned();
    world.change_order(id, |order| {
        order.step(outcome, at);
        (order.ended_at, order.offer_until) = (Some(at), None);
        (order.vehicle, order.ended_with) = (None, by);
    });
    world.ended_by_age.push((at, id));
    while let Some(&(since, oldest)) = world.ended_by_age.front() {
        if since + KEPT_FOR > at {
            break;
        }
        world.remove_order(oldest);
        world.ended_by_age.pop_front();
    }
}
