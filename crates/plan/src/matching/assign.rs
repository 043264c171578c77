//! The exact assignment of one batch: which side to start from, which width of numbers, and what to do when the budget
//! ends. The work is in `cold.rs` and, from tick to tick, in `warm.rs`.

use super::amount::Amount;
use super::graph::{Graph, Rows, Survey};
use super::problem::{Matching, Problem};
use super::search::{NOBODY, Node};
use super::{cold, greedy};
use crate::Budget;

/// Finds the cheapest matching, or, if `budget` ends first, completes what it has greedily.
///
/// Panics if a pair names an order or a vehicle that the problem does not have.
pub fn assign(problem: &Problem, budget: &mut Budget) -> Matching {
    let survey = Survey::new(problem);
    if survey.gain_max <= i32::MOST {
        assign_in::<i32>(problem, survey.scarcer, budget)
    } else {
        assign_in::<i64>(problem, survey.scarcer, budget)
    }
}

fn assign_in<N: Amount>(problem: &Problem, rows: Rows, budget: &mut Budget) -> Matching {
    let graph = Graph::<N>::new(problem, rows);
    let mut sides = cold::solve(&graph, budget);
    finish(&graph, rows, &mut sides.own, &mut sides.other)
}

/// Turns prices and partners into an answer, completed greedily where nodes are unsettled.
pub(super) fn finish<N: Amount>(
    graph: &Graph<N>,
    rows: Rows,
    own: &mut [Node<N>],
    other: &mut [Node<N>],
) -> Matching {
    let exact = !own.iter().chain(&*other).any(Node::is_unsettled);
    let mut gap = 0;
    if !exact {
        greedy::complete(graph, own, other);
        gap = bound(own, other) - gain(graph, own);
    }
    let orders = if rows == Rows::Orders { own } else { other };
    let vehicle_of = orders.iter().map(|order| (order.mate != NOBODY).then_some(order.mate)).collect();
    Matching { vehicle_of, exact, gap }
}

/// No matching gains more.
fn bound<N: Amount>(own: &[Node<N>], other: &[Node<N>]) -> i128 {
    own.iter().chain(other).map(|node| i128::from(node.price.wide())).sum()
}

fn gain<N: Amount>(graph: &Graph<N>, own: &[Node<N>]) -> i128 {
    let gain = |(row, node): (u32, &Node<N>)| {
        let edge = graph.row(row).iter().find(|edge| edge.column == node.mate);
        edge.map_or(0, |edge| i128::from(edge.gain.wide()))
    };
    (0..).zip(own).map(gain).sum()
}
