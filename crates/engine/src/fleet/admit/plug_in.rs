//! The vehicle is connected to a plug: the one kept for it, or another that is free.

use crate::fleet::view::{Verdict, View, drivable, unknown};
use paceline_model::lifecycle::OperationalTrigger;
use paceline_model::{Centimetres, ChargeDecision, ChargerId, Event, Millis, Refusal, VehicleId};

/// A driver who plugs in without having been sent is taken at their word, while a plug is free.
pub(super) fn admit(view: &View, id: VehicleId, charger: ChargerId) -> Verdict {
    let vehicle = view.vehicle(&id)?;
    drivable(vehicle, OperationalTrigger::PlugIn)?;
    let site = view.world.chargers.get(&charger).ok_or_else(|| unknown("charger", charger.as_str()))?;
    if vehicle.job.order().is_some() {
        return Err(Refusal::Busy(id));
    }
    let started = Event::ChargeStarted { vehicle: id.clone(), charger: charger.clone() };
    if vehicle.job.charger() == Some(&charger) {
        return Ok(vec![started]);
    }
    if site.free() == 0 {
        return Err(Refusal::NoPlug(charger));
    }
    let reading = view.reading(vehicle);
    let left_on_arrival = reading.charge.of(vehicle.spec.powertrain.capacity);
    let here =
        ChargeDecision { charger, drive_time: Millis::ZERO, drive_distance: Centimetres(0), left_on_arrival };
    let mut events = Vec::new();
    if vehicle.job.charger().is_some() {
        events.push(Event::ChargeEnded { vehicle: id.clone(), reading });
    }
    events.push(Event::ChargeOrdered { vehicle: id, reading, decision: here });
    events.push(started);
    Ok(events)
}
