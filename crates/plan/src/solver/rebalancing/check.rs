//! Does an answer keep the rules? Written from the rules and not from the solver: it drives each route with the load that
//! the answer states. Runs in tests and on every answer that `paceline solve` and the benchmark print.

use super::problem::{RebalancingProblem, RebalancingRoute, RebalancingSolution};

/// A rule that an answer breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RebalancingViolation {
    /// A stop at the depot or at a vertex that the problem does not have.
    #[error("route {route} stops at {vertex}, which is no station")]
    Stop {
        /// Which route.
        route: usize,
        /// The stop's vertex.
        vertex: usize,
    },
    /// A station is visited never or more than once.
    #[error("station {station} is visited {times} times")]
    Visits {
        /// Which station.
        station: usize,
        /// How often.
        times: usize,
    },
    /// More bikes aboard than fit, or fewer than none.
    #[error("route {route} carries {load} bikes behind {vertex}, which is not between 0 and {capacity}")]
    Load {
        /// Which route.
        route: usize,
        /// Behind which vertex; 0: on leaving the depot.
        vertex: usize,
        /// Bikes aboard.
        load: i64,
        /// Bikes that fit.
        capacity: i32,
    },
}

/// All that is wrong; empty for a sound answer.
pub fn check(problem: &RebalancingProblem, solution: &RebalancingSolution) -> Vec<RebalancingViolation> {
    let mut violations = Vec::new();
    let mut visits = vec![0; problem.demands.len()];
    for (index, route) in solution.routes.iter().enumerate() {
        for &vertex in &route.stops {
            match visits.get_mut(vertex) {
                Some(times) if vertex > 0 => *times += 1,
                _ => violations.push(RebalancingViolation::Stop { route: index, vertex }),
            }
        }
        drive(problem, index, route, &mut violations);
    }
    for (station, &times) in visits.iter().enumerate().skip(1) {
        if times != 1 {
            violations.push(RebalancingViolation::Visits { station, times });
        }
    }
    violations
}

fn drive(
    problem: &RebalancingProblem,
    index: usize,
    route: &RebalancingRoute,
    violations: &mut Vec<RebalancingViolation>,
) {
    let capacity = problem.capacity;
    let mut load = i64::from(route.start_load);
    let mut judge = |vertex, load: i64| {
        if load < 0 || load > i64::from(capacity) {
            violations.push(RebalancingViolation::Load { route: index, vertex, load, capacity });
        }
    };
    judge(0, load);
    for &vertex in &route.stops {
        load += problem.demands.get(vertex).map_or(0, |&demand| i64::from(demand));
        judge(vertex, load);
    }
}
