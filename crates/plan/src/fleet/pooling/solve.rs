//! The three levels one after the other, each starting from what the one before it left, until the budget ends.

use super::PoolingLevel;
use super::fleet::{Fleet, Offer};
use super::greedy::insert;
use super::improve::improve;
use super::legs::Legs;
use super::problem::{Problem, Solution};
use super::report::Report;
use super::trips;
use crate::Budget;
use std::collections::BTreeMap;

/// A solution with the offers that the insertion weighed, by rider.
pub struct Solved {
    /// The routes.
    pub solution: Solution,
    /// What each open rider was offered, cheapest first, before anybody was placed.
    pub(super) offers: BTreeMap<u32, Vec<Offer>>,
    /// What happened.
    pub report: Report,
}

/// Plans shared rides; feasible whenever the budget ends. Same problem, seed and budget in steps, same answer.
pub fn solve(
    problem: &Problem,
    legs: &impl Legs,
    level: PoolingLevel,
    seed: u64,
    budget: &mut Budget,
) -> Solved {
    let mut report = Report::default();
    let mut fleet = Fleet::present(problem, legs);
    report.costs.push(("present", problem.cost(&fleet.schedules)));
    let offers = insert(&mut fleet, budget, &mut report);
    report.costs.push(("inserted", problem.cost(&fleet.schedules)));
    if level >= PoolingLevel::Trips {
        trips::choose(&mut fleet, &offers, seed, budget, &mut report);
        report.costs.push(("trips", problem.cost(&fleet.schedules)));
    }
    if level >= PoolingLevel::Improve {
        let fresh: Vec<u32> =
            offers.iter().filter(|(_, offers)| !offers.is_empty()).map(|(&rider, _)| rider).collect();
        improve(&mut fleet, &fresh, seed, budget, &mut report);
        report.costs.push(("improved", problem.cost(&fleet.schedules)));
    }
    Solved { solution: fleet.solution(), offers, report }
}
