//! A set of places to search for, arranged so that a search that reaches a port finds those just beyond it.

use super::nearest_query::Direction;
use crate::cch::Weight;
use crate::leg::RoadPoint;
use crate::network::Roads;

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
}

impl Targets {
    /// Shape: `places` in any order, repeats allowed; the results name them by index. Panics if one is of another network.
    /// They hold what reaching them from the next junction takes under the metric of `roads`, and serve searches under it.
    pub fn new(roads: &Roads, places: &[RoadPoint]) -> Self {
        let (mut ahead, mut behind) = (Vec::new(), Vec::new());
        for (target, &place) in (0..).zip(places) {
            for point in roads.names(place) {
                let entry = |port, leg| TargetEntry { port, target, point, weight: Weight::of(leg) };
                ahead.extend(roads.goals(point).map(|(port, leg)| entry(port, leg)));
                let (port, leg) = roads.start(point);
                behind.push(entry(port, leg));
            }
        }
        let ports = roads.hierarchy().ports();
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
    fn buckets(&self, direction: Direction) -> &Buckets {
        match direction {
            Direction::FromSource => &self.ahead,
            Direction::ToSource => &self.behind,
        }
    }
}

impl Buckets {
    /// Sorts by port; entries of one port keep their order.
    fn new(ports: usize, unsorted: Vec<TargetEntry>) -> Self {
        let mut first = vec![0u32; ports + 1];
        for entry in &unsorted {
            first[entry.port as usize + 1] += 1;
        }
        for i in 1..first.len() {
            first[i] += first[i - 1];
        }
        let mut next = first.clone();
        let mut entries = unsorted.clone();
        for entry in unsorted {
            let slot = &mut next[entry.port as usize];
            entries[*slot as usize] = entry;
            *slot += 1;
        }
        Self { first, entries }
    }
}
