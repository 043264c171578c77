//! Something broke.

use crate::fleet::view::{Verdict, View, all_failed, drivable};
use paceline_model::lifecycle::OperationalTrigger;
use paceline_model::{Event, FailureCause, FaultReason, VehicleId};

/// Its orders go back into the queue at once; riders aboard wait where the vehicle stands.
pub(super) fn admit(view: &View, id: VehicleId, reason: FaultReason) -> Verdict {
    let vehicle = view.vehicle(&id)?;
    drivable(vehicle, OperationalTrigger::Fault)?;
    let mut events = all_failed(view, vehicle, FailureCause::Faulted);
    events.push(Event::VehicleFaulted { reading: view.reading(vehicle), vehicle: id, reason });
    Ok(events)
}
