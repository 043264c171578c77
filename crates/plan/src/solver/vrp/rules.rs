//! What a sequence must keep beside windows and loads, and the whole problem as the search sees it.

use super::energy::Stations;
use super::grid::Grid;
use super::problem::VrpProblem;
use super::ride_limits::{RideLimits, RideScratch};
use super::route::SearchRoute;

/// What a sequence must keep beside windows and loads.
#[derive(Debug)]
pub(super) enum SequenceRules {
    /// Nothing.
    Plain,
    /// Ride times and time out: see `ride_limits`.
    Rides(RideLimits),
    /// A battery: see `energy`.
    Battery(Stations),
}

/// The problem in whole numbers, with its rules.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) grid: Grid,
    pub(super) rules: SequenceRules,
}

impl Instance {
    pub(super) fn new(problem: &VrpProblem) -> Self {
        let rules = if let Some(energy) = &problem.energy {
            SequenceRules::Battery(Stations::new(problem, energy))
        } else if problem.ride_max.is_some() || problem.fleet.duration_max.is_some() {
            SequenceRules::Rides(RideLimits::new(problem))
        } else {
            SequenceRules::Plain
        };
        Self { grid: Grid::new(problem), rules }
    }

    /// Recomputes all that follows from a route's stops. `false`: the rules forbid the route.
    pub(super) fn refresh(&self, route: &mut SearchRoute) -> bool {
        route.retime(&self.grid);
        self.judge(route)
    }

    /// Recomputes what the rules say of a route whose times are right. `false`: they forbid it.
    pub(super) fn judge(&self, route: &mut SearchRoute) -> bool {
        match &self.rules {
            SequenceRules::Plain => true,
            SequenceRules::Rides(limits) => limits.narrow(&self.grid, route, &mut RideScratch::default()),
            SequenceRules::Battery(stations) => {
                let lasts = route.labels.follow(&self.grid, stations, &route.stops);
                if lasts {
                    route.detour = route.labels.detour();
                }
                lasts
            }
        }
    }
}
