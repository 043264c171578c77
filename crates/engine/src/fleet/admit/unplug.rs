//! The vehicle left the plug, or gave up its way to it.

use crate::fleet::view::{Verdict, View};
use paceline_model::{Event, Reading, Refusal, VehicleId};

/// Only of a vehicle that is about charging.
pub(super) fn admit(view: &View, vehicle: VehicleId, reading: Reading) -> Verdict {
    let known = view.vehicle(&vehicle)?;
    if known.job.charger().is_none() {
        return Err(Refusal::WrongState { vehicle, state: known.operational });
    }
    Ok(vec![Event::ChargeEnded { vehicle, reading }])
}
