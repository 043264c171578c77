//! Gives a vehicle to another region.

use crate::fleet::row::{Event, Job, Vehicle};
use crate::fleet::view::{Verdict, View};
use paceline_model::lifecycle::Operational;
use paceline_model::{HandOverNumber, Reading, Refusal, RegionId, VehicleId, VehicleIdx};

/// Only with nothing to do: what it has begun is this region's.
pub(super) fn admit(view: &View, id: VehicleId, to: RegionId) -> Verdict {
    let (vehicle, known) = view.vehicle(&id)?;
    if !is_idle(known) {
        return Err(Refusal::Busy(id));
    }
    Ok(vec![event(view, vehicle, known.newest(), to)])
}

/// A vehicle that is free after its riders got out at `reading` is the region's whose place that is.
pub(super) fn at_drop_off(view: &View, vehicle: VehicleIdx, reading: Reading) -> Option<Event> {
    let known = view.world.vehicles.get(vehicle)?;
    if !matches!(known.job, Job::Aboard(_)) || known.operational != Operational::Running {
        return None;
    }
    let to = view.borders.beyond(reading.position)?;
    Some(event(view, vehicle, reading, to.clone()))
}

fn is_idle(vehicle: &Vehicle) -> bool {
    matches!(vehicle.job, Job::Free | Job::Out) && vehicle.operational != Operational::Charging
}

fn event(view: &View, vehicle: VehicleIdx, reading: Reading, to: RegionId) -> Event {
    let number: HandOverNumber = view.world.hand_overs.next(view.at);
    Event::VehicleHandedOver { vehicle, to, number, reading }
}
