//! A set of places to search for, arranged so that a search that reaches a node sees what lies just beyond it.

use crate::leg::{EdgeId, Leg, RoadPoint};
use crate::network::Roads;
use crate::search::Direction;

/// A fixed set of places to search for. Built once per round, shared by all its searches.
#[derive(Clone, Debug)]
pub struct Targets {
    count: usize,
    from_tail: Buckets,
    to_head: Buckets,
}

/// A target that a search reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Index into the places that [`Targets::new`] was given.
    pub target: u32,
    /// The drive between the source and it, in the search's direction.
    pub leg: Leg,
}

/// One name of one target, seen from a node at an end of its edge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) target: u32,
    pub(crate) point: RoadPoint,
    /// Between the node and the place.
    pub(crate) leg: Leg,
}

/// Entries by node: those of node n are `entries[first[n]..first[n + 1]]`.
#[derive(Clone, Debug)]
struct Buckets {
    first: Vec<u32>,
    entries: Vec<Entry>,
}

impl Targets {
    /// Shape: `places` in any order, repeats allowed; the results name them by index. Panics if one is of another network.
    pub fn new(roads: &Roads, places: &[RoadPoint]) -> Self {
        let named = |&(target, place): &(u32, RoadPoint)| {
            [Some((target, place)), roads.mirrored(place).map(|twin| (target, twin))].into_iter().flatten()
        };
        let names: Vec<(u32, RoadPoint)> =
            (0..).zip(places.iter().copied()).collect::<Vec<_>>().iter().flat_map(named).collect();
        Self {
            count: places.len(),
            from_tail: Buckets::new(roads, &names, |edge| roads.tail(edge), |point| roads.before(point)),
            to_head: Buckets::new(roads, &names, |edge| roads.head(edge), |point| roads.after(point)),
        }
    }
    /// How many places.
    pub fn len(&self) -> usize {
        self.count
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// The targets on edges that a search in `direction` may enter at `node`.
    pub(crate) fn at(&self, direction: Direction, node: u32) -> &[Entry] {
        let buckets = match direction {
            Direction::FromSource => &self.from_tail,
            Direction::ToSource => &self.to_head,
        };
        let node = node as usize;
        &buckets.entries[buckets.first[node] as usize..buckets.first[node + 1] as usize]
    }
}

impl Buckets {
    fn new(
        roads: &Roads,
        names: &[(u32, RoadPoint)],
        node: impl Fn(EdgeId) -> u32,
        leg: impl Fn(RoadPoint) -> Leg,
    ) -> Self {
        let mut first = vec![0u32; roads.node_count() + 1];
        for (_, point) in names {
            first[node(point.edge) as usize + 1] += 1;
        }
        for i in 1..first.len() {
            first[i] += first[i - 1];
        }
        let mut next = first.clone();
        let blank = Entry { target: 0, point: RoadPoint::default(), leg: Leg::default() };
        let mut entries = vec![blank; names.len()];
        for &(target, point) in names {
            let slot = &mut next[node(point.edge) as usize];
            entries[*slot as usize] = Entry { target, point, leg: leg(point) };
            *slot += 1;
        }
        Self { first, entries }
    }
}
