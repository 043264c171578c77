//! Who serves whom: candidates by road, hard constraints, prices, exact batch assignment, reasons.
//! See the README beside this file.

mod batch;
mod by_order;
mod by_vehicle;
mod candidates;
mod check;
mod explain;
mod held;
mod round;
mod search;

pub use batch::Batch;
pub use check::{Fault, Note, check};

use crate::solver::assignment::{AssignmentProblem, Matching, Pair, assign};
use crate::{Assignment, Budget, Degraded, Report, Stage};
use candidates::Candidates;
use paceline_model::OrderIdx;
use paceline_road::{Roads, Search};
use round::Round;
use std::collections::BTreeSet;

/// Solves one batch. Same input and same budget in steps, same answer: nothing is kept from the round before, or a restart would
/// choose another of several cheapest assignments.
///
/// The report's `undispatched` holds the orders that were weighed and left open. An order that is in neither list had
/// no vehicle free within reach, or the budget ended before its turn.
pub fn solve(
    roads: &Roads,
    search: &mut Search,
    batch: &Batch,
    budget: &mut Budget,
) -> (Vec<Assignment>, Report) {
    let mut report = Report::default();
    if batch.orders.is_empty() || batch.snapshot.vehicles.is_empty() {
        return (Vec::new(), report);
    }
    let round = Round::new(roads, batch);
    let mut found = search::candidates(&round, search, budget);
    report.candidates = found.pairs.len() as u32;
    report.degraded.extend(found.short.take());
    held::add_own_pairs(&round, search, &mut found);
    let mut matching = match_pairs(&round, &found, budget);
    if !matching.exact {
        report.degraded.push(Degraded {
            stage: Stage::Assignment,
            reason: "the budget ended before the batch was cheapest; the rest was taken greedily".into(),
        });
    }
    if !matching.exact {
        held::keep_all(&round, &mut matching);
    }
    report.unserveable = unserveable(&round, &found, &matching);
    let assignments = explain::explain(&round, &found, &matching, &mut report);
    report.steps = budget.used();
    (assignments, report)
}

/// Orders that no vehicle can serve. Searched from vehicles, an order that none has met is one of them if every vehicle that did
/// not look at all orders within its reach is given away.
fn unserveable(round: &Round, found: &Candidates, matching: &Matching) -> Vec<OrderIdx> {
    let rows: Vec<u32> = match &found.content {
        Some(content) => {
            let given: BTreeSet<u32> = matching.column_of.iter().copied().flatten().collect();
            let met: BTreeSet<u32> = found.pairs.iter().map(|pair| pair.order).collect();
            let all_seen = content.iter().all(|vehicle| given.contains(vehicle));
            let rows = 0..round.orders.len() as u32;
            if all_seen { rows.filter(|row| !met.contains(row)).collect() } else { Vec::new() }
        }
        None => found.unserveable.clone(),
    };
    rows.into_iter().map(|row| round.order(row).idx).collect()
}

/// Solves the found pairs. Only orders with pairs become rows: of thousands that wait, few may be within reach.
fn match_pairs(round: &Round, found: &Candidates, budget: &mut Budget) -> Matching {
    let columns = round.snapshot.vehicles.len();
    let mut problem = AssignmentProblem { columns, ..AssignmentProblem::default() };
    let mut rows = Vec::new();
    for own in found.pairs.chunk_by(|a, b| a.order == b.order) {
        let row = rows.len() as u32;
        rows.push(own[0].order);
        problem.unassigned_cost.push(round.unserved(own[0].order));
        problem.pairs.extend(own.iter().map(|pair| Pair { row, column: pair.vehicle, cost: pair.price }));
    }
    held::never_leave_out(round, &rows, &mut problem);
    let solved = assign(&problem, budget);
    let mut column_of = vec![None; round.orders.len()];
    for (row, vehicle) in rows.into_iter().zip(&solved.column_of) {
        column_of[row as usize] = *vehicle;
    }
    Matching { column_of, ..solved }
}
