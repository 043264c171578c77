//! A cache of drives to a few chosen places: for each edge that a chosen place lies on, the drive to where it is
//! entered from every port, computed once. Called where the same goals are queried thousands of times a
//! round, as shared rides do. Left out on purpose: large networks. A column is as long as the network has ports, so a
//! city of a few thousand junctions fits whole and a country does not.
//!
//! Edges that leave a junction are mostly entered from the same ports, and share one column. A column is an upward search from the goal
//! and a downward sweep over all ports: Delling, Goldberg, Nowatzyk, Werneck, *PHAST: hardware-accelerated shortest path trees*,
//! J. Parallel Distrib. Comput. 73(7), 2013.

use crate::cch::{Metric, Seed, UpwardSearch, Weight};
use crate::columns::Section;
use crate::junction::{Names, OfNames};
use crate::leg::{EdgeId, Leg, RoadPoint};
use crate::network::Roads;
use std::collections::VecDeque;
use std::sync::Arc;

/// Most drives cached at one time: 480 MB, all pairs of a network of 5,400 junctions.
const DRIVES_MAX: usize = 30_000_000;

/// Ports that the downward sweep of PHAST visits in the time of one step: a search settles one in it.
const SWEPT_PER_STEP: u64 = 4;

/// Columns of the table of all drives, by the edge that they lead to. The oldest go first when there are too many.
#[derive(Clone, Debug, Default)]
pub(super) struct DriveCache {
    by_edge: Vec<Option<Arc<[Weight]>>>,
    /// The edge that each column was made for.
    by_age: VecDeque<EdgeId>,
    /// What they were computed under.
    metric: Option<Arc<Metric>>,
}

/// A place prepared for many queries: where drives from it begin and where drives to it end.
#[derive(Clone, Debug)]
pub struct PreparedPoint {
    point: RoadPoint,
    /// Where it lies on each edge that it is on.
    names: Names,
    /// Ports that one gets to from here, and the drive there.
    ahead: Endpoints<u32>,
    /// Edges on which one gets here, and the drive from where each is entered.
    behind: Endpoints<EdgeId>,
}

/// The ends of drives at a place, each with the drive between it and the place: one for each name of the place.
#[derive(Clone, Debug)]
struct Endpoints<T>(OfNames<(T, Weight)>);

impl<T> Endpoints<T> {
    fn new(all: impl Iterator<Item = (T, Leg)>) -> Self {
        let reached = all.filter(|(_, leg)| leg.is_reachable());
        Self(reached.map(|(end, leg)| (end, Weight::of(leg))).collect())
    }
    #[inline]
    fn all(&self) -> &[(T, Weight)] {
        &self.0
    }
}

impl PreparedPoint {
    /// Whether a drive from here to `to` can stay on one edge.
    #[inline]
    fn is_beside(&self, to: &Self) -> bool {
        self.names.iter().any(|name| to.names.iter().any(|other| name.edge == other.edge))
    }
}

impl Roads {
    /// Prepares a place. Panics if it is of another network.
    pub fn prepare_point(&self, point: RoadPoint) -> PreparedPoint {
        let names = self.names(point);
        PreparedPoint {
            point,
            ahead: Endpoints::new(names.iter().map(|&name| self.start(name))),
            behind: Endpoints::new(names.iter().map(|&name| (name.edge, self.before(name)))),
            names,
        }
    }

    /// The edges that leave the same junction and are entered from the same ports, `edge` among them.
    fn entered_alike(&self, edge: EdgeId) -> impl Iterator<Item = EdgeId> {
        let (hierarchy, first) = (self.hierarchy(), self.column::<u32>(Section::OutFirst));
        let node = self.tail(edge) as usize;
        let alike = move |other: &u32| hierarchy.entered_from(*other).eq(hierarchy.entered_from(edge.0));
        (first[node]..first[node + 1]).filter(alike).map(EdgeId)
    }
}

impl DriveCache {
    /// Caches the drives to `goal`. Returns the steps of work that took.
    pub(super) fn add(&mut self, roads: &Roads, search: &mut UpwardSearch, goal: &PreparedPoint) -> u64 {
        if self.metric.as_ref().is_none_or(|metric| !Arc::ptr_eq(metric, roads.metric())) {
            let by_edge = vec![None; roads.edge_count()];
            *self = Self { by_edge, metric: Some(Arc::clone(roads.metric())), ..Self::default() };
        }
        let mut steps = 0;
        for &(edge, _) in goal.behind.all() {
            if self.by_edge[edge.index()].is_none() {
                self.insert(roads, edge, phast_to(roads, search, edge));
                steps += roads.hierarchy().ports() as u64 / SWEPT_PER_STEP + 1;
            }
        }
        steps
    }

    /// The drive between two places, as far as those to `to` are cached.
    #[inline]
    pub(super) fn leg(&self, roads: &Roads, from: &PreparedPoint, to: &PreparedPoint) -> Leg {
        let mut best = Weight::NONE;
        if from.is_beside(to)
            && let Some((weight, ..)) = roads.direct(from.point, to.point)
        {
            best = weight;
        }
        for &(edge, rest) in to.behind.all() {
            let Some(Some(column)) = self.by_edge.get(edge.index()) else { continue };
            for &(port, first) in from.ahead.all() {
                best.lower(first.plus(column[port as usize]).plus(rest));
            }
        }
        best.leg()
    }

    fn insert(&mut self, roads: &Roads, edge: EdgeId, drives: Arc<[Weight]>) {
        let most = (DRIVES_MAX / drives.len().max(1)).max(64);
        while self.by_age.len() >= most {
            if let Some(oldest) = self.by_age.pop_front() {
                roads.entered_alike(oldest).for_each(|other| self.by_edge[other.index()] = None);
            }
        }
        roads.entered_alike(edge).for_each(|other| self.by_edge[other.index()] = Some(Arc::clone(&drives)));
        self.by_age.push_back(edge);
    }
}

/// From every port to where `edge` is entered.
fn phast_to(roads: &Roads, search: &mut UpwardSearch, edge: EdgeId) -> Arc<[Weight]> {
    let (hierarchy, upward) = (roads.hierarchy(), &roads.metric().upward);
    let seeds: Vec<Seed> =
        hierarchy.entered_from(edge.0).map(|port| Seed { port, weight: Weight::ZERO }).collect();
    let mut drives = vec![Weight::NONE; hierarchy.ports()];
    search.run(&hierarchy, &upward.backward, &seeds, |port, weight| {
        drives[port as usize] = weight;
        true
    });
    for port in (0..drives.len()).rev() {
        let mut best = drives[port];
        for arc in upward.forward.at(port as u32) {
            best.lower(drives[arc.head as usize].plus(arc.weight()));
        }
        drives[port] = best;
    }
    drives.into()
}
