//! The trait that the rest of the house asks, and by which method [`Roads`] answers.

use super::nearest_index::NearestIndex;
use super::nearest_query::{Direction, Found, NearestQuery};
use super::search::Search;
use super::targets::Targets;
use super::trace::trace;
use super::{drive, nearest};
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

impl TravelTimes for Roads {
    fn nearest(
        &self,
        search: &mut Search,
        query: NearestQuery,
        targets: &Targets,
        direction: Direction,
    ) -> Vec<Found> {
        nearest::from_one(self, search, query, targets, direction)
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
            return nearest::one_by_one(self, search, queries, targets, direction, threads);
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
