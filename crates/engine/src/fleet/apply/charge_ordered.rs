//! The vehicle was sent to a charger, where a plug is kept for it.

use super::serve;
use crate::fleet::world::World;
use paceline_model::lifecycle::ServiceTrigger;
use paceline_model::{ChargeDecision, Instant, Job, Reading, VehicleId};

pub(super) fn apply(
    world: &mut World,
    at: Instant,
    id: &VehicleId,
    reading: Reading,
    decision: &ChargeDecision,
) {
    world.change_vehicle(id, |vehicle| {
        serve(vehicle, ServiceTrigger::ServiceEnd);
        vehicle.reading = reading;
        (vehicle.job, vehicle.since) = (Job::ToCharger(decision.charger.clone()), at);
    });
}
