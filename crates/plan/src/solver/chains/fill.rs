//! Rides that fit between those that a vehicle serves anyway. Short ones above all, which no values are worked out for.

use super::problem::ChainProblem;

/// A chain with its times.
pub(super) struct Gaps<'a> {
    problem: &'a ChainProblem,
    origin: usize,
    pub(super) rides: Vec<u32>,
    start_ms: Vec<u32>,
    /// Per ride, the latest begin by which all that follow stay in time.
    late_ms: Vec<u32>,
}

impl<'a> Gaps<'a> {
    /// The chain of a vehicle that stands at `origin`.
    pub(super) fn new(problem: &'a ChainProblem, origin: usize, rides: Vec<u32>) -> Self {
        let mut gaps = Self { problem, origin, rides, start_ms: Vec::new(), late_ms: Vec::new() };
        gaps.retime();
        gaps
    }

    /// The latest begin of the ride at `at` by which all that follow stay in time.
    pub(super) fn late_ms(&self, at: usize) -> u32 {
        self.late_ms[at]
    }

    /// Fills the gaps before the rides at `gaps` with open rides, those first that make the next wait least. Returns them.
    pub(super) fn fill(
        &mut self,
        gaps: std::ops::RangeInclusive<usize>,
        is_open: impl Fn(u32) -> bool,
    ) -> Vec<u32> {
        let mut filled: Vec<u32> = Vec::new();
        let mut at = *gaps.start();
        while at <= gaps.end() + filled.len() {
            match self.best(at, |ride| is_open(ride) && !filled.contains(&ride)) {
                Some(ride) => {
                    self.rides.insert(at, ride);
                    filled.push(ride);
                    self.retime();
                }
                None => at += 1,
            }
        }
        filled
    }

    /// The open ride that fits before the one at `at` and is over first.
    fn best(&self, at: usize, is_open: impl Fn(u32) -> bool) -> Option<u32> {
        let before = at.checked_sub(1);
        let origin = before.map_or(self.origin, |before| self.rides[before] as usize);
        let free_ms = before.map_or(0, |before| self.problem.free_ms(origin, self.start_ms[before]));
        let next = self.rides.get(at).copied();
        let over_ms = |to: u32, drive_ms: u32| {
            let start_ms = self.problem.start_ms(free_ms, drive_ms, to)?;
            let over_ms = self.problem.free_ms(to as usize, start_ms);
            let Some(next) = next else { return Some(over_ms) };
            let begin_ms = over_ms.saturating_add(self.problem.drive_ms(to as usize, next)?);
            (begin_ms <= self.late_ms[at]).then_some(begin_ms)
        };
        let links = self.problem.links(origin).iter().filter(|link| is_open(link.to));
        let fitting = links.filter_map(|link| Some((over_ms(link.to, link.drive_ms)?, link.to)));
        fitting.min().map(|(_, ride)| ride)
    }

    fn retime(&mut self) {
        self.start_ms.clear();
        let (mut origin, mut free_ms) = (self.origin, 0);
        let mut drives = Vec::with_capacity(self.rides.len());
        for &ride in &self.rides {
            let drive_ms = self.problem.drive_ms(origin, ride).expect("chains follow links");
            let start_ms = self.problem.start_ms(free_ms, drive_ms, ride).expect("chains are in time");
            (origin, free_ms) = (ride as usize, self.problem.free_ms(ride as usize, start_ms));
            self.start_ms.push(start_ms);
            drives.push(drive_ms);
        }
        self.late_ms = vec![0; self.rides.len()];
        let mut limit_ms = u32::MAX;
        for (at, &ride) in self.rides.iter().enumerate().rev() {
            let own = self.problem.rides()[ride as usize];
            self.late_ms[at] = own.latest_ms.min(limit_ms.saturating_sub(own.takes_ms));
            limit_ms = self.late_ms[at] - drives[at].min(self.late_ms[at]);
        }
    }
}
