//! Drives between a few chosen places by look-up: for each edge that a chosen place lies on, the drive to where it is
//! entered from every port, computed once and kept. Called where the same goals are asked for thousands of times a
//! round, as shared rides do. Left out on purpose: large networks. A column is as long as the network has ports, so a
//! city of a few thousand junctions fits whole and a country does not.

use crate::cch::{Metric, Weight};
use crate::leg::{EdgeId, Leg, RoadPoint};
use crate::network::Roads;
use crate::search::{Direction, Reached, Search, within};
use paceline_model::Millis;
use std::collections::VecDeque;
use std::sync::Arc;

/// Most legs kept at one time: 480 MB, all pairs of a network of 8,000 edges and 5,000 ports.
const LEGS_MAX: usize = 40_000_000;

/// Columns of the table of all drives, by the edge that they lead to. The oldest go first when there are too many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    by_edge: Vec<Option<Box<[Leg]>>>,
    by_age: VecDeque<u32>,
    /// What they were computed under.
    metric: Option<Arc<Metric>>,
}

/// A place prepared for many questions: where drives from it begin and where drives to it end.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    point: RoadPoint,
    /// Ports that one gets to from here, and the drive there.
    ahead: [(u32, Leg); 2],
    /// Edges on which one gets here, and the drive from where each is entered.
    behind: [(EdgeId, Leg); 2],
}

impl Roads {
    /// Prepares a place. Panics if it is of another network.
    pub fn spot(&self, point: RoadPoint) -> Spot {
        let mut spot =
            Spot { point, ahead: [(0, Leg::UNREACHABLE); 2], behind: [(point.edge, Leg::UNREACHABLE); 2] };
        for (at, name) in self.names(point).enumerate() {
            spot.ahead[at] = self.start(name);
            spot.behind[at] = (name.edge, self.before(name));
        }
        spot
    }

    /// Makes sure that drives to `goal` can be looked up. Returns the ports settled for it; none if it was known.
    pub fn prepare(&self, search: &mut Search, goal: &Spot) -> u64 {
        let mut columns = std::mem::take(&mut search.columns);
        if columns.metric.as_ref().is_none_or(|metric| !Arc::ptr_eq(metric, self.metric())) {
            let by_edge = vec![None; self.edge_count()];
            columns = Columns { by_edge, metric: Some(Arc::clone(self.metric())), ..Columns::default() };
        }
        let mut settled = 0;
        for (edge, leg) in goal.behind {
            if leg.is_reachable() && columns.by_edge[edge.index()].is_none() {
                columns.keep(edge, self.legs_to(search, edge));
                settled += search.settled();
            }
        }
        search.columns = columns;
        settled
    }

    /// The drive between two places; [`Leg::UNREACHABLE`] if there is none, or if `to` was not prepared or is forgotten.
    pub fn look_up(&self, search: &Search, from: &Spot, to: &Spot) -> Leg {
        let mut best = self.direct(from.point, to.point).map_or(Weight::NONE, |(weight, ..)| weight);
        for (edge, rest) in to.behind {
            let Some(Some(column)) = search.columns.by_edge.get(edge.index()) else { continue };
            for (port, first) in from.ahead {
                best.lower(Weight::of(first.then(column[port as usize]).then(rest)));
            }
        }
        best.leg()
    }

    /// From every port to where `edge` is entered.
    fn legs_to(&self, search: &mut Search, edge: EdgeId) -> Box<[Leg]> {
        let hierarchy = self.hierarchy();
        let mut legs = vec![Leg::UNREACHABLE; hierarchy.ports()].into_boxed_slice();
        let bound = within(Millis::MAX);
        search.begin(hierarchy.ports(), 0);
        for port in hierarchy.entered_from(edge.0) {
            search.reach(port, Weight::ZERO, bound);
        }
        while let Some((reached, weight)) = search.next() {
            let Reached::Port(port) = reached else { continue };
            legs[port as usize] = weight.leg();
            self.go_on(&hierarchy, search, Direction::ToSource, port, weight, bound);
        }
        legs
    }
}

impl Columns {
    fn keep(&mut self, edge: EdgeId, legs: Box<[Leg]>) {
        let most = (LEGS_MAX / legs.len().max(1)).max(64);
        while self.by_age.len() >= most {
            if let Some(oldest) = self.by_age.pop_front() {
                self.by_edge[oldest as usize] = None;
            }
        }
        self.by_edge[edge.index()] = Some(legs);
        self.by_age.push_back(edge.0);
    }
}
