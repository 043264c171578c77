//! Serves the demands of a round one after the other, each by the best node for its most wanted variant that has one. Where none has,
//! those of lower priority give way: they move if they can, and are evicted if that is enough.
//!
//! Work: for each demand and variant, the states of nodes that changed since such a task was last looked at; all nodes where replicas
//! are spread, and where room is to be made. What the budget leaves out has no outcome and is asked for again.

use super::filling::{Filling, Known, Served};
use super::plan::{Outcome, Plan};
use super::problem::{Demand, Problem};
use crate::Budget;
use crate::edge::placement::{Placer, Unplaceable};

/// Proposes a place for each demand. `placer` must be fresh, such as [`Problem::placer`].
pub fn solve(problem: &Problem, placer: &mut Placer, budget: &mut Budget) -> Plan {
    let mut filling = Filling::new(problem, placer, Known::IfOutranked);
    serve_all(&mut filling, problem, budget, &mut |_, _, _, _| {})
}

/// Whom a demand's *no* is told, while those of its gang that were served before it have their places.
pub(super) type OnNo<'f> = dyn FnMut(&mut Filling<'_>, usize, &Unplaceable, &mut Budget) + 'f;

/// Serves the demands in their order.
pub(super) fn serve_all(
    filling: &mut Filling<'_>,
    problem: &Problem,
    budget: &mut Budget,
    on_no: &mut OnNo<'_>,
) -> Plan {
    let mut plan = Plan { made_from: problem.version, ..Plan::default() };
    let mut next = 0;
    while next < problem.demands.len() {
        if budget.is_over() {
            plan.ran_short = true;
            break;
        }
        let end = next + gang_length(&problem.demands[next..]);
        plan.outcomes.extend(serve(filling, problem, next..end, budget, on_no));
        next = end;
    }
    plan
}

/// How many demands from the first on go together.
fn gang_length(demands: &[Demand]) -> usize {
    match demands.first().and_then(|demand| demand.gang) {
        Some(gang) => demands.iter().take_while(|demand| demand.gang == Some(gang)).count(),
        None => 1,
    }
}

/// Serves demands that go together; one that goes alone is a gang of one.
fn serve(
    filling: &mut Filling<'_>,
    problem: &Problem,
    together: std::ops::Range<usize>,
    budget: &mut Budget,
    on_no: &mut OnNo<'_>,
) -> Vec<Outcome> {
    let mut place = |demand: usize| {
        let served = filling.place(&problem.demands[demand], budget);
        served.inspect_err(|why_not| on_no(filling, demand, why_not, budget))
    };
    let served: Vec<Result<Served, Unplaceable>> = together.clone().map(&mut place).collect();
    let placed = served.iter().filter(|served| served.is_ok()).count();
    if placed == served.len() {
        let outcome = |(demand, served): (usize, Result<Served, Unplaceable>)| {
            let (found, room) = served.map_or_else(|why_not| (Err(why_not), Vec::new()), |(f, r)| (Ok(f), r));
            Outcome { demand, found, of_gang: None, room, later: false }
        };
        return together.zip(served).map(outcome).collect();
    }
    refuse(filling, problem, together, served)
}

/// Gives back what a gang that does not go was given, the last first; all of it is refused by what refused one.
fn refuse(
    filling: &mut Filling<'_>,
    problem: &Problem,
    together: std::ops::Range<usize>,
    served: Vec<Result<Served, Unplaceable>>,
) -> Vec<Outcome> {
    let (placed, all) = (served.iter().filter(|served| served.is_ok()).count(), served.len());
    for (demand, served) in together.clone().zip(&served).rev() {
        if let Ok(served) = served {
            filling.undo(&problem.demands[demand], served);
        }
    }
    let why_not = served.into_iter().find_map(Result::err).unwrap_or_default();
    let of_gang = (all > 1).then_some((placed as u32, all as u32));
    let refused = |demand: usize| {
        let later = filling.have_given_way() && filling.outranks_somebody(problem.demands[demand].priority);
        Outcome { demand, found: Err(why_not.clone()), of_gang, room: Vec::new(), later }
    };
    together.map(refused).collect()
}
