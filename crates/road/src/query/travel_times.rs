//! The trait that the rest of the house asks, and by which method [`Roads`] answers.

use super::nearest_index::NearestIndex;
use super::nearest_query::{Direction, Found, NearestQuery};
use super::search::Search;
use super::targets::Targets;
use super::trace::trace;
use super::{dijkstra, drive};
use crate::leg::{Leg, Path, RoadPoint};
use crate::network::Roads;
use paceline_model::Millis;
use std::num::NonZeroUsize;

/// How long it takes between places.
///
/// Of drives that take the same time the shorter counts, then the one with less effort: every method gives the same leg.
pub trait TravelTimes {
    /// The nearest targets by travel time, at most as many and as far as the query says: nearest first, ties by target index.
    fn nearest(
        &self,
        search: &mut Search,
        query: NearestQuery,
        targets: &Targets,
        direction: Direction,
    ) -> Vec<Found>;
    /// The same for many sources at once, each with a count and a bound of its own: one answer per query, in their order.
    /// Any number of threads gives the same, and so does [`TravelTimes::nearest`] for one after the other.
    fn nearest_for_all(
        &self,
        search: &mut Search,
        queries: &[NearestQuery],
        targets: &Targets,
        direction: Direction,
        threads: NonZeroUsize,
    ) -> Vec<Vec<Found>>;
    /// From one place to another; [`Leg::UNREACHABLE`] if no path leads there.
    fn leg(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Leg;
    /// From one place to another with its edges and line; `None` if no path leads there.
    fn path(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Option<Path>;
}

/// Ports that even a search among dense targets settles.
const SETTLED_LEAST: usize = 20;
/// Ports above one place that are not above its neighbours too, about.
const ABOVE_EACH: usize = 30;
/// Ports that a search settles in the time in which the index visits one.
const INDEXED_PER_SETTLED: usize = 11;

impl Roads {
    /// Whether a [`NearestIndex`] costs less than one search by Dijkstra's algorithm per query, each for the `count` nearest
    /// of `targets`. Only time depends on it.
    ///
    /// A search settles ports until it has met enough targets; the index visits, of all ports, those above the targets and those
    /// above the queries. The weights are measured (`bench/road`).
    pub fn batching_pays(&self, queries: usize, targets: usize, count: usize) -> bool {
        let ports = self.hierarchy().ports();
        let settled = ports.saturating_mul(count.min(targets)) / targets.max(1) + SETTLED_LEAST;
        let indexed =
            ports.min(targets.saturating_mul(ABOVE_EACH)) + ports.min(queries.saturating_mul(ABOVE_EACH));
        queries.saturating_mul(settled.min(ports)) > indexed.saturating_mul(INDEXED_PER_SETTLED)
    }
}

impl TravelTimes for Roads {
    fn nearest(
        &self,
        search: &mut Search,
        query: NearestQuery,
        targets: &Targets,
        direction: Direction,
    ) -> Vec<Found> {
        dijkstra::nearest(self, search, query, targets, direction)
    }

    fn nearest_for_all(
        &self,
        search: &mut Search,
        queries: &[NearestQuery],
        targets: &Targets,
        direction: Direction,
        threads: NonZeroUsize,
    ) -> Vec<Vec<Found>> {
        let count = queries.iter().map(|query| query.count).max().unwrap_or(0);
        let bound = queries.iter().map(|query| query.bound).max().unwrap_or(Millis::ZERO);
        if !self.batching_pays(queries.len(), targets.len(), count) {
            return dijkstra::nearest_one_by_one(self, search, queries, targets, direction, threads);
        }
        let index = NearestIndex::new(self, targets.clone(), direction, count, bound, threads);
        let (answers, steps) = index.answer(queries, threads);
        search.settled = index.steps() + steps;
        answers
    }

    fn leg(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Leg {
        drive::leg(self, search, from, to)
    }

    fn path(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Option<Path> {
        Some(trace(self, &drive::fastest(self, search, from, to)?))
    }
}
