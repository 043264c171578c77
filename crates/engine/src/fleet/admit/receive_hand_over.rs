//! Takes a vehicle that another region gives.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::{HandOverNumber, Reading, RegionId, VehicleSpec};

/// It is taken as it comes, wherever it is and however empty: nobody else has it any more. Each number counts once.
pub(super) fn admit(
    view: &View,
    from: RegionId,
    number: HandOverNumber,
    spec: VehicleSpec,
    reading: Reading,
) -> Verdict {
    if !view.world.hand_overs.is_new(&from, number) {
        return Ok(vec![]);
    }
    let mut events = vec![Event::HandOverReceived { from, number }];
    match view.world.vehicle(&spec.id) {
        Some(known) if *known.spec != spec => events.push(Event::VehicleUpdated { spec }),
        Some(_) => {}
        None => {
            let vehicle = view.world.vehicles.upcoming();
            events.extend([Event::VehicleRegistered { spec, reading }, Event::VehicleStarted { vehicle }]);
        }
    }
    Ok(events)
}
