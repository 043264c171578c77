//! It works again.

use crate::fleet::view::{Verdict, View, drivable};
use paceline_model::lifecycle::OperationalTrigger;
use paceline_model::{Event, VehicleId};

/// Only a faulted vehicle recovers.
pub(super) fn admit(view: &View, vehicle: VehicleId) -> Verdict {
    drivable(view.vehicle(&vehicle)?, OperationalTrigger::Recover)?;
    Ok(vec![Event::VehicleRecovered { vehicle }])
}
