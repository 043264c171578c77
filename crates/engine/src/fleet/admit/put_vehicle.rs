//! Registers a vehicle, or changes what a known one is.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::{Charge, Invalid, Reading, Refusal, Rule, VehicleSpec};

/// One that was handed over is another region's. A new vehicle is checked for power and link before it runs: it said something, and its battery is not empty.
pub(super) fn admit(view: &View, spec: VehicleSpec, reading: Reading) -> Verdict {
    let spec = spec.validate().map_err(Refusal::Invalid)?;
    if let Some(known) = view.world.vehicle(&spec.id) {
        let changed = *known.spec != spec;
        return Ok(changed.then_some(Event::VehicleUpdated { spec }).into_iter().collect());
    }
    if let Some(gone) = view.gone(&spec.id) {
        return Err(gone);
    }
    if reading.charge == Charge::EMPTY {
        let rule = Rule::Within { low: 0.01, high: 100.0 };
        return Err(Refusal::Invalid(Invalid::new("battery_percent", 0, rule)));
    }
    view.snap("position", reading.position)?;
    let vehicle = view.world.vehicles.upcoming();
    Ok(vec![Event::VehicleRegistered { spec, reading }, Event::VehicleStarted { vehicle }])
}
