//! Takes a vehicle out of the fleet.

use crate::fleet::view::{Verdict, View, dispatch_failed};
use paceline_model::lifecycle::Operational;
use paceline_model::{Event, FailureCause, Job, Refusal, VehicleId};

/// Riders aboard are brought to their place first; any other order goes back into the queue.
pub(super) fn admit(view: &View, id: VehicleId) -> Verdict {
    let vehicle = view.vehicle(&id)?;
    if matches!(vehicle.job, Job::Aboard(_)) {
        return Err(Refusal::Busy(id));
    }
    let mut events: Vec<Event> = dispatch_failed(view, vehicle, FailureCause::Retired).into_iter().collect();
    if vehicle.operational == Operational::Charging {
        events.push(Event::ChargeEnded { vehicle: id.clone(), reading: view.reading(vehicle) });
    }
    events.push(Event::VehicleRetired { vehicle: id });
    Ok(events)
}
