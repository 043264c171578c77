//! A set of places to search for, arranged so that a search that reaches a port finds those just beyond it.

use super::nearest_query::Direction;
use crate::cch::{Above, Weight};
use crate::leg::RoadPoint;
use crate::network::Roads;
use std::sync::OnceLock;

/// A fixed set of places to search for. Built once per round, shared by all its searches.
#[derive(Clone, Debug)]
pub struct Targets {
    count: usize,
    ahead: Buckets,
    behind: Buckets,
}

/// One name of one target, seen from a port at an end of its edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TargetEntry {
    pub(crate) port: u32,
    pub(crate) target: u32,
    pub(crate) point: RoadPoint,
    /// Between the port and the place.
    pub(crate) weight: Weight,
}

/// Entries by port: those of port p are `entries[first[p]..first[p + 1]]`.
#[derive(Clone, Debug)]
struct Buckets {
    first: Vec<u32>,
    entries: Vec<TargetEntry>,
    /// The ports from which searches meet the targets with all above them, once a sweep has asked for them.
    above: OnceLock<Above>,
}

impl Targets {
    /// Shape: `places` in any order, repeats allowed; the results name them by index. Panics if one is of another network.
    /// They hold what reaching them from the next junction takes under the metric of `roads`, and serve searches under it.
    pub fn new(roads: &Roads, places: &[RoadPoint]) -> Self {
        let hierarchy = roads.hierarchy();
        // A street has two names, and each is entered from some three ports.
        let mut ahead = Vec::with_capacity(6 * places.len());
        let mut behind = Vec::with_capacity(2 * places.len());
        for (target, &place) in (0..).zip(places) {
            for point in roads.names(place) {
                let entry = |port, leg| TargetEntry { port, target, point, weight: Weight::of(leg) };
                let (before, after) = (roads.before(point), roads.after(point));
                ahead.extend(hierarchy.entered_from(point.edge.0).map(|port| entry(port, before)));
                behind.push(entry(hierarchy.port_of[point.edge.index()], after));
            }
        }
        let ports = hierarchy.ports();
        Self { count: places.len(), ahead: Buckets::new(ports, ahead), behind: Buckets::new(ports, behind) }
    }
    /// Places, repeats included.
    pub fn len(&self) -> usize {
        self.count
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// The targets on edges that a search in `direction` may enter at `port`.
    #[inline]
    pub(crate) fn at(&self, direction: Direction, port: u32) -> &[TargetEntry] {
        let buckets = self.buckets(direction);
        let port = port as usize;
        &buckets.entries[buckets.first[port] as usize..buckets.first[port + 1] as usize]
    }
    /// Targets that are reached along the edge of the source, by one name of it.
    pub(super) fn beside(
        &self,
        roads: &Roads,
        name: RoadPoint,
        direction: Direction,
        mut found: impl FnMut(u32, Weight),
    ) {
        // Every target is listed where its edge ends; where its edge may be entered, there may be none.
        let port = roads.hierarchy().port_of[name.edge.index()];
        let listed = self.at(Direction::ToSource, port);
        for entry in listed.iter().filter(|entry| entry.point.edge == name.edge) {
            let ahead = match direction {
                Direction::FromSource => roads.ahead(name, entry.point),
                Direction::ToSource => roads.ahead(entry.point, name),
            };
            if let Some(weight) = ahead {
                found(entry.target, weight);
            }
        }
    }
    /// All targets by the port at which a search in `direction` meets them.
    pub(crate) fn all(&self, direction: Direction) -> &[TargetEntry] {
        &self.buckets(direction).entries
    }
    /// The ports at which a search in `direction` meets the targets, and all that lie above these.
    pub(super) fn above(&self, roads: &Roads, direction: Direction) -> &Above {
        let buckets = self.buckets(direction);
        let ports = || buckets.entries.iter().map(|entry| entry.port);
        buckets.above.get_or_init(|| Above::of(&roads.hierarchy(), ports()))
    }
    fn buckets(&self, direction: Direction) -> &Buckets {
        match direction {
            Direction::FromSource => &self.ahead,
            Direction::ToSource => &self.behind,
        }
    }
}

impl Buckets {
    /// Entries of one port come in the order of their targets; the two names of one target lie on different edges.
    fn new(ports: usize, mut entries: Vec<TargetEntry>) -> Self {
        entries.sort_unstable_by_key(|entry| (entry.port, entry.target, entry.point.edge));
        let mut first = Vec::with_capacity(ports + 1);
        for (number, entry) in (0..).zip(&entries) {
            // Of the ports since the last entry's, and of this one, the entries begin here.
            first.resize(first.len().max(entry.port as usize + 1), number);
        }
        first.resize(ports + 1, entries.len() as u32);
        Self { first, entries, above: OnceLock::new() }
    }
}
