//! The oracle: Dijkstra's algorithm on edges and what was driven before them, with the rules for turns written down once more, from the turn
//! restrictions alone.

use super::names;
use paceline_road::{EdgeId, Leg, RoadPoint, Roads, TurnRestriction, TurnRule};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Time, distance, effort: compared in this order.
pub(crate) type Cost = (u64, u64, u64);

/// What driving takes and where one may go on, by edge.
pub(crate) struct Slow<'a> {
    roads: &'a Roads,
    /// Edges that may be driven after each edge.
    on: Vec<Vec<u32>>,
    /// Edges that are not driven one after the other.
    walks: Vec<Vec<u32>>,
}

/// What a leg takes, if there is a path.
pub(crate) fn cost(leg: Leg) -> Option<Cost> {
    let cost = (u64::from(leg.time.0), u64::from(leg.distance.0), u64::from(leg.effort.0));
    leg.is_reachable().then_some(cost)
}

fn sum(a: Cost, b: Cost) -> Cost {
    (a.0 + b.0, a.1 + b.1, a.2 + b.2)
}

impl<'a> Slow<'a> {
    pub(crate) fn new(roads: &'a Roads) -> Self {
        let edges = roads.edge_count() as u32;
        let ends: Vec<_> = (0..edges).map(|edge| roads.edge_ends(EdgeId(edge))).collect();
        let mut leaving: Vec<Vec<u32>> = vec![Vec::new(); roads.node_count()];
        let mut entering = leaving.clone();
        for edge in 0..edges {
            leaving[ends[edge as usize].0 as usize].push(edge);
            entering[ends[edge as usize].1 as usize].push(edge);
        }
        let restrictions: Vec<TurnRestriction> = roads.turn_restrictions().collect();
        let twin = |edge: u32| roads.twin(EdgeId(edge)).map(|twin| twin.0);
        let mut on = vec![Vec::new(); edges as usize];
        for from in 0..edges {
            let node = ends[from as usize].1 as usize;
            let mine: Vec<&TurnRestriction> =
                restrictions.iter().filter(|restriction| restriction.from.0 == from).collect();
            let only: Vec<u32> =
                mine.iter().filter(|s| s.rule == TurnRule::Compulsory).map(|s| s.to.0).collect();
            let banned = |to: u32| mine.iter().any(|s| s.rule == TurnRule::Forbidden && s.to.0 == to);
            let legal: Vec<u32> = leaving[node]
                .iter()
                .copied()
                .filter(|&to| !banned(to) && (only.is_empty() || only.contains(&to)))
                .collect();
            let streets = leaving[node].len() + entering[node].iter().filter(|&&e| twin(e).is_none()).count();
            let ends_here = |edge: EdgeId| ends[edge.0 as usize].1 as usize == node;
            let restricted = restrictions.iter().any(|restriction| ends_here(restriction.from))
                || roads
                    .forbidden_walks()
                    .any(|walk| walk[..walk.len() - 1].iter().any(|&edge| ends_here(edge)));
            let others = legal.iter().any(|&to| Some(to) != twin(from));
            let back = !others || !only.is_empty() || (streets >= 3 && !restricted);
            on[from as usize] = legal.into_iter().filter(|&to| back || Some(to) != twin(from)).collect();
        }
        let walks = roads.forbidden_walks().map(|walk| walk.iter().map(|edge| edge.0).collect()).collect();
        Self { roads, on, walks }
    }
    fn part(&self, place: RoadPoint) -> Option<Cost> {
        if place.fraction == 0 {
            return Some((0, 0, 0));
        }
        let scale = |value: u64| value * u64::from(place.fraction) / 65_535;
        cost(self.roads.edge_leg(place.edge)).map(|whole| (scale(whole.0), scale(whole.1), scale(whole.2)))
    }
    fn rest(&self, place: RoadPoint) -> Option<Cost> {
        if place.fraction == u16::MAX {
            return Some((0, 0, 0));
        }
        let (whole, part) = (cost(self.roads.edge_leg(place.edge))?, self.part(place)?);
        Some((whole.0 - part.0, whole.1 - part.1, whole.2 - part.2))
    }
    /// What it takes from a place to the far end of each edge.
    pub(crate) fn ends_from(&self, from: RoadPoint) -> Vec<Option<Cost>> {
        let mut best: Vec<Option<Cost>> = vec![None; self.on.len()];
        for (drive, cost) in self.drives_from(from) {
            let known = &mut best[drive[drive.len() - 1] as usize];
            *known = Some(known.map_or(cost, |known: Cost| known.min(cost)));
        }
        best
    }
    /// The same for each of the last edges driven, as many as the longest forbidden walk makes it worth to remember.
    fn drives_from(&self, from: RoadPoint) -> BTreeMap<Vec<u32>, Cost> {
        let memory = self.walks.iter().map(|walk| walk.len() - 1).max().unwrap_or(1);
        let mut best: BTreeMap<Vec<u32>, Cost> = BTreeMap::new();
        let mut queue = BinaryHeap::new();
        for name in names(self.roads, from) {
            queue.extend(self.rest(name).map(|cost| Reverse((cost, vec![name.edge.0]))));
        }
        while let Some(Reverse((reached, drive))) = queue.pop() {
            if best.get(&drive).is_some_and(|known| *known <= reached) {
                continue;
            }
            for to in self.after(&drive) {
                let on: Vec<u32> = drive.iter().copied().chain([to]).collect();
                let on = on[on.len().saturating_sub(memory)..].to_vec();
                queue.extend(cost(self.roads.edge_leg(EdgeId(to))).map(|c| Reverse((sum(reached, c), on))));
            }
            best.insert(drive, reached);
        }
        best
    }
    /// The edges that may be driven after others.
    fn after(&self, drive: &[u32]) -> impl Iterator<Item = u32> {
        let completes = move |to: u32| {
            let on: Vec<u32> = drive.iter().copied().chain([to]).collect();
            self.walks.iter().any(|walk| on.ends_with(walk))
        };
        self.on[drive[drive.len() - 1] as usize].iter().copied().filter(move |&to| !completes(to))
    }
    /// What it takes from a place to others.
    pub(crate) fn from(&self, from: RoadPoint, to: &[RoadPoint]) -> Vec<Option<Cost>> {
        let mut enter: Vec<Option<Cost>> = vec![None; self.on.len()];
        for (drive, reached) in self.drives_from(from) {
            for next in self.after(&drive) {
                let known = &mut enter[next as usize];
                *known = Some(known.map_or(reached, |known: Cost| known.min(reached)));
            }
        }
        let reach = |&place: &RoadPoint| {
            let over = |goal: RoadPoint| Some(sum(enter[goal.edge.0 as usize]?, self.part(goal)?));
            names(self.roads, place).into_iter().filter_map(over).chain(self.direct(from, place)).min()
        };
        to.iter().map(reach).collect()
    }
    fn direct(&self, from: RoadPoint, to: RoadPoint) -> Option<Cost> {
        let mut best = None;
        for a in names(self.roads, from) {
            for b in
                names(self.roads, to).into_iter().filter(|b| b.edge == a.edge && b.fraction >= a.fraction)
            {
                let drive = if a.fraction == b.fraction {
                    Some((0, 0, 0))
                } else {
                    self.part(b).zip(self.part(a)).map(|(b, a)| (b.0 - a.0, b.1 - a.1, b.2 - a.2))
                };
                best = best.into_iter().chain(drive).min();
            }
        }
        best
    }
}
