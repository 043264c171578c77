//! The exact assignment of one batch: which side to start from, which width of numbers, and what to do when the budget
//! ends. The work is in `cold.rs` and, from tick to tick, in `warm.rs`.

use super::amount::Amount;
use super::cold::Sides;
use super::graph::{Graph, Rows, Sorting};
use super::problem::{Matching, Problem};
use super::search::NOBODY;
use super::{cold, greedy};
use crate::Budget;

/// Finds the cheapest matching, or, if `budget` ends first, completes what it has greedily.
///
/// Panics if a pair names an order or a vehicle that the problem does not have.
pub fn assign(problem: &Problem, budget: &mut Budget) -> Matching {
    let narrow = assign_in::<i32>(problem, budget);
    narrow.or_else(|| assign_in::<i64>(problem, budget)).expect("a saturated gain is half the widest number")
}

/// `None` if a gain is too large for this width.
fn assign_in<N: Amount>(problem: &Problem, budget: &mut Budget) -> Option<Matching> {
    let mut by_order = Graph::<N>::default();
    by_order.read(problem).then(|| finish(&by_order, from_nothing(&by_order, budget)))
}

/// From the scarcer side. Orders are the rows, whichever side that was.
pub(super) fn from_nothing<N: Amount>(by_order: &Graph<N>, budget: &mut Budget) -> Sides<N> {
    match by_order.scarcer() {
        Rows::Orders => cold::solve(by_order, budget),
        Rows::Vehicles => {
            let mut by_vehicle = Graph::default();
            by_vehicle.turn(by_order, &mut Sorting::default());
            cold::solve(&by_vehicle, budget).turned()
        }
    }
}

/// Turns prices and partners into an answer, completed greedily where nodes are unsettled. Orders are the rows.
pub(super) fn finish<N: Amount>(by_order: &Graph<N>, mut sides: Sides<N>) -> Matching {
    // No matching gains more than all prices together, and the tight pairs gain what their own prices add up to.
    let unsettled = sides.own.iter().chain(&sides.other).filter(|node| node.is_unsettled());
    let missing: i128 = unsettled.map(|node| i128::from(node.price.wide())).sum();
    let exact = missing == 0;
    let gained = if exact { 0 } else { greedy::complete(by_order, &mut sides.own, &mut sides.other) };
    let vehicle_of = sides.own.iter().map(|order| (order.mate != NOBODY).then_some(order.mate)).collect();
    Matching { vehicle_of, exact, gap: missing - gained }
}
