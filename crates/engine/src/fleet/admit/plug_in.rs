//! The vehicle is connected to a plug: the one kept for it, or another that is free.

use crate::fleet::row::{Event, Vehicle};
use crate::fleet::view::{Verdict, View, drivable};
use paceline_model::lifecycle::OperationalTrigger;
use paceline_model::{Centimetres, ChargeDecision, ChargerId, ChargerIdx, Millis, Refusal, VehicleId};

/// A driver who plugs in without having been sent is taken at their word, while a plug is free.
pub(super) fn admit(view: &View, id: VehicleId, charger: ChargerId) -> Verdict {
    let (vehicle, known) = view.vehicle(&id)?;
    drivable(known, OperationalTrigger::PlugIn)?;
    let at = view.charger(&charger)?;
    if known.job.order().is_some() {
        return Err(Refusal::Busy(id));
    }
    let started = Event::ChargeStarted { vehicle, charger: at };
    if known.job.charger() == Some(&at) {
        return Ok(vec![started]);
    }
    if view.world.chargers.get(at).is_none_or(|site| site.free() == 0) {
        return Err(Refusal::NoPlug(charger));
    }
    let reading = known.newest();
    let mut events = Vec::new();
    if known.job.charger().is_some() {
        events.push(Event::ChargeEnded { vehicle, reading });
    }
    events.push(Event::ChargeOrdered { vehicle, reading, decision: here(known, at) });
    events.push(started);
    Ok(events)
}

/// The decision of a driver who has plugged in already: no drive.
fn here(vehicle: &Vehicle, charger: ChargerIdx) -> ChargeDecision<ChargerIdx> {
    ChargeDecision {
        charger,
        drive_time: Millis::ZERO,
        drive_distance: Centimetres(0),
        left_on_arrival: vehicle.newest().charge.of(vehicle.spec.powertrain.capacity),
    }
}
