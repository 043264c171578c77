//! The nearest of many places: by which method it costs least to find them. All give the same.

use super::nearest_query::{Direction, Found, NearestQuery};
use super::search::Search;
use super::targets::Targets;
use super::{dijkstra, sweep};
use crate::network::Roads;
use crate::threads::on_threads;
use std::num::NonZeroUsize;

/// Ports that even a search by Dijkstra's algorithm among dense targets settles.
const SETTLED_LEAST: usize = 20;
/// Ports above one place that are not above its neighbours too, about.
const ABOVE_EACH: usize = 30;
/// Ports swept in the time in which a search by Dijkstra's algorithm settles one: measured on days in Manhattan.
const SWEPT_PER_SETTLED: usize = 8;
/// Ports that a search settles in the time in which the index visits one: measured (`bench/road`).
const INDEXED_PER_SETTLED: usize = 11;
/// Queries below which a thread of their own costs more than it brings.
const QUERIES_PER_THREAD: usize = 200;

impl Roads {
    /// Ports that a search by Dijkstra's algorithm settles for the `count` nearest of `targets`, if these lie evenly.
    fn settled_for(&self, targets: usize, count: usize) -> usize {
        let ports = self.hierarchy().ports();
        (ports.saturating_mul(count.min(targets)) / targets.max(1) + SETTLED_LEAST).min(ports)
    }
    /// Whether a sweep over the ports above the targets costs less than a search by Dijkstra's algorithm. Only time depends on it.
    fn sweeping_pays(&self, targets: usize, count: usize) -> bool {
        let swept = self.hierarchy().ports().min(targets.saturating_mul(ABOVE_EACH));
        swept < self.settled_for(targets, count).saturating_mul(SWEPT_PER_SETTLED)
    }
    /// Whether a [`NearestIndex`](crate::NearestIndex) costs less than one search by Dijkstra's algorithm per query, each for
    /// the `count` nearest of `targets`. Only time depends on it.
    ///
    /// A search settles ports until it has met enough targets; the index visits, of all ports, those above the targets and those
    /// above the queries.
    pub fn batching_pays(&self, queries: usize, targets: usize, count: usize) -> bool {
        let ports = self.hierarchy().ports();
        let indexed =
            ports.min(targets.saturating_mul(ABOVE_EACH)) + ports.min(queries.saturating_mul(ABOVE_EACH));
        let settled = queries.saturating_mul(self.settled_for(targets, count));
        settled > indexed.saturating_mul(INDEXED_PER_SETTLED)
    }
}

/// The answer to one query, nearest first.
pub(super) fn from_one(
    roads: &Roads,
    search: &mut Search,
    query: NearestQuery,
    targets: &Targets,
    direction: Direction,
) -> Vec<Found> {
    if roads.sweeping_pays(targets.len(), query.count) {
        sweep::nearest(roads, search, query, targets, direction)
    } else {
        dijkstra::nearest(roads, search, query, targets, direction)
    }
}

/// The answers to all queries, one search after the other.
pub(super) fn one_by_one(
    roads: &Roads,
    search: &mut Search,
    queries: &[NearestQuery],
    targets: &Targets,
    direction: Direction,
    threads: NonZeroUsize,
) -> Vec<Vec<Found>> {
    let threads = threads.min(NonZeroUsize::MIN.saturating_add(queries.len() / QUERIES_PER_THREAD));
    let each = queries.len().div_ceil(threads.get()).max(1);
    let answers = on_threads(threads, |thread| {
        let mut search = Search::new(roads);
        let mut settled = 0;
        let one = |query: &NearestQuery| {
            let found = from_one(roads, &mut search, *query, targets, direction);
            settled += search.settled();
            found
        };
        let mine = queries.chunks(each).nth(thread).unwrap_or_default();
        (mine.iter().map(one).collect::<Vec<_>>(), settled)
    });
    search.settled = answers.iter().map(|(_, settled)| settled).sum();
    answers.into_iter().flat_map(|(found, _)| found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cch::Customisation;
    use crate::leg::{EdgeId, Leg, RoadPoint};
    use paceline_model::Millis;
    use std::sync::Arc;

    /// Numbers that look random and are the same each time.
    fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut state = seed;
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        }
    }

    /// The same streets with every tenth edge closed.
    fn jammed(roads: &Roads) -> Roads {
        let weight = |edge: u32| match edge % 10 {
            0 => Leg::UNREACHABLE,
            _ => roads.edge_leg(EdgeId(edge)),
        };
        let weights = (0..roads.edge_count() as u32).map(weight).collect();
        let metric = roads.customise(weights, Customisation::Perfect, NonZeroUsize::MIN).unwrap();
        roads.with_metric(Arc::new(metric)).unwrap()
    }

    #[test]
    fn a_sweep_finds_what_dijkstras_algorithm_finds() {
        let mut search = Search::default();
        for seed in 0..6 {
            let free = Roads::synthetic_city(1_500, seed).unwrap().0;
            for roads in [jammed(&free), free] {
                let mut number = numbers(seed);
                let mut place = |_| RoadPoint {
                    edge: EdgeId(number(roads.edge_count() as u64) as u32),
                    fraction: number(65_536) as u16,
                };
                let places: Vec<RoadPoint> = (0..60).map(&mut place).collect();
                let sources: Vec<RoadPoint> = (0..20).map(place).collect();
                for (turn, &source) in (0u32..).zip(sources.iter().chain(&places[..5])) {
                    let targets = Targets::new(&roads, &places[..1 + turn as usize * 2]);
                    let query = NearestQuery {
                        place: source,
                        count: 1 + turn as usize,
                        bound: Millis(if turn % 3 == 0 { 240_000 } else { u32::MAX }),
                    };
                    for direction in [Direction::FromSource, Direction::ToSource] {
                        let swept = sweep::nearest(&roads, &mut search, query, &targets, direction);
                        let settled = dijkstra::nearest(&roads, &mut search, query, &targets, direction);
                        assert_eq!(swept, settled, "seed {seed}, turn {turn}, {direction:?}");
                    }
                }
            }
        }
    }
}
