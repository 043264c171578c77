//! The cheapest place for a request in a route, remembered for as long as the route stays as it is.

use super::grid::{DEPOT, Grid, Ticks};
use super::labels::EnergyLabels;
use super::ride_limits::RideScratch;
use super::route::{Position, SearchRoute};
use super::rules::{Instance, SequenceRules};
use super::state::SearchState;
use crate::rng::Rng;

/// For each request and slot the best position in the route of that version. Most of an iteration's routes are as they
/// were, also after a change was taken back, so that most questions are one look here.
#[derive(Debug)]
pub(super) struct InsertionCache {
    slots: usize,
    known: Vec<(u64, Position)>,
}

impl InsertionCache {
    pub(super) fn new(grid: &Grid) -> Self {
        let slots = grid.vehicles;
        Self { slots, known: vec![(u64::MAX, Position::NONE); grid.jobs.len() * slots] }
    }

    /// The best position of `request` in `slot`; adds the work to `steps`.
    pub(super) fn best(
        &mut self,
        instance: &Instance,
        state: &SearchState,
        request: u32,
        slot: usize,
        steps: &mut u64,
    ) -> Position {
        let route = &state.routes[slot];
        let known = &mut self.known[request as usize * self.slots + slot];
        *steps += 1;
        if known.0 != route.version {
            *known = (route.version, best(instance, route, request, steps, |_| true));
        }
        known.1
    }
}

/// The best position when each place for the pick-up is overlooked half of the time.
pub(super) fn blinking(
    instance: &Instance,
    route: &SearchRoute,
    request: u32,
    rng: &mut Rng,
    steps: &mut u64,
) -> Position {
    best(instance, route, request, steps, |_| rng.chance(0.5))
}

/// The cheapest position that keeps windows, loads and the further rules.
///
/// Time: quadratic in the stops between which windows and loads allow the two ends, each pair in constant time; with
/// rides or batteries each improvement costs a walk over the route as well.
pub(super) fn best(
    instance: &Instance,
    route: &SearchRoute,
    request: u32,
    steps: &mut u64,
    looks: impl FnMut(usize) -> bool,
) -> Position {
    by(&instance.grid, &instance.rules, route, request, steps, looks)
}

/// Whether windows and loads have room for it, whatever the further rules say.
pub(super) fn fits(grid: &Grid, route: &SearchRoute, request: u32, steps: &mut u64) -> bool {
    by(grid, &SequenceRules::Plain, route, request, steps, |_| true).delta < Ticks::MAX
}

fn by(
    grid: &Grid,
    rules: &SequenceRules,
    route: &SearchRoute,
    request: u32,
    steps: &mut u64,
    mut looks: impl FnMut(usize) -> bool,
) -> Position {
    let job = grid.jobs[request as usize];
    let site = *grid.site(job.pickup);
    let mut probe = Probe {
        grid,
        route,
        request,
        rules,
        best: Position::NONE,
        walked: 0,
        scratch: RideScratch::default(),
    };
    for behind in 0..route.stops.len() - 1 {
        *steps += 1;
        let begin = (route.begin[behind] + grid.time(route.stops[behind], job.pickup)).max(site.earliest);
        if begin > site.latest {
            break;
        }
        if route.load[behind] + site.load > grid.capacity || !looks(behind) {
            continue;
        }
        if job.delivery == DEPOT {
            probe.visit(behind, begin, job.pickup);
        } else {
            *steps += probe.pair(behind, begin, job.pickup, job.delivery);
        }
    }
    *steps += probe.walked;
    probe.best
}

/// One search through a route.
struct Probe<'a> {
    grid: &'a Grid,
    route: &'a SearchRoute,
    request: u32,
    rules: &'a SequenceRules,
    best: Position,
    /// Stops passed on whole walks for the further rules.
    walked: u64,
    scratch: RideScratch,
}

/// Steps for a stop on a whole walk: a few labels, each over a few stations.
const STEPS_PER_WALKED: u64 = 4;

