//! Takes a vehicle out of the fleet.

use crate::fleet::view::{Verdict, View, all_failed};
use paceline_model::lifecycle::Operational;
use paceline_model::{Event, FailureCause, Refusal, VehicleId};

/// Riders aboard are brought to their place first; any other order goes back into the queue.
pub(super) fn admit(view: &View, id: VehicleId) -> Verdict {
    let vehicle = view.vehicle(&id)?;
    if vehicle.job.has_riders() {
        return Err(Refusal::Busy(id));
    }
    let mut events = all_failed(view, vehicle, FailureCause::Retired);
    if vehicle.operational == Operational::Charging {
        events.push(Event::ChargeEnded { vehicle: id.clone(), reading: view.reading(vehicle) });
    }
    events.push(Event::VehicleRetired { vehicle: id });
    Ok(events)
}
