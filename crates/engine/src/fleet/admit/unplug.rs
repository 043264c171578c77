//! The vehicle left the plug, or gave up its way to it.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::{Reading, Refusal, VehicleId};

/// Only of a vehicle that is about charging.
pub(super) fn admit(view: &View, id: VehicleId, reading: Reading) -> Verdict {
    let (vehicle, known) = view.vehicle(&id)?;
    if known.job.charger().is_none() {
        return Err(Refusal::WrongState { vehicle: id, state: known.operational });
    }
    Ok(vec![Event::ChargeEnded { vehicle, reading }])
}
