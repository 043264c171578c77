//! The nearest of a few places, by a sweep over the ports above them: what it costs does not grow with how far they are.
//!
//! All targets are reached, and wait in the queue of [`Search`] as in `dijkstra`: they come out nearest first, ties by index.

use super::nearest_query::{Direction, Found, NearestQuery};
use super::search::{Reached, Search, within};
use super::targets::Targets;
use crate::network::Roads;

/// The answer to one query, nearest first.
pub(super) fn nearest(
    roads: &Roads,
    search: &mut Search,
    query: NearestQuery,
    targets: &Targets,
    direction: Direction,
) -> Vec<Found> {
    let count = query.count.min(targets.len());
    search.begin(roads.hierarchy().ports(), targets.len());
    if count == 0 {
        return Vec::new();
    }
    reach_all(roads, search, query, targets, direction);
    let nearest = std::iter::from_fn(|| match search.next()? {
        (Reached::Target(target), weight) => Some(Found { target, leg: weight.leg() }),
        // No port was put into the queue.
        (Reached::Port(_), _) => None,
    });
    nearest.take(count).collect()
}

/// Offers the drives to all targets within the bound.
fn reach_all(
    roads: &Roads,
    search: &mut Search,
    query: NearestQuery,
    targets: &Targets,
    direction: Direction,
) {
    let bound = within(query.bound);
    for name in roads.names(query.place) {
        targets.beside(roads, name, direction, |target, weight| search.reach_target(target, weight, bound));
    }
    let graphs = &roads.metric().upward;
    let ways = match direction {
        Direction::FromSource => (&graphs.forward, &graphs.backward),
        Direction::ToSource => (&graphs.backward, &graphs.forward),
    };
    let (seeds, above) = (roads.seeds(query.place, direction), targets.above(roads, direction));
    let mut sweep = std::mem::take(&mut search.sweep);
    search.settled = sweep.run(&roads.hierarchy(), ways, (&mut search.forward, &seeds), above, bound);
    for entry in targets.all(direction) {
        search.reach_target(entry.target, sweep.weight(entry.port).plus(entry.weight), bound);
    }
    search.sweep = sweep;
}
