//! The states of each observation, what each pair of successive states costs, and the cheapest sequences of them.
//! Costs are negative logarithms of likelihoods. Source: Viterbi's algorithm as in Newson and Krumm, section 3.4.

use super::groups::Group;
use super::matched::MatchOptions;
use super::routes::RouteSearch;
use crate::leg::{EdgeId, RoadPoint};
use crate::network::Roads;

/// A place that the vehicle may have been at, on a directed edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HiddenState {
    pub(super) point: RoadPoint,
    emission: f64,
}

/// A chosen state for each of some successive groups: (index of the group, state).
pub(super) type Chain = Vec<(usize, HiddenState)>;

/// A path longer than this many times the straight distance, plus [`DETOUR_M`], is out of reason.
const DETOUR: f64 = 3.0;
const DETOUR_M: f64 = 400.0;

pub(super) struct Lattice<'a> {
    roads: &'a Roads,
    options: MatchOptions,
}

/// One group and the places that it may stand for.
struct Observation<'g> {
    index: usize,
    group: &'g Group,
    states: Vec<HiddenState>,
}

/// For each state of an observation the cost of the best sequence to it, and from which state of the one before that comes.
struct Costs {
    costs: Vec<f64>,
    from: Vec<usize>,
}

/// An observation that is part of a sequence.
struct Layer<'g> {
    observation: Observation<'g>,
    best: Costs,
}

impl<'a> Lattice<'a> {
    pub(super) fn new(roads: &'a Roads, options: MatchOptions) -> Self {
        Self { roads, options }
    }

    /// The likeliest sequences of states, one for each part of the trace that holds together.
    pub(super) fn chains(&self, groups: &[Group], routes: &mut RouteSearch<'_>) -> Vec<Chain> {
        let mut chains = Vec::new();
        let mut layers: Vec<Layer<'_>> = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            let observation = Observation { index, group, states: self.states(group) };
            if observation.states.is_empty() || routes.exhausted() {
                continue;
            }
            let reached = layers.last().and_then(|last| self.advance(last, &observation, routes));
            let best = reached.unwrap_or_else(|| {
                chains.extend(cheapest(&std::mem::take(&mut layers)));
                Costs::first(&observation)
            });
            layers.push(Layer { observation, best });
        }
        chains.extend(cheapest(&layers));
        chains
    }

    /// The nearest place on each street around, once for each direction that it may be driven in.
    fn states(&self, group: &Group) -> Vec<HiddenState> {
        let radius = self.options.radius_m;
        let near = self.roads.near(group.centre, radius);
        let mut states = Vec::new();
        for snapped in near.iter().take(self.options.streets_max) {
            let off = snapped.distance_m / group.sigma_m;
            let state = |point| HiddenState { point, emission: 0.5 * off * off };
            states.extend(self.roads.directions(snapped.point).map(state));
        }
        states
    }

    /// The costs of the next layer; `None` if no state of it can be reached, or too much time has passed.
    fn advance(
        &self,
        last: &Layer<'_>,
        next: &Observation<'_>,
        routes: &mut RouteSearch<'_>,
    ) -> Option<Costs> {
        let (before, group) = (last.observation.group, next.group);
        if group.at.0 - before.at.0 > self.options.gap_ms {
            return None;
        }
        let straight_m = before.centre.distance_m(group.centre);
        let noise_m = before.sigma_m.hypot(group.sigma_m);
        let beta_m = beta(straight_m, noise_m);
        let bound_cm = ((straight_m * DETOUR + DETOUR_M + 4.0 * noise_m) * 100.0) as u32;
        let states = &next.states;
        let goals: Vec<EdgeId> = states.iter().map(|state| state.point.edge).collect();
        let (mut costs, mut from) = (vec![f64::INFINITY; states.len()], vec![0; states.len()]);
        for (i, (source, &cost)) in last.observation.states.iter().zip(&last.best.costs).enumerate() {
            if !cost.is_finite() {
                continue;
            }
            routes.search(source.point, &goals, bound_cm);
            for (j, state) in states.iter().enumerate() {
                let Some(route_m) = metres(self.roads, routes, source.point, state.point, noise_m) else {
                    continue;
                };
                let total = cost + (route_m - straight_m).abs() / beta_m + state.emission;
                if total < costs[j] {
                    (costs[j], from[j]) = (total, i);
                }
            }
        }
        let reached = costs.iter().any(|cost| cost.is_finite());
        reached.then_some(Costs { costs, from })
    }
}

impl Costs {
    /// Where a sequence begins.
    fn first(observation: &Observation<'_>) -> Self {
        let costs = observation.states.iter().map(|state| state.emission).collect();
        Self { costs, from: vec![0; observation.states.len()] }
    }
}

/// The scale of the difference between path and straight line: bends make it grow with the distance, noise with the error.
fn beta(straight_m: f64, noise_m: f64) -> f64 {
    5.0 + 0.05 * straight_m + 0.5 * noise_m
}

/// Metres along the roads from one state to the next; a little behind on the same street is standing still.
pub(super) fn metres(
    roads: &Roads,
    routes: &RouteSearch<'_>,
    from: RoadPoint,
    to: RoadPoint,
    noise_m: f64,
) -> Option<f64> {
    if from.edge == to.edge {
        let ahead = roads.along_cm(to).as_metres() - roads.along_cm(from).as_metres();
        if ahead >= 0.0 {
            return Some(ahead);
        }
        if -ahead <= 3.0 * noise_m {
            return Some(0.0);
        }
    }
    routes.metres(to)
}

/// The cheapest sequence through the layers.
fn cheapest(layers: &[Layer<'_>]) -> Option<Chain> {
    let costs = &layers.last()?.best.costs;
    let mut at = (0..costs.len()).min_by(|&a, &b| costs[a].total_cmp(&costs[b]))?;
    let mut chain = Vec::with_capacity(layers.len());
    for Layer { observation, best } in layers.iter().rev() {
        chain.push((observation.index, observation.states[at]));
        at = best.from[at];
    }
    chain.reverse();
    Some(chain)
}
