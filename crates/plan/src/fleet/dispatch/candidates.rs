//! Which pairs are worth pricing: the nearest by road that pass every hard constraint, searched from the scarcer side.
//!
//! Work is proportional to the searches and to what they find, never to orders × vehicles.

use super::round::Round;
use super::{by_order, by_vehicle, held};
use crate::{Budget, Degraded, Stage};
use paceline_model::{Excluded, Exclusion, Millis};
use paceline_road::{Leg, Search};
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
    fn join(&mut self, other: Self) {
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

/// Finds candidates among the free vehicles, and apart from them among those that are on their way to somebody and those
/// that will soon be free: however many of these are near, an order sees as many that it can surely have.
pub(super) fn find(round: &Round, search: &mut Search, budget: &mut Budget) -> Candidates {
    let bound = held::bound(round);
    let is_soon = |row: u32| round.vehicle(row).free_in > Millis::ZERO;
    let is_bound = |row: u32| bound[row as usize];
    let rows = || round.dispatchable.iter().copied();
    if !rows().any(|row| is_soon(row) || is_bound(row)) {
        return find_any(round, search, budget);
    }
    let mut found = find_any(&round.only(|row| !is_soon(row) && !is_bound(row)), search, budget);
    if rows().any(is_bound) {
        found.join(find_any(&round.only(is_bound), search, budget));
    }
    if rows().any(is_soon) {
        found.join(find_any(&round.only(is_soon), search, budget));
    }
    found.sort();
    found
}

/// Searches from the scarcer side.
fn find_any(round: &Round, search: &mut Search, budget: &mut Budget) -> Candidates {
    let mut found = if round.orders.len() <= round.dispatchable.len() {
        by_order::find(round, search, budget)
    } else {
        by_vehicle::find(round, search, budget)
    };
    found.sort();
    found
}
