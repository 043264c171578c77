//! A vehicle joined: off, and not yet for hire.

use crate::fleet::world::World;
use paceline_model::lifecycle::{Operational, Service};
use paceline_model::{Instant, Job, Reading, Vehicle, VehicleSpec};
use std::sync::Arc;

pub(super) fn apply(world: &mut World, at: Instant, spec: VehicleSpec, reading: Reading) {
    let vehicle = Vehicle {
        spec: Arc::new(spec),
        reading,
        operational: Operational::Idle,
        service: Service::NonOperational,
        job: Job::Out,
        since: at,
    };
    world.vehicles.insert(vehicle.spec.id.clone(), vehicle);
}
