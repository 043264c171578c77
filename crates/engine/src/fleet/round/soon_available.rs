//! Vehicles that orders may wait for: those with riders who will get out in a moment.
//!
//! When and where that is follows from when the riders got in and from their ride; nothing is remembered that a restart could lose.

use super::rows::ride;
use crate::fleet::Fleet;
use paceline_model::{Reading, VehicleIdx};
use paceline_plan::policy::HoldSpec;
use paceline_plan::{Policies, Supply};

/// Adds them, as they will be when they are free, where a policy lets orders wait.
pub(super) fn add(fleet: &mut Fleet, policies: &Policies, vehicles: &mut Vec<Supply>) {
    let Some(spec) = policies.hold() else { return };
    let before = vehicles.len();
    let aboard: Vec<VehicleIdx> = fleet.world.aboard.iter().copied().collect();
    vehicles.extend(aboard.into_iter().filter_map(|idx| supply(fleet, spec, idx)));
    if vehicles.len() > before {
        vehicles.sort_by_key(|vehicle| vehicle.idx);
    }
}

/// A vehicle where its ride ends. `None`: that is too far off, or it is late already and not to be counted on.
fn supply(fleet: &mut Fleet, spec: HoldSpec, idx: VehicleIdx) -> Option<Supply> {
    let vehicle = fleet.world.vehicles.get(idx).filter(|vehicle| vehicle.fix().is_usable())?;
    let (order, picked_up_at) = (*vehicle.job.order()?, vehicle.since);
    let known = ride(fleet, order)?;
    let free_at = picked_up_at + known.ride.time + spec.dropoff_dwell;
    let free_in = free_at.since(fleet.now);
    if free_at <= fleet.now || free_in > spec.wait_max {
        return None;
    }
    let (vehicle, order) = (fleet.world.vehicles.get(idx)?, fleet.world.orders.get(order)?);
    let reading = Reading { position: order.spec.dropoff, ..vehicle.newest() };
    (reading.charge > fleet.options.charge_below).then(|| Supply {
        idx,
        energy: reading.charge.of(vehicle.spec.powertrain.capacity),
        spec: vehicle.spec.clone(),
        reading,
        place: known.dropoff,
        free_in,
        value_milli: 0,
    })
}
