//! Who serves whom: candidates by road, hard constraints, prices, exact batch assignment, reasons.
//! See the README beside this file.

mod assign;
mod by_order;
mod by_vehicle;
mod candidates;
mod check;
mod explain;
mod greedy;
mod problem;
mod round;

pub use assign::assign;
pub use check::{Fault, Note, check};
pub use problem::{Matching, Pair, Problem};

use crate::{Assignment, Budget, Degraded, Policy, PolicySpec, Report, Snapshot, Stage};
use candidates::Candidates;
use paceline_road::{Roads, Search};
use round::Round;

/// Solves one batch. Same input and same budget in steps, same answer.
///
/// The report's `undispatched` holds the orders that were weighed and left open. An order that is in neither list had
/// no vehicle free within reach, or the budget ended before its turn.
pub fn solve(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    policy: &PolicySpec,
    budget: &mut Budget,
) -> (Vec<Assignment>, Report) {
    let mut report = Report::default();
    if snapshot.orders.is_empty() || snapshot.vehicles.is_empty() {
        return (Vec::new(), report);
    }
    let round = Round::new(roads, snapshot, policy);
    let mut found = candidates::find(&round, search, budget);
    report.candidates = found.pairs.len() as u32;
    report.degraded.extend(found.short.take());
    let matching = assign(&problem(&round, &found), budget);
    if !matching.exact {
        report.degraded.push(Degraded {
            stage: Stage::Assignment,
            reason: "the budget ended before the batch was cheapest; the rest was taken greedily".into(),
        });
    }
    let assignments = explain::explain(&round, &found, &matching, &mut report);
    report.steps = budget.used();
    (assignments, report)
}

fn problem(round: &Round, found: &Candidates) -> Problem {
    let snapshot = round.snapshot;
    let pair =
        |pair: &candidates::Candidate| Pair { order: pair.order, vehicle: pair.vehicle, price: pair.price };
    Problem {
        outside: snapshot.orders.iter().map(|order| round.policy.unserved(snapshot.at, order)).collect(),
        vehicles: snapshot.vehicles.len(),
        pairs: found.pairs.iter().map(pair).collect(),
    }
}
