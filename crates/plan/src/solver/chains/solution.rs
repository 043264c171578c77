//! Chains: which rides each vehicle serves, one after the other; and whether it can.

use super::problem::ChainProblem;

/// Rides in chains, one for each vehicle. Those in none are not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chains {
    /// Per vehicle, the rows of its rides in their order.
    pub rides_of: Vec<Vec<u32>>,
}

impl Chains {
    /// Nobody serves anything.
    pub fn idle(vehicles: usize) -> Self {
        Self { rides_of: vec![Vec::new(); vehicles] }
    }
    /// How many rides are served.
    pub fn served(&self) -> usize {
        self.rides_of.iter().map(Vec::len).sum()
    }
    /// The same without the rides that have no link, cannot be reached in time, or are served already.
    pub fn possible(&self, problem: &ChainProblem) -> Self {
        let mut taken = vec![false; problem.rides().len()];
        let keep = |(vehicle, rides): (usize, &Vec<u32>)| {
            let (mut origin, mut free_ms) = (problem.origin_of(vehicle), 0);
            let mut kept = Vec::with_capacity(rides.len());
            for &ride in rides {
                let drive = problem.drive_ms(origin, ride).filter(|_| !taken[ride as usize]);
                let start = drive.and_then(|drive| problem.start_ms(free_ms, drive, ride));
                if let Some(start) = start {
                    taken[ride as usize] = true;
                    kept.push(ride);
                    (origin, free_ms) = (ride as usize, problem.free_ms(ride as usize, start));
                }
            }
            kept
        };
        Self { rides_of: self.rides_of.iter().enumerate().map(keep).collect() }
    }
}
