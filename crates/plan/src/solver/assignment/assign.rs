//! The exact assignment of one batch: which side to start from, which width of numbers, and what to do when the budget
//! ends. The work is in `cold.rs` and, from tick to tick, in `warm.rs`.

use super::amount::Amount;
use super::cold::Sides;
use super::graph::{Graph, Rows, Sorting, Unread, is_too_late};
use super::problem::{Matching, Problem};
use super::search::NOBODY;
use super::{cold, greedy};
use crate::Budget;

/// Finds the cheapest matching, or, if `budget` ends first, completes what it has greedily.
///
/// Panics if a pair names an order or a vehicle that the problem does not have, or gains more than a quarter of the
/// widest number.
pub fn assign(problem: &Problem, budget: &mut Budget) -> Matching {
    let mut matching = assign_in::<i32>(problem, budget);
    if matching == Err(Unsearched::TooWide) {
        matching = assign_in::<i64>(problem, budget);
    }
    match matching {
        Ok(matching) | Err(Unsearched::Ended(matching)) => matching,
        Err(Unsearched::TooWide) => panic!("{WIDE_ENOUGH}"),
    }
}

pub(super) const WIDE_ENOUGH: &str = "gains are less than a quarter of the widest number";

/// Why no search began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unsearched {
    /// A gain is too large for this width.
    TooWide,
    /// The budget ended; the answer without a search.
    Ended(Matching),
}

fn assign_in<N: Amount>(problem: &Problem, budget: &mut Budget) -> Result<Matching, Unsearched> {
    let mut by_order = Graph::<N>::default();
    read(&mut by_order, problem, budget)?;
    let mut by_vehicle = Graph::default();
    let (rows, sides) = from_nothing(problem, &by_order, &mut by_vehicle, &mut Sorting::default(), budget)?;
    Ok(finish(if rows == Rows::Orders { &by_order } else { &by_vehicle }, rows, sides))
}

/// Fills `by_order` with the problem.
pub(super) fn read<N: Amount>(
    by_order: &mut Graph<N>,
    problem: &Problem,
    budget: &mut Budget,
) -> Result<(), Unsearched> {
    by_order.read(problem, budget).map_err(|why| match why {
        Unread::TooWide => Unsearched::TooWide,
        Unread::Ended => Unsearched::Ended(greedy::from_pairs(problem)),
    })
}

/// Solves from the scarcer side, and says which that was. `by_vehicle` is filled if it is needed. Where the budget ends before
/// the first search, a problem that may still be gone through is left open, with orders as rows: `by_vehicle` is then not to
/// be used.
pub(super) fn from_nothing<N: Amount>(
    problem: &Problem,
    by_order: &Graph<N>,
    by_vehicle: &mut Graph<N>,
    sorting: &mut Sorting<N>,
    budget: &mut Budget,
) -> Result<(Rows, Sides<N>), Unsearched> {
    let from_vehicles = !budget.is_over() && by_order.scarcer() == Rows::Vehicles;
    if from_vehicles && by_vehicle.turn(by_order, sorting, budget) {
        return Ok((Rows::Vehicles, cold::solve(by_vehicle, budget)));
    }
    if is_too_late(by_order.pairs(), budget) {
        return Err(Unsearched::Ended(greedy::from_rows(problem, by_order)));
    }
    Ok((Rows::Orders, cold::solve(by_order, budget)))
}

/// Turns prices and partners into an answer, completed greedily where nodes are unsettled. `graph` has `rows`.
pub(super) fn finish<N: Amount>(graph: &Graph<N>, rows: Rows, mut sides: Sides<N>) -> Matching {
    // No matching gains more than all prices together, and the tight pairs gain what their own prices add up to.
    let unsettled = sides.own.iter().chain(&sides.other).filter(|node| node.is_unsettled());
    let missing: i128 = unsettled.map(|node| i128::from(node.price.wide())).sum();
    let exact = missing == 0;
    let gained = if exact { 0 } else { greedy::complete(graph, &mut sides.own, &mut sides.other) };
    let orders = if rows == Rows::Orders { &sides.own } else { &sides.other };
    let vehicle_of = orders.iter().map(|order| (order.mate != NOBODY).then_some(order.mate)).collect();
    Matching { vehicle_of, exact, gap: missing - gained }
}
