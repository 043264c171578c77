//! Vehicles with riders, and when they will be free where: derived from events, never part of the world. A replay makes it
//! again; a restart from a snapshot begins anew, and nobody waits for those who had riders then.

use super::row::{Event, Ride};
use paceline_model::{Instant, Millis, Position, VehicleIdx};
use paceline_road::RoadPoint;
use std::collections::BTreeMap;

/// Where a ride will end, and when if it goes as planned.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) at: Instant,
    pub(super) place: RoadPoint,
    pub(super) position: Position,
}

/// The ends of the rides under way.
#[derive(Default)]
pub(super) struct Soon {
    ends: BTreeMap<VehicleIdx, End>,
}

impl Soon {
    /// Riders got in for a ride to `position`.
    pub(super) fn set_out(&mut self, at: Instant, vehicle: VehicleIdx, ride: Ride, position: Position) {
        self.ends.insert(vehicle, End { at: at + ride.ride.time, place: ride.dropoff, position });
    }
    /// Forgets a vehicle of which the plan no longer holds.
    pub(super) fn see(&mut self, event: &Event) {
        if let Event::RidersDroppedOff { vehicle, .. }
        | Event::DispatchFailed { vehicle, .. }
        | Event::VehicleFaulted { vehicle, .. }
        | Event::ContactLost { vehicle }
        | Event::VehicleRetired { vehicle } = event
        {
            self.ends.remove(vehicle);
        }
    }
    /// Who will be free within `span` of `at`, `dwell` after the end of the ride, by vehicle, and in how long. Whoever is
    /// late already is not counted on.
    pub(super) fn within(
        &self,
        at: Instant,
        span: Millis,
        dwell: Millis,
    ) -> impl Iterator<Item = (VehicleIdx, &End, Millis)> {
        let free = move |end: &End| (end.at + dwell > at).then(|| (end.at + dwell).since(at));
        let soon = self.ends.iter().filter_map(move |(idx, end)| Some((*idx, end, free(end)?)));
        soon.filter(move |(_, _, free_in)| *free_in <= span)
    }
}
