//! Takes a vehicle out of the fleet.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View, all_failed};
use paceline_model::lifecycle::Operational;
use paceline_model::{FailureCause, Refusal, VehicleId};

/// Riders aboard are brought to their place first; any other order goes back into the queue.
pub(super) fn admit(view: &View, id: VehicleId) -> Verdict {
    let (vehicle, known) = view.vehicle(&id)?;
    if known.job.has_riders() {
        return Err(Refusal::Busy(id));
    }
    let mut events = all_failed(view, vehicle, FailureCause::Retired);
    if known.operational == Operational::Charging {
        events.push(Event::ChargeEnded { vehicle, reading: known.newest() });
    }
    events.push(Event::VehicleRetired { vehicle });
    Ok(events)
}
