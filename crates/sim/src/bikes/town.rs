//! The stations as they really are: bikes, free docks, and for how long there was neither. What the region is told of them comes from here.

use super::history::History;
use super::period::Period;
use crate::error::SimError;
use paceline_model::Zone;
use paceline_model::bikes::StationId;
use paceline_model::{Instant, Position};
use paceline_plan::forecast::stations::Parked;
use std::collections::BTreeMap;

/// Neighbours of a station that a rider thinks of, at most.
const NEIGHBOURS: usize = 24;

/// A station on the street.
#[derive(Clone, Debug)]
pub(super) struct Stand {
    pub(super) id: StationId,
    pub(super) name: String,
    pub(super) position: Position,
    pub(super) docks: u32,
    pub(super) bikes: u32,
    /// It gives none of them since then, and says so to nobody.
    pub(super) jammed: Option<Instant>,
    /// Others, the nearest first, with their distances in metres.
    pub(super) neighbours: Vec<(usize, f64)>,
    since: Instant,
    pub(super) empty_ms: u64,
    pub(super) full_ms: u64,
}

impl Stand {
    pub(super) fn room(&self) -> u32 {
        self.docks - self.bikes
    }
    fn settle(&mut self, now: Instant) {
        let span = u64::from(now.since(self.since).0);
        self.empty_ms += if self.bikes == 0 { span } else { 0 };
        self.full_ms += if self.room() == 0 { span } else { 0 };
        self.since = now;
    }
}

/// All stations.
#[derive(Clone, Debug)]
pub(super) struct Town {
    pub(super) stands: Vec<Stand>,
    /// Stations that are other than when the region last heard of them.
    pub(super) changed: Vec<bool>,
    pub(super) bikes_at_first: u32,
}

impl Town {
    /// Stations of a history that have a place and are seen in these days from `start` on, with what they had first, and the number of each in
    /// the history.
    ///
    /// Errors: a file that cannot be read, a station whose name is none, or not one station.
    pub(super) fn of_history(
        history: &mut History,
        (zone, days): (&Zone, Period),
        start: Instant,
    ) -> Result<(Self, Vec<usize>), SimError> {
        let mut first: BTreeMap<usize, Parked> = BTreeMap::new();
        history.each((zone, days), |snapshot, _| {
            if snapshot.at >= start {
                first.entry(snapshot.station).or_insert(snapshot.parked);
            }
        })?;
        let (mut stands, mut numbers) = (Vec::new(), Vec::new());
        for (number, parked) in first {
            let station = &history.stations()[number];
            let docks = parked.bikes + parked.docks;
            let Some(position) = station.place.filter(|_| docks > 0) else { continue };
            let id = StationId::new(&station.id).map_err(|invalid| history.invalid(invalid))?;
            let (name, bikes) = (station.name.clone(), parked.bikes);
            let (neighbours, since, empty_ms, full_ms) = (Vec::new(), start, 0, 0);
            let jammed = None;
            stands.push(Stand {
                id,
                name,
                position,
                docks,
                bikes,
                jammed,
                neighbours,
                since,
                empty_ms,
                full_ms,
            });
            numbers.push(number);
        }
        if stands.is_empty() {
            return Err(history.lacks("days", &days, "must have stations in the history"));
        }
        Ok((Self::new(stands), numbers))
    }
    fn new(mut stands: Vec<Stand>) -> Self {
        for at in 0..stands.len() {
            let from = stands[at].position;
            let others = stands.iter().enumerate().filter(|(other, _)| *other != at);
            let mut near: Vec<(usize, f64)> =
                others.map(|(other, stand)| (other, from.distance_m(stand.position))).collect();
            near.sort_by(|one, other| one.1.total_cmp(&other.1));
            near.truncate(NEIGHBOURS);
            stands[at].neighbours = near;
        }
        let bikes_at_first = stands.iter().map(|stand| stand.bikes).sum();
        Self { changed: vec![true; stands.len()], stands, bikes_at_first }
    }
    /// Bikes come (above 0) or go; never more than there are, or than there is room for. As many as did.
    pub(super) fn change(&mut self, now: Instant, station: usize, bikes: i32) -> u32 {
        let stand = &mut self.stands[station];
        let moved = match bikes >= 0 {
            true => bikes.unsigned_abs().min(stand.room()),
            false => bikes.unsigned_abs().min(stand.bikes),
        };
        if moved > 0 {
            stand.settle(now);
            stand.bikes = if bikes >= 0 { stand.bikes + moved } else { stand.bikes - moved };
            self.changed[station] = true;
        }
        moved
    }
    /// A rider takes a bike, if there is one and it comes out.
    pub(super) fn rent(&mut self, now: Instant, station: usize) -> bool {
        self.stands[station].jammed.is_none() && self.change(now, station, -1) == 1
    }
    /// The nearest other station within `metres` with what is asked for.
    pub(super) fn nearest(
        &self,
        station: usize,
        metres: f64,
        has: impl Fn(&Stand) -> bool,
    ) -> Option<(usize, f64)> {
        let near = self.stands[station].neighbours.iter().take_while(|(_, away)| *away <= metres);
        near.copied().find(|(other, _)| has(&self.stands[*other]))
    }
    /// Counts the time up to the end.
    pub(super) fn close(&mut self, now: Instant) {
        self.stands.iter_mut().for_each(|stand| stand.settle(now));
    }
}
