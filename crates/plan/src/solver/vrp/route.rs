//! One route as the search moves it, with what makes a change cheap to judge.

use super::grid::{DEPOT, Grid, Ticks};
use super::labels::EnergyLabels;
use super::ride::Ride;

/// One vehicle's sequence, the depot at both ends. For each stop it keeps what the segment up to it and the segment
/// from it on have to say to a neighbour: merging two segments is comparing these (Vidal et al., EJOR 234(3), 2014).
#[derive(Debug, Default)]
pub(super) struct SearchRoute {
    pub(super) stops: Vec<u32>,
    /// Of the segment up to here: when service can begin at the earliest.
    pub(super) begin: Vec<Ticks>,
    /// Of the segment from here on: when service may begin at the latest.
    pub(super) latest: Vec<Ticks>,
    /// What is aboard on leaving.
    pub(super) load: Vec<i64>,
    /// Length from place to place.
    pub(super) distance: Ticks,
    /// What the way over stations adds.
    pub(super) detour: Ticks,
    /// Who rides from where to where, where rides have limits; `begin` and `latest` keep to these limits then.
    pub(super) rides: Vec<Ride>,
    /// What the stops say about batteries.
    pub(super) labels: EnergyLabels,
    /// Names the content: two routes in the same slot with the same version are the same.
    pub(super) version: u64,
}

impl SearchRoute {
    pub(super) fn empty() -> Self {
        Self { stops: vec![DEPOT, DEPOT], ..Self::default() }
    }
    pub(super) fn is_empty(&self) -> bool {
        self.stops.len() == 2
    }
    /// Places served.
    pub(super) fn inner(&self) -> &[u32] {
        &self.stops[1..self.stops.len() - 1]
    }
    pub(super) fn cost(&self) -> Ticks {
        self.distance + self.detour
    }
    /// Becomes, in `into`, the route without some requests, the rules of the instance not looked at.
    pub(super) fn without(&self, grid: &Grid, requests: &[u32], into: &mut SearchRoute) {
        into.stops.clone_from(&self.stops);
        into.stops.retain(|&place| !requests.contains(&grid.site(place).request));
        into.retime(grid);
    }
    /// Recomputes times, loads and length.
    pub(super) fn retime(&mut self, grid: &Grid) {
        let last = self.stops.len() - 1;
        self.begin.resize(last + 1, 0);
        self.latest.resize(last + 1, 0);
        self.load.resize(last + 1, 0);
        self.begin[0] = grid.site(DEPOT).earliest;
        self.load[0] = 0;
        self.distance = 0;
        for at in 1..=last {
            let (from, to) = (self.stops[at - 1], self.stops[at]);
            let leg = grid.leg(from, to);
            self.begin[at] = (self.begin[at - 1] + Ticks::from(leg.time)).max(grid.site(to).earliest);
            self.load[at] = self.load[at - 1] + grid.site(to).load;
            self.distance += Ticks::from(leg.distance);
        }
        self.latest[last] = grid.site(DEPOT).latest;
        for at in (0..last).rev() {
            let limit = self.latest[at + 1] - grid.time(self.stops[at], self.stops[at + 1]);
            self.latest[at] = limit.min(grid.site(self.stops[at]).latest);
        }
        self.detour = 0;
    }
    /// The stops after an insertion.
    pub(super) fn with(&self, grid: &Grid, request: u32, position: Position) -> Vec<u32> {
        let job = grid.jobs[request as usize];
        let (first, second) = (position.pickup_behind as usize + 1, position.delivery_behind as usize + 1);
        let mut stops = Vec::with_capacity(self.stops.len() + 2);
        stops.extend_from_slice(&self.stops[..first]);
        stops.push(job.pickup);
        stops.extend_from_slice(&self.stops[first..second]);
        if job.delivery != DEPOT {
            stops.push(job.delivery);
        }
        stops.extend_from_slice(&self.stops[second..]);
        stops
    }
}

impl Clone for SearchRoute {
    fn clone(&self) -> Self {
        let mut clone = Self::default();
        clone.clone_from(self);
        clone
    }
    fn clone_from(&mut self, other: &Self) {
        self.stops.clone_from(&other.stops);
        self.begin.clone_from(&other.begin);
        self.latest.clone_from(&other.latest);
        self.load.clone_from(&other.load);
        self.rides.clone_from(&other.rides);
        self.labels.clone_from(&other.labels);
        (self.distance, self.detour, self.version) = (other.distance, other.detour, other.version);
    }
}

/// Where a request goes in a route: behind which stops, and at what extra length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) delta: Ticks,
    pub(super) pickup_behind: u32,
    /// In terms of the stops before the insertion; equal to `pickup_behind`: directly behind the pick-up.
    pub(super) delivery_behind: u32,
}

impl Position {
    pub(super) const NONE: Self = Self { delta: Ticks::MAX, pickup_behind: 0, delivery_behind: 0 };
}
