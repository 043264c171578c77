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
/// Panics if a pair names an order or a vehicle that the problem does not have, or gains more than a quarter of the
/// widest number.
pub fn assign(problem: &Problem, budget: &mut Budget) -> Matching {
    let narrow = assign_in::<i32>(problem, budget);
    narrow
        .or_else(|| assign_in::<i64>(problem, budget))
        .expect("gains are less than a quarter of the widest number")
}

/// `None` if a gain is too large for this width.
fn assign_in<N: Amount>(problem: &Problem, budget: &mut Budget) -> Option<Matching> {
    let mut by_order = Graph::<N>::default();
    by_order.read(problem, budget).then(|| {
        let mut by_vehicle = Graph::default();
        let (rows, sides) = from_nothing(&by_order, &mut by_vehicle, &mut Sorting::default(), budget);
        finish(if rows == Rows::Orders { &by_order } else { &by_vehicle }, rows, sides)
    })
}

/// Solves from the scarcer side, and says which that was. `by_vehicle` is filled if it is needed. A budget that ends before
/// the searches begin leaves all open, with orders as rows: `by_vehicle` is then not to be used.
pub(super) fn from_nothing<N: Amount>(
    by_order: &Graph<N>,
    by_vehicle: &mut Graph<N>,
    sorting: &mut Sorting<N>,
    budget: &mut Budget,
) -> (Rows, Sides<N>) {
    let from_vehicles = !budget.is_over() && by_order.scarcer() == Rows::Vehicles;
    if from_vehicles && by_vehicle.turn(by_order, sorting, budget) {
        (Rows::Vehicles, cold::solve(by_vehicle, budget))
    } else {
        (Rows::Orders, cold::solve(by_order, budget))
    }
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
