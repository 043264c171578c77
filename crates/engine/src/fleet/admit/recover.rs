//! It works again.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View, drivable};
use paceline_model::VehicleId;
use paceline_model::lifecycle::OperationalTrigger;

/// Only a faulted vehicle recovers.
pub(super) fn admit(view: &View, vehicle: VehicleId) -> Verdict {
    let (vehicle, known) = view.vehicle(&vehicle)?;
    drivable(known, OperationalTrigger::Recover)?;
    Ok(vec![Event::VehicleRecovered { vehicle }])
}
