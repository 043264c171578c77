//! Something broke.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View, all_failed, drivable};
use paceline_model::lifecycle::OperationalTrigger;
use paceline_model::{FailureCause, FaultReason, VehicleId};

/// Its orders go back into the queue at once; riders aboard wait where the vehicle stands.
pub(super) fn admit(view: &View, id: VehicleId, reason: FaultReason) -> Verdict {
    let (vehicle, known) = view.vehicle(&id)?;
    drivable(known, OperationalTrigger::Fault)?;
    let mut events = all_failed(view, vehicle, FailureCause::Faulted);
    events.push(Event::VehicleFaulted { reading: known.newest(), vehicle, reason });
    Ok(events)
}
