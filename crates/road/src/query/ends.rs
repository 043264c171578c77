//! Where drives begin and end: the ports at the ends of the edges that a place is on, and the drive that stays on one.

use super::nearest_query::Direction;
use crate::cch::{Seed, Weight};
use crate::leg::{Leg, RoadPoint};
use crate::network::Roads;

impl Roads {
    /// The port at which a drive from this name of a place leaves its edge, and the drive there.
    pub(crate) fn start(&self, name: RoadPoint) -> (u32, Leg) {
        (self.hierarchy().port_of[name.edge.index()], self.after(name))
    }
    /// The ports from which a drive to this name of a place may enter its edge, and the drive from there.
    pub(crate) fn goals(&self, name: RoadPoint) -> impl Iterator<Item = (u32, Leg)> + use<'_> {
        let leg = self.before(name);
        self.hierarchy().entered_from(name.edge.0).map(move |port| (port, leg))
    }
    /// The same for all names of a place, with the name that each seed is of.
    pub(super) fn named_seeds(&self, place: RoadPoint, direction: Direction) -> Vec<(Seed, RoadPoint)> {
        let seed = |(port, leg)| Seed { port, weight: Weight::of(leg) };
        let mut seeds = Vec::with_capacity(4);
        for name in self.names(place) {
            match direction {
                Direction::FromSource => seeds.push((seed(self.start(name)), name)),
                Direction::ToSource => seeds.extend(self.goals(name).map(|it| (seed(it), name))),
            }
        }
        seeds
    }
    pub(crate) fn seeds(&self, place: RoadPoint, direction: Direction) -> Vec<Seed> {
        self.named_seeds(place, direction).into_iter().map(|(seed, _)| seed).collect()
    }
    /// The drive along one edge, if `to` is on it and not behind `from`.
    pub(super) fn ahead(&self, from: RoadPoint, to: RoadPoint) -> Option<Weight> {
        if from.edge != to.edge || from.fraction > to.fraction {
            return None;
        }
        if from.fraction == to.fraction {
            return Some(Weight::ZERO);
        }
        let whole = self.edge_leg(from.edge);
        whole.is_reachable().then(|| Weight::of(self.before(to).without(self.before(from))))
    }
    /// The best drive that stays on one edge, with the names by which it begins and ends.
    pub(crate) fn direct(&self, from: RoadPoint, to: RoadPoint) -> Option<(Weight, RoadPoint, RoadPoint)> {
        let (starts, goals) = (self.names(from), self.names(to));
        let pairs = starts.iter().flat_map(|&start| goals.iter().map(move |&goal| (start, goal)));
        let drives = pairs.filter_map(|(start, goal)| Some((self.ahead(start, goal)?, start, goal)));
        drives.min_by_key(|&(weight, ..)| weight)
    }
}