impl Probe<'_> {
    /// A pick-up for the depot: it stays aboard to the end.
    fn visit(&mut self, behind: usize, begin: Ticks, pickup: u32) {
        let (grid, route) = (self.grid, self.route);
        let (before, after) = (route.stops[behind], route.stops[behind + 1]);
        let aboard = route.load[route.load.len() - 1] + grid.site(pickup).load;
        let out = grid.leg(pickup, after);
        if aboard <= grid.capacity && begin + Ticks::from(out.time) <= route.latest[behind + 1] {
            let delta =
                grid.distance(before, pickup) + Ticks::from(out.distance) - grid.distance(before, after);
            self.offer(delta, behind, behind);
        }
    }

    /// All places for the delivery, given one for the pick-up; says how many it weighed.
    fn pair(&mut self, behind: usize, begin: Ticks, pickup: u32, delivery: u32) -> u64 {
        let (grid, route) = (self.grid, self.route);
        let (before, after) = (route.stops[behind], route.stops[behind + 1]);
        let load = grid.site(pickup).load;
        let due = *grid.site(delivery);
        let reached = |from: Ticks| from.max(due.earliest);
        let into = grid.distance(before, pickup) - grid.distance(before, after);
        let there = reached(begin + grid.time(pickup, delivery));
        if there > due.latest {
            return 1;
        }
        if there + grid.time(delivery, after) <= route.latest[behind + 1] {
            let delta = into + grid.distance(pickup, delivery) + grid.distance(delivery, after);
            self.offer(delta, behind, behind);
        }
        let into = into + grid.distance(pickup, after);
        let mut time = (begin + grid.time(pickup, after)).max(grid.site(after).earliest);
        // A ride is shortest from the latest pick-up on.
        let aboard_max = self.aboard_max(pickup);
        let late = grid.site(pickup).latest.min(route.latest[behind + 1] - grid.time(pickup, after));
        let mut latest = (late + grid.time(pickup, after)).max(grid.site(after).earliest);
        for at in behind + 1..route.stops.len() - 1 {
            // From here on nothing can be cheaper, the route would be late, or the load does not fit.
            if !self.may_gain(into) || time > route.latest[at] || route.load[at] + load > grid.capacity {
                return (at - behind) as u64;
            }
            let (from, next) = (route.stops[at], route.stops[at + 1]);
            let there = reached(time + grid.time(from, delivery));
            if there > due.latest || reached(latest + grid.time(from, delivery)) - late > aboard_max {
                return (at - behind) as u64;
            }
            if there + grid.time(delivery, next) <= route.latest[at + 1] {
                let over =
                    grid.distance(from, delivery) + grid.distance(delivery, next) - grid.distance(from, next);
                self.offer(into + over, behind, at);
            }
            time = (time + grid.time(from, next)).max(grid.site(next).earliest);
            latest = (latest + grid.time(from, next)).max(grid.site(next).earliest);
        }
        (route.stops.len() - behind) as u64
    }

    /// The longest ride from a pick-up, service there included.
    fn aboard_max(&self, pickup: u32) -> Ticks {
        match self.rules {
            SequenceRules::Rides(limits) => limits.aboard_max(pickup),
            SequenceRules::Plain | SequenceRules::Battery(_) => Ticks::MAX,
        }
    }

    /// Whether a detour of this length could beat the best, if the way over stations fell away altogether.
    fn may_gain(&self, delta: Ticks) -> bool {
        self.best.delta == Ticks::MAX || delta - self.route.detour < self.best.delta
    }

    fn offer(&mut self, delta: Ticks, pickup_behind: usize, delivery_behind: usize) {
        if !self.may_gain(delta) {
            return;
        }
        let mut found =
            Position { delta, pickup_behind: pickup_behind as u32, delivery_behind: delivery_behind as u32 };
        if !matches!(self.rules, SequenceRules::Plain) {
            let Some(extra) = self.extra(found) else { return };
            found.delta += extra - self.route.detour;
        }
        if found.delta < self.best.delta {
            self.best = found;
        }
    }

    /// What the further rules add to the length of the changed route; `None`: they forbid it.
    fn extra(&mut self, position: Position) -> Option<Ticks> {
        match self.rules {
            SequenceRules::Plain => Some(0),
            SequenceRules::Rides(limits) => {
                self.walked += self.route.stops.len() as u64;
                limits.allow(self.grid, self.route, self.request, position, &mut self.scratch).then_some(0)
            }
            SequenceRules::Battery(stations) => {
                let limit =
                    (self.best.delta.saturating_add(self.route.detour)).saturating_sub(position.delta);
                let job = self.grid.jobs[self.request as usize];
                if job.delivery != DEPOT {
                    let mut labels = EnergyLabels::default();
                    let lasts = labels.follow(self.grid, stations, &self.walk(position));
                    return lasts.then(|| labels.detour()).filter(|&detour| detour < limit);
                }
                let at = position.pickup_behind as usize;
                if self.route.labels.detour_around(at) >= limit {
                    return None;
                }
                let (detour, tried) = self.route.labels.with(self.grid, stations, at, job.pickup, limit);
                self.walked += tried;
                detour
            }
        }
    }

    /// The stops of the changed route, to be walked over as a whole.
    fn walk(&mut self, position: Position) -> Vec<u32> {
        let stops = self.route.with(self.grid, self.request, position);
        self.walked += STEPS_PER_WALKED * stops.len() as u64;
        stops
    }
}
