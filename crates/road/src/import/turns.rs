//! From turn restrictions in the input's terms, ways and nodes, to edges: turns at a junction, and walks over several edges.

use super::draft::{Draft, Restriction, Turn, Via};
use super::numbering::Numbered;
use std::collections::BTreeMap;

/// Edges between the way in and the way out at most. The longest that OpenStreetMap has are a few; a mistake in the data is not followed
/// through a whole city.
const BETWEEN_MAX: usize = 40;

/// The turn restrictions of a network, by edges.
#[derive(Default)]
pub(super) struct Turns {
    /// (edge in, node, edge out, 0 for forbidden or 1 for compulsory), ascending, without repeats.
    pub(super) rows: Vec<[u32; 4]>,
    /// Three edges or more that are not driven one after the other; ascending, without repeats.
    pub(super) walks: Vec<Vec<u32>>,
    /// How many restrictions name a street that is not there.
    pub(super) lost: u64,
}

impl Turns {
    pub(super) fn resolved(draft: &Draft, numbered: &Numbered) -> Self {
        let resolver = Resolver::new(draft, numbered);
        let mut turns = Self::default();
        for restriction in &draft.restrictions {
            let found = match &restriction.via {
                Via::Node(via) => resolver.at_node(restriction, *via, &mut turns.rows),
                Via::Ways(ways, _) => resolver.over_ways(restriction, ways, &mut turns),
            };
            turns.lost += u64::from(!found);
        }
        turns.rows.sort_unstable();
        turns.rows.dedup();
        turns.walks.sort_unstable();
        turns.walks.dedup();
        turns
    }
}

struct Resolver<'a> {
    draft: &'a Draft,
    numbered: &'a Numbered,
    /// The edges at whose head each way lies from which a restriction leads over ways.
    from: BTreeMap<i64, Vec<u32>>,
}

impl<'a> Resolver<'a> {
    fn new(draft: &'a Draft, numbered: &'a Numbered) -> Self {
        let over_ways = draft.restrictions.iter().filter(|it| matches!(it.via, Via::Ways(..)));
        let from = over_ways.map(|restriction| (restriction.from_way, Vec::new())).collect();
        let mut resolver = Self { draft, numbered, from };
        let mut from = std::mem::take(&mut resolver.from);
        for edge in 0..numbered.edges.len() as u32 {
            if let Some(edges) = from.get_mut(&resolver.way_at(edge, true)) {
                edges.push(edge);
            }
        }
        Self { from, ..resolver }
    }

    /// Adds the turns at one node; whether there are any.
    fn at_node(&self, restriction: &Restriction, via: u32, rows: &mut Vec<[u32; 4]>) -> bool {
        let Some(via) = self.numbered.number[via as usize] else { return false };
        let before = rows.len();
        for &edge_in in
            self.numbered.into(via).iter().filter(|&&e| self.way_at(e, true) == restriction.from_way)
        {
            for edge_out in self.out_on(via, restriction.to_way) {
                if self.is_meant(restriction, edge_in, edge_out) {
                    rows.push([edge_in, via, edge_out, u32::from(restriction.turn == Turn::Compulsory)]);
                }
            }
        }
        rows.len() > before
    }

    /// Where a restriction's ways in and out are one that runs through the node, turning back is meant by `no_u_turn` alone.
    fn is_meant(&self, restriction: &Restriction, edge_in: u32, edge_out: u32) -> bool {
        let turns_back = self.numbered.twins[edge_in as usize] == edge_out;
        restriction.from_way != restriction.to_way || turns_back == (restriction.turn == Turn::NoTurnBack)
    }

    /// Adds the walks from the way in over `ways` to the way out; whether there are any.
    fn over_ways(&self, restriction: &Restriction, ways: &[i64], turns: &mut Turns) -> bool {
        let mut found = false;
        for &first in self.from.get(&restriction.from_way).into_iter().flatten() {
            for mut walk in self.walks(first, ways) {
                let node = self.numbered.edges[walk[walk.len() - 1] as usize].head;
                for last in self.out_on(node, restriction.to_way) {
                    walk.push(last);
                    match restriction.turn {
                        Turn::Compulsory => self.compel(&walk, turns),
                        Turn::Forbidden | Turn::NoTurnBack => turns.walks.push(walk.clone()),
                    }
                    walk.pop();
                    found = true;
                }
            }
        }
        found
    }

    /// Who takes the first edge of a compulsory walk takes them all: the turn into the second is compelled, every way off after that is a
    /// walk that is forbidden.
    fn compel(&self, walk: &[u32], turns: &mut Turns) {
        let node = self.numbered.edges[walk[0] as usize].head;
        turns.rows.push([walk[0], node, walk[1], 1]);
        for last in 2..walk.len() {
            let off = self.numbered.out_of(self.numbered.edges[walk[last - 1] as usize].head);
            let off = off.filter(|&exit| exit != walk[last]);
            turns
                .walks
                .extend(off.map(|exit| walk[..last].iter().copied().chain([exit]).collect::<Vec<u32>>()));
        }
    }

    /// The walks that begin with `first` and go on along all of `ways`, one after the other; without turning back or passing a node twice.
    fn walks(&self, first: u32, ways: &[i64]) -> Vec<Vec<u32>> {
        let mut found = Vec::new();
        let mut open = vec![(vec![first], 0)];
        while let Some((walk, passed)) = open.pop() {
            let head = |edge: u32| self.numbered.edges[edge as usize].head;
            let here = head(walk[walk.len() - 1]);
            if passed == ways.len() && walk.len() > 1 {
                found.push(walk.clone());
            }
            if walk.len() > BETWEEN_MAX {
                continue;
            }
            for next in self.numbered.out_of(here) {
                let seen = walk.iter().any(|&edge| head(edge) == head(next))
                    || self.numbered.edges[first as usize].tail == head(next);
                // A way that is cut by junctions goes on where it was, or the next one begins.
                let on = [passed.saturating_sub(1), passed]
                    .into_iter()
                    .find_map(|at| self.along(next, &ways[at..], at));
                if let (false, Some(passed)) = (seen, on) {
                    open.push((walk.iter().copied().chain([next]).collect(), passed));
                }
            }
        }
        found
    }

    /// How many ways are passed at the end of `edge` if it runs along the first ones of `ways`, of which `before` were passed already.
    fn along(&self, edge: u32, ways: &[i64], before: usize) -> Option<usize> {
        let edge = &self.numbered.edges[edge as usize];
        let parts = &self.draft.streets[edge.street as usize].parts;
        let mut along: Vec<i64> = parts.iter().map(|part| part.0.abs()).collect();
        if edge.reversed {
            along.reverse();
        }
        (!along.is_empty() && ways.starts_with(&along)).then_some(before + along.len())
    }

    fn out_on(&self, node: u32, way: i64) -> impl Iterator<Item = u32> {
        self.numbered.out_of(node).filter(move |&edge| self.way_at(edge, false) == way)
    }

    /// The input's way at the head of an edge, or at its tail.
    fn way_at(&self, edge: u32, at_head: bool) -> i64 {
        let edge = &self.numbered.edges[edge as usize];
        self.draft.streets[edge.street as usize].ways[usize::from(at_head != edge.reversed)]
    }
}
