//! Drives between a few chosen places by look-up: for each edge that a chosen place lies on, the drive to where it is
//! entered from every port, computed once and kept. Called where the same goals are asked for thousands of times a
//! round, as shared rides do. Left out on purpose: large networks. A column is as long as the network has ports, so a
//! city of a few thousand junctions fits whole and a country does not.
//!
//! Edges that leave a junction are mostly entered from the same ports, and share one column. A column is an upward search from the goal
//! and a downward sweep over all ports: Delling, Goldberg, Nowatzyk, Werneck, *PHAST: hardware-accelerated shortest path trees*,
//! J. Parallel Distrib. Comput. 73(7), 2013.

use crate::cch::{Metric, Seed, Weight};
use crate::file::Section;
use crate::leg::{EdgeId, Leg, RoadPoint};
use crate::network::Roads;
use crate::search::Search;
use std::collections::VecDeque;
use std::sync::Arc;

/// Most drives kept at one time: 480 MB, all pairs of a network of 5,400 junctions.
const DRIVES_MAX: usize = 30_000_000;

/// Ports that a sweep visits in the time of one step: a search settles one in it.
const SWEPT_PER_STEP: u64 = 4;

/// Columns of the table of all drives, by the edge that they lead to. The oldest go first when there are too many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    by_edge: Vec<Option<Arc<[Weight]>>>,
    /// The edge that each column was made for.
    by_age: VecDeque<EdgeId>,
    /// What they were computed under.
    metric: Option<Arc<Metric>>,
}

/// A place prepared for many questions: where drives from it begin and where drives to it end.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    point: RoadPoint,
    /// The opposite edge, if the street is two-way.
    twin: Option<EdgeId>,
    /// Ports that one gets to from here, and the drive there.
    ahead: Few<u32>,
    /// Edges on which one gets here, and the drive from where each is entered.
    behind: Few<EdgeId>,
}

/// Up to two ways, one for each name of a place, that lead somewhere.
#[derive(Clone, Copy, Debug)]
struct Few<T> {
    ways: [(T, Weight); 2],
    count: usize,
}

impl<T: Copy + Default> Few<T> {
    fn new(all: impl Iterator<Item = (T, Leg)>) -> Self {
        let mut few = Self { ways: [(T::default(), Weight::NONE); 2], count: 0 };
        for (way, leg) in all.filter(|(_, leg)| leg.is_reachable()) {
            few.ways[few.count] = (way, Weight::of(leg));
            few.count += 1;
        }
        few
    }
    #[inline]
    fn all(&self) -> &[(T, Weight)] {
        &self.ways[..self.count]
    }
}

impl Spot {
    /// Whether a drive from here to `to` can stay on one edge.
    #[inline]
    fn is_beside(&self, to: &Self) -> bool {
        self.point.edge == to.point.edge || self.twin == Some(to.point.edge)
    }
}

impl Roads {
    /// Prepares a place. Panics if it is of another network.
    pub fn spot(&self, point: RoadPoint) -> Spot {
        Spot {
            point,
            twin: self.twin(point.edge),
            ahead: Few::new(self.names(point).map(|name| self.start(name))),
            behind: Few::new(self.names(point).map(|name| (name.edge, self.before(name)))),
        }
    }

    /// Makes sure that drives to `goal` can be looked up. Returns the steps of work that took; none if it was known.
    pub fn prepare(&self, search: &mut Search, goal: &Spot) -> u64 {
        let mut columns = std::mem::take(&mut search.columns);
        if columns.metric.as_ref().is_none_or(|metric| !Arc::ptr_eq(metric, self.metric())) {
            let by_edge = vec![None; self.edge_count()];
            columns = Columns { by_edge, metric: Some(Arc::clone(self.metric())), ..Columns::default() };
        }
        let mut steps = 0;
        for &(edge, _) in goal.behind.all() {
            if columns.by_edge[edge.index()].is_none() {
                columns.keep(self, edge, self.phast_to(search, edge));
                steps += self.hierarchy().ports() as u64 / SWEPT_PER_STEP + 1;
            }
        }
        search.columns = columns;
        steps
    }

    /// The drive between two places; [`Leg::UNREACHABLE`] if there is none, or if `to` was not prepared or is forgotten.
    #[inline]
    pub fn look_up(&self, search: &Search, from: &Spot, to: &Spot) -> Leg {
        let mut best = Weight::NONE;
        if from.is_beside(to)
            && let Some((weight, ..)) = self.direct(from.point, to.point)
        {
            best = weight;
        }
        for &(edge, rest) in to.behind.all() {
            let Some(Some(column)) = search.columns.by_edge.get(edge.index()) else { continue };
            for &(port, first) in from.ahead.all() {
                best.lower(first.plus(column[port as usize]).plus(rest));
            }
        }
        best.leg()
    }

    /// From every port to where `edge` is entered.
    fn phast_to(&self, search: &mut Search, edge: EdgeId) -> Arc<[Weight]> {
        let (hierarchy, upward) = (self.hierarchy(), &self.metric().upward);
        let seeds: Vec<Seed> =
            hierarchy.entered_from(edge.0).map(|port| Seed { port, weight: Weight::ZERO }).collect();
        let mut drives = vec![Weight::NONE; hierarchy.ports()];
        search.backward.run(&hierarchy, &upward.backward, &seeds, |port, weight| {
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

    /// The edges that leave the same junction and are entered from the same ports, `edge` among them.
    fn entered_alike(&self, edge: EdgeId) -> impl Iterator<Item = EdgeId> {
        let (hierarchy, first) = (self.hierarchy(), self.column::<u32>(Section::OutFirst));
        let node = self.tail(edge) as usize;
        let alike = move |other: &u32| hierarchy.entered_from(*other).eq(hierarchy.entered_from(edge.0));
        (first[node]..first[node + 1]).filter(alike).map(EdgeId)
    }
}

impl Columns {
    fn keep(&mut self, roads: &Roads, edge: EdgeId, drives: Arc<[Weight]>) {
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
