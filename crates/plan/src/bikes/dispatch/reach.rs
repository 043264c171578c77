//! Where vans will be free, and how long everything takes from there.

use super::problem::{Problem, Van};
use crate::bikes::drives::{DriveTable, Drives, straight};
use crate::bikes::tours::PlaceIdx;
use paceline_model::{Millis, Position};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A van as it will stand after what its crew has been told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) place: PlaceIdx,
    pub(super) depot: PlaceIdx,
    pub(super) free_in: Millis,
}

/// The places of a round, and the drives between them.
pub(super) struct Reach {
    /// By the problem's numbers of vans.
    pub(super) vans: Vec<Start>,
    /// By the problem's numbers of stations: those that the round looks at.
    stations: BTreeMap<usize, PlaceIdx>,
    pub(super) drives: Arc<DriveTable>,
}

impl Reach {
    /// Of all vans and these stations.
    pub(super) fn of(problem: &Problem, stations: impl Iterator<Item = usize>, drives: &mut Drives) -> Self {
        let mut places: Vec<Position> = Vec::new();
        let mut place = |at: Position| {
            places.push(at);
            places.len() - 1
        };
        let stations = stations.map(|station| (station, place(problem.stations[station].position))).collect();
        let start = |van: &Van| {
            let (end, free_in) = van.end(drives);
            Start { place: place(end), depot: place(van.depot), free_in }
        };
        let vans = problem.vans.iter().map(start).collect();
        let drives = drives.among(&places);
        Self { vans, stations, drives }
    }
    /// The place of a station. Panics if the round does not look at it.
    pub(super) fn station(&self, station: usize) -> PlaceIdx {
        self.stations[&station]
    }
    /// When a van would be at a station, if it went there next.
    pub(super) fn arrival(&self, van: usize, station: usize) -> Millis {
        let start = self.vans[van];
        start.free_in.saturating_add(self.drives.leg(start.place, self.station(station)).time)
    }
    /// When it would be at its depot, if it went there and did nothing.
    pub(super) fn back(&self, van: usize, station: usize) -> Millis {
        let home = self.drives.leg(self.station(station), self.vans[van].depot).time;
        self.arrival(van, station).saturating_add(home)
    }
}

impl Van {
    /// Where it will have done what its crew has been told, and when. Where no way is known its crew will find one.
    pub fn end(&self, drives: &mut Drives) -> (Position, Millis) {
        self.told.iter().fold((self.position, Millis::ZERO), |(at, free_in), told| {
            let leg = drives.leg(at, told.position);
            let leg = if leg.is_reachable() { leg } else { straight(at, told.position) };
            (told.position, free_in.saturating_add(leg.time).saturating_add(told.takes))
        })
    }
}
