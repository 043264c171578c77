//! Vehicles that join a region, drive for it, and are sent from one to another for as long as there are faults.

use super::calls::What;
use super::setup::Setup;
use paceline_model::{Instant, Millis, Refusal, RegionId, VehicleId};
use paceline_plan::Rng;

/// Longest time between two things that it does.
const DRIVES_MS_MAX: usize = 1_500;
/// It is given away once in so many times that it would do something.
const GIVEN_ONE_IN: usize = 5;
/// Time until who is on its way is asked for again.
const ARRIVES_IN: Millis = Millis(300);

/// A vehicle, as whoever sends it around knows it.
pub(super) struct Rover {
    pub(super) vehicle: VehicleId,
    /// Where it was last.
    region: RegionId,
    joined: bool,
    /// Where it is to go, until that is answered.
    to: Option<RegionId>,
}

impl Rover {
    /// All of a run, each in a region of its own as far as there are.
    pub(super) fn all(setup: &Setup, regions: &[RegionId]) -> Vec<Self> {
        let rover = |number: usize| {
            let region = regions.get(number % regions.len().max(1))?.clone();
            Some(Self { vehicle: super::fleet::vehicle(number)?, region, joined: false, to: None })
        };
        (0..setup.vehicles).filter_map(rover).collect()
    }

    /// Where it was last.
    pub(super) fn region(&self) -> &RegionId {
        &self.region
    }

    /// What is asked about it now, and of whom.
    pub(super) fn call(&mut self, regions: &[RegionId], calm: bool, rng: &mut Rng) -> (RegionId, What) {
        if !self.joined {
            return (self.region.clone(), What::Join(self.vehicle.clone()));
        }
        if self.to.is_none() && !calm && rng.below(GIVEN_ONE_IN) == 0 {
            let others = regions.iter().filter(|region| **region != self.region);
            self.to = others.clone().nth(rng.below(others.count().max(1))).cloned();
        }
        let what = match &self.to {
            Some(to) => What::Give(self.vehicle.clone(), to.clone()),
            None => What::Drive(self.vehicle.clone()),
        };
        (self.region.clone(), what)
    }

    /// It was done. Returns whether it has left, and when it is asked about next.
    pub(super) fn done(&mut self, now: Instant, rng: &mut Rng) -> (bool, Instant) {
        self.joined = true;
        let left = self.to.take();
        self.region = left.clone().unwrap_or_else(|| self.region.clone());
        (left.is_some(), now + Millis(rng.below(DRIVES_MS_MAX) as u32))
    }

    /// The region said no: it went elsewhere, or is not there yet. Returns when it is asked about next; `None`: there is no cause for that.
    pub(super) fn denied(&mut self, now: Instant, refusal: &Refusal) -> Option<Instant> {
        match refusal {
            Refusal::HandedOver { to, .. } => (self.joined, self.region, self.to) = (true, to.clone(), None),
            Refusal::Unknown { .. } if self.joined => {}
            // It has riders to see to.
            Refusal::Busy(_) => self.to = None,
            _ => return None,
        }
        Some(now + ARRIVES_IN)
    }
}
