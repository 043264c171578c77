//! Which pairs are worth pricing: the nearest by road that pass every hard constraint, searched from the scarcer side.
//!
//! Work is proportional to the searches and to what they find, never to orders × vehicles.

use super::candidates::Candidates;
use super::round::Round;
use super::{by_order, by_vehicle, held};
use crate::Budget;
use paceline_model::Millis;
use paceline_road::Search;

/// Finds candidates among the free vehicles, and apart from them among those that are on their way to somebody and those
/// that will soon be free: however many of these are near, an order sees as many that it can surely have.
pub(super) fn candidates(round: &Round, search: &mut Search, budget: &mut Budget) -> Candidates {
    let bound = held::bound(round);
    let is_soon = |row: u32| round.vehicle(row).free_in > Millis::ZERO;
    let is_bound = |row: u32| bound[row as usize];
    let rows = || round.dispatchable.iter().copied();
    if !rows().any(|row| is_soon(row) || is_bound(row)) {
        return from_scarcer(round, search, budget);
    }
    let mut found = from_scarcer(&round.only(|row| !is_soon(row) && !is_bound(row)), search, budget);
    if rows().any(is_bound) {
        found.join(from_scarcer(&round.only(is_bound), search, budget));
    }
    if rows().any(is_soon) {
        found.join(from_scarcer(&round.only(is_soon), search, budget));
    }
    found.sort();
    found
}

/// Searches from the scarcer side.
fn from_scarcer(round: &Round, search: &mut Search, budget: &mut Budget) -> Candidates {
    let mut found = if round.orders.len() <= round.dispatchable.len() {
        by_order::find(round, search, budget)
    } else {
        by_vehicle::find(round, search, budget)
    };
    found.sort();
    found
}
