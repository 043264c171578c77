//! The vehicle was sent to a charger, where a plug is kept for it.

use super::steps::serve;
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::ServiceTrigger;
use paceline_model::{ChargeDecision, ChargerIdx, Instant, Reading, VehicleIdx};

pub(super) fn apply(
    world: &mut World,
    at: Instant,
    id: VehicleIdx,
    reading: Reading,
    decision: &ChargeDecision<ChargerIdx>,
) {
    world.change_vehicle(id, |vehicle| {
        serve(vehicle, ServiceTrigger::ServiceEnd);
        vehicle.reading = reading;
        (vehicle.job, vehicle.since) = (Job::ToCharger(decision.charger), at);
    });
}
