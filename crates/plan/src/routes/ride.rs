//! Ride times and time out: is there a schedule for a sequence, and which?
//!
//! A sequence has a schedule exactly if a system of differences has a solution: service begins in its window, drives
//! take their time, riders are not aboard for longer than allowed, the vehicle is not out for longer. The earliest
//! solution is found by raising begins until all hold: forward for drives, backward for rides. What the forward slack
//! of Cordeau and Laporte (Transportation Research B 37(6), 2003) shifts once, this shifts until nothing moves, and so
//! it misses no feasible sequence.

use super::grid::{DEPOT, Grid, Ticks, ticks_down, ticks_up};
use super::problem::Problem;

/// What is allowed.
#[derive(Debug)]
pub(super) struct Limits {
    ride_max: Option<Ticks>,
    duration_max: Option<Ticks>,
    /// For each place how long service takes there.
    service: Vec<Ticks>,
}

impl Limits {
    pub(super) fn new(problem: &Problem) -> Self {
        Self {
            ride_max: problem.ride_max.map(ticks_down),
            duration_max: problem.fleet.duration_max.map(ticks_down),
            service: problem.places.iter().map(|place| ticks_up(place.service)).collect(),
        }
    }

    /// Whether a sequence, depots included, has a schedule.
    pub(super) fn allow(&self, grid: &Grid, stops: &[u32]) -> bool {
        self.schedule(grid, stops).is_some()
    }

    /// The earliest schedule that keeps all limits: when service begins at each stop; at the first, when the vehicle
    /// leaves, and at the last, when it is back.
    ///
    /// Time: linear in the stops for each round of raising; two or three rounds as a rule, as many as stops at most.
    pub(super) fn schedule(&self, grid: &Grid, stops: &[u32]) -> Option<Vec<Ticks>> {
        let mut begin: Vec<Ticks> = stops.iter().map(|&place| grid.site(place).earliest).collect();
        let pairs = self.pairs(grid, stops);
        for _ in 0..=stops.len() {
            if !drive(grid, stops, &mut begin) {
                return None;
            }
            if !self.raise(stops, &pairs, &mut begin) {
                return Some(begin);
            }
        }
        None
    }

    /// For each delivery in the sequence, last first, where its pick-up and it stand.
    fn pairs(&self, grid: &Grid, stops: &[u32]) -> Vec<(usize, usize)> {
        let mut aboard: Vec<(u32, usize)> = Vec::new();
        let mut pairs = Vec::with_capacity(stops.len() / 2);
        for (at, &place) in stops.iter().enumerate().take(stops.len() - 1).skip(1) {
            let request = grid.site(place).request;
            if grid.jobs[request as usize].pickup == place {
                aboard.push((request, at));
            } else if let Some(seat) = aboard.iter().position(|&(rider, _)| rider == request) {
                pairs.push((aboard.swap_remove(seat).1, at));
            }
        }
        pairs.reverse();
        pairs
    }

    /// Begins what begins too early for a ride or for the time out; says whether anything was.
    fn raise(&self, stops: &[u32], pairs: &[(usize, usize)], begin: &mut [Ticks]) -> bool {
        let mut raised = false;
        let mut at_least = |at: usize, least: Ticks, begin: &mut [Ticks]| {
            raised |= begin[at] < least;
            begin[at] = begin[at].max(least);
        };
        if let Some(ride_max) = self.ride_max {
            for &(pickup, delivery) in pairs {
                let least = begin[delivery] - ride_max - self.service[stops[pickup] as usize];
                at_least(pickup, least, begin);
            }
        }
        if let Some(duration_max) = self.duration_max {
            let back = begin[begin.len() - 1];
            at_least(0, back - duration_max, begin);
        }
        raised
    }
}

/// Begins no stop before the vehicle can be there; `false`: one would begin too late.
fn drive(grid: &Grid, stops: &[u32], begin: &mut [Ticks]) -> bool {
    if begin[0] > grid.site(DEPOT).latest {
        return false;
    }
    for at in 1..stops.len() {
        begin[at] = begin[at].max(begin[at - 1] + grid.time(stops[at - 1], stops[at]));
        if begin[at] > grid.site(stops[at]).latest {
            return false;
        }
    }
    true
}
