//! What the searches of a round find: feasible pairs, and what ruled the others out. `search` looks for them.

use crate::{Degraded, Stage};
use paceline_model::{Excluded, Exclusion};
use paceline_road::Leg;
use std::collections::BTreeMap;

/// A feasible pair with its drive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) order: u32,
    pub(super) vehicle: u32,
    pub(super) pickup: Leg,
    pub(super) price: i64,
}

/// What the searches of one round found.
#[derive(Default)]
pub(super) struct Candidates {
    /// Feasible pairs.
    pub(super) pairs: Vec<Candidate>,
    /// What ruled vehicles out, for each order that was looked at.
    pub(super) ruled_out: BTreeMap<u32, Tally>,
    /// Orders without a pair for which no other vehicle is within reach.
    pub(super) unserveable: Vec<u32>,
    /// Where vehicles were searched from: those that met as many orders as they wanted and did not look for more.
    pub(super) content: Option<Vec<u32>>,
    /// Searches that the budget did not allow.
    pub(super) short: Option<Degraded>,
}

impl Candidates {
    /// Adds what was found among other vehicles.
    pub(super) fn join(&mut self, other: Self) {
        self.pairs.extend(other.pairs);
        self.short = self.short.take().or(other.short);
        for (order, tally) in other.ruled_out {
            self.ruled_out.entry(order).or_default().join(tally);
        }
    }
    /// By order, the cheapest pair first.
    pub(super) fn sort(&mut self) {
        self.pairs.sort_unstable_by_key(|pair| (pair.order, pair.price, pair.vehicle));
    }
    pub(super) fn ran_short(&mut self, searched: usize, of: usize, what: &str) {
        let reason =
            format!("the budget ended after {searched} of {of} {what} were searched from; the rest wait");
        self.short = Some(Degraded { stage: Stage::Candidates, reason });
    }
}

/// How often each exclusion applied, in the order of [`Exclusion`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally([u32; 6]);

const EXCLUSIONS: [Exclusion; 6] = [
    Exclusion::TooFar,
    Exclusion::Seats,
    Exclusion::Attributes,
    Exclusion::Range,
    Exclusion::Geofence,
    Exclusion::Declined,
];

impl Tally {
    pub(super) fn add(&mut self, reason: Exclusion, vehicles: u32) {
        self.0[reason as usize] += vehicles;
    }
    fn join(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own += other);
    }
    pub(super) fn excluded(&self) -> Vec<Excluded> {
        let counted = EXCLUSIONS.iter().zip(self.0).filter(|(_, vehicles)| *vehicles > 0);
        counted.map(|(&reason, vehicles)| Excluded { reason, vehicles }).collect()
    }
}
