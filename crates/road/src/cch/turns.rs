//! Which turns are allowed, and the graph in which every walk is an allowed drive.
//!
//! The rules, for going on from edge `e` to edge `f` at the junction where `e` ends:
//! 1. A turn that a restriction forbids is not made.
//! 2. Where restrictions compel (`only_...`), one of the compelled turns is made.
//! 3. Turning back into the opposite direction of the same street is done at a dead end (nothing else is allowed), and at
//!    a junction of three streets or more without turn restrictions. It is not done mid-block, nor where turns are restricted.
//!
//! A *port* is a turn cluster: the edges into a junction from which the same edges out may be taken. Where every edge into a
//! junction may go on to every edge out, one port stands for all; where turns are restricted, edges into it that may go on to the
//! same edges, to the same ports, share one. This is the line graph with its equal rows merged: most cities need little more than one port per junction,
//! so that turn restrictions cost next to nothing. A walk of three edges or more that is forbidden as a whole is obeyed by ports, too: a drive
//! that is in the middle of it has come to another port than one that began there, from which the last edge is no exit. Source of the idea to route on the line graph: Buchhold, Wagner, Zeitz, Zündorf,
//! ALENEX 2020.

use crate::columns::NONE;
use std::collections::{BTreeMap, BTreeSet};

/// What the rules need to know of a network. Edges are numbered by tail.
pub(crate) struct Streets<'a> {
    /// Where each node's outgoing edges begin.
    pub(crate) out_first: &'a [u32],
    /// Where each node's incoming edges begin in `in_edges`.
    pub(crate) in_first: &'a [u32],
    pub(crate) in_edges: &'a [u32],
    pub(crate) twins: &'a [u32],
    /// Turn restrictions by edge in: (edge in, node, edge out, compulsory).
    pub(crate) restrictions: &'a [[u32; 4]],
    /// Three edges or more that are not driven one after the other, ascending.
    pub(crate) walks: &'a [Vec<u32>],
    /// What [`walked`] says of these.
    pub(crate) walked: &'a [u32],
}

/// The edges after which a walk goes on, ascending: turns are restricted where they end.
pub(crate) fn walked(walks: &[Vec<u32>]) -> Vec<u32> {
    let mut walked: Vec<u32> = walks.iter().flat_map(|walk| &walk[..walk.len() - 1]).copied().collect();
    walked.sort_unstable();
    walked.dedup();
    walked
}

/// Where an edge leads to when it is entered from a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub(crate) struct TurnArc {
    pub(crate) edge: u32,
    pub(crate) head: u32,
}

/// The ports of a network, numbered by node, and the drives between them.
pub(crate) struct PortGraph {
    /// The node of each port.
    pub(crate) node: Vec<u32>,
    /// The port that each edge ends in, for a drive that begins on it, or in the middle of no forbidden walk.
    pub(crate) of_edge: Vec<u32>,
    /// The edges that may be driven on from each port, ascending, and the ports that they lead to.
    pub(crate) arcs: Vec<Vec<TurnArc>>,
}

impl Streets<'_> {
    pub(crate) fn node_count(&self) -> usize {
        self.out_first.len() - 1
    }
    pub(crate) fn exits(&self, node: u32) -> std::ops::Range<u32> {
        self.out_first[node as usize]..self.out_first[node as usize + 1]
    }
    /// The node at which an edge begins.
    fn tail(&self, edge: u32) -> u32 {
        self.out_first.partition_point(|&first| first <= edge) as u32 - 1
    }
    fn entries(&self, node: u32) -> &[u32] {
        &self.in_edges[self.in_first[node as usize] as usize..self.in_first[node as usize + 1] as usize]
    }
    fn restrictions_of(&self, edge: u32) -> &[[u32; 4]] {
        let from = self.restrictions.partition_point(|restriction| restriction[0] < edge);
        let to = self.restrictions.partition_point(|restriction| restriction[0] <= edge);
        &self.restrictions[from..to]
    }
    /// Whether a driver on `from` may go on to `to`, which must begin where `from` ends.
    pub(crate) fn may_turn(&self, from: u32, to: u32) -> bool {
        if !self.restrictions_allow(from, to) {
            return false;
        }
        let back = self.twins[from as usize];
        to != back || self.compelled(from) || self.may_turn_back(from, back)
    }
    fn compelled(&self, from: u32) -> bool {
        self.restrictions_of(from).iter().any(|restriction| restriction[3] == 1)
    }
    fn restrictions_allow(&self, from: u32, to: u32) -> bool {
        let restrictions = self.restrictions_of(from);
        let named = |compulsory: u32| {
            restrictions.iter().any(|restriction| restriction[2] == to && restriction[3] == compulsory)
        };
        !named(0) && (named(1) || !self.compelled(from))
    }
    fn may_turn_back(&self, from: u32, back: u32) -> bool {
        let node = self.tail(back);
        let dead_end = self.exits(node).all(|to| to == back || !self.restrictions_allow(from, to));
        dead_end || (self.streets_at(node) >= 3 && !self.restricted(node))
    }
    /// How many streets meet at a node: exits, and entries that are not the opposite of an exit.
    fn streets_at(&self, node: u32) -> usize {
        let one_way = |&&edge: &&u32| self.twins[edge as usize] == NONE;
        self.exits(node).len() + self.entries(node).iter().filter(one_way).count()
    }
    fn restricted(&self, node: u32) -> bool {
        let restricts =
            |edge: &u32| !self.restrictions_of(*edge).is_empty() || self.walked.binary_search(edge).is_ok();
        self.entries(node).iter().any(restricts)
    }
}

/// What of a drive matters for how it may go on: its last edge; or its last edges, where they begin a forbidden walk.
struct Histories<'a> {
    walks: BTreeSet<&'a [u32]>,
    /// The proper beginnings of walks, of two edges or more, each with its number: edges come first, then these.
    beginnings: BTreeMap<&'a [u32], u32>,
    /// The edges with which walks begin.
    first: BTreeSet<u32>,
}

impl<'a> Histories<'a> {
    fn of(streets: &Streets<'a>) -> Self {
        let all = streets.walks.iter().flat_map(|walk| (2..walk.len()).map(|length| &walk[..length]));
        let sorted: BTreeSet<&[u32]> = all.collect();
        Self {
            walks: streets.walks.iter().map(Vec::as_slice).collect(),
            beginnings: sorted.into_iter().zip(streets.in_edges.len() as u32..).collect(),
            first: streets.walks.iter().map(|walk| walk[0]).collect(),
        }
    }
    /// The number of the history after driving `edge` at the end of `history`; `None` if that completes a forbidden walk.
    fn on(&self, history: &[u32], edge: u32) -> Option<u32> {
        if history.len() == 1 && !self.first.contains(&history[0]) {
            return Some(edge);
        }
        let walk: Vec<u32> = history.iter().copied().chain([edge]).collect();
        let mut endings = (0..walk.len() - 1).map(|from| &walk[from..]);
        if endings.clone().any(|ending| self.walks.contains(ending)) {
            return None;
        }
        Some(endings.find_map(|ending| self.beginnings.get(ending).copied()).unwrap_or(edge))
    }
}

impl PortGraph {
    pub(crate) fn new(streets: &Streets<'_>) -> Self {
        let edges = streets.in_edges.len();
        let histories = Histories::of(streets);
        let mut graph = Self { node: Vec::new(), of_edge: Vec::new(), arcs: Vec::new() };
        let mut of_history = vec![0; edges + histories.beginnings.len()];
        // A beginning ends at the node where the next edge of its walk begins.
        let mut begun: BTreeMap<u32, Vec<(u32, &[u32])>> = BTreeMap::new();
        for walk in streets.walks {
            for length in 2..walk.len() {
                let beginning = &walk[..length];
                let here = begun.entry(streets.tail(walk[length])).or_default();
                here.push((histories.beginnings[beginning], beginning));
            }
        }
        begun.values_mut().for_each(|here| {
            here.sort_unstable();
            here.dedup();
        });
        for node in 0..streets.node_count() as u32 {
            // In order of the first history that needs it, so that the same network has the same ports.
            let mut known: BTreeMap<Vec<TurnArc>, u32> = BTreeMap::new();
            let entries = streets.entries(node).iter().map(|edge| (*edge, std::slice::from_ref(edge)));
            for (number, history) in entries.chain(begun.get(&node).into_iter().flatten().copied()) {
                let last = history[history.len() - 1];
                let allowed = streets.exits(node).filter(|&to| streets.may_turn(last, to));
                let on =
                    allowed.filter_map(|edge| Some(TurnArc { edge, head: histories.on(history, edge)? }));
                let next = graph.node.len() as u32;
                of_history[number as usize] = *known.entry(on.collect()).or_insert_with_key(|arcs| {
                    graph.node.push(node);
                    graph.arcs.push(arcs.clone());
                    next
                });
            }
        }
        // Arcs led to histories; now each of these has its port.
        graph.arcs.iter_mut().flatten().for_each(|arc| arc.head = of_history[arc.head as usize]);
        of_history.truncate(edges);
        graph.of_edge = of_history;
        graph
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Edges as (tail, head), by tail; the opposite of each is its twin.
    fn check(
        nodes: usize,
        edges: &[(u32, u32)],
        restrictions: &[[u32; 4]],
        turns: &[(u32, u32, bool)],
    ) -> usize {
        ports(nodes, edges, restrictions, &[], turns).node.len()
    }

    fn ports(
        nodes: usize,
        edges: &[(u32, u32)],
        restrictions: &[[u32; 4]],
        walks: &[Vec<u32>],
        turns: &[(u32, u32, bool)],
    ) -> PortGraph {
        let offsets = |ends: &[u32]| {
            (0..=nodes as u32).map(|n| ends.iter().filter(|&&e| e < n).count() as u32).collect::<Vec<_>>()
        };
        let tails: Vec<u32> = edges.iter().map(|e| e.0).collect();
        let heads: Vec<u32> = edges.iter().map(|e| e.1).collect();
        let mut in_edges: Vec<u32> = (0..edges.len() as u32).collect();
        in_edges.sort_by_key(|&e| heads[e as usize]);
        let twin = |&(a, b): &(u32, u32)| edges.iter().position(|&e| e == (b, a)).map_or(NONE, |e| e as u32);
        let twins: Vec<u32> = edges.iter().map(twin).collect();
        let streets = Streets {
            out_first: &offsets(&tails),
            in_first: &offsets(&heads),
            in_edges: &in_edges,
            twins: &twins,
            restrictions,
            walks,
            walked: &walked(walks),
        };
        for &(from, to, allowed) in turns {
            assert_eq!(streets.may_turn(from, to), allowed, "{from} to {to}");
        }
        PortGraph::new(&streets)
    }

    // A cross: node 0 in the middle, 1 to 4 around it; edges 0 to 3 lead out, 4 to 7 in.
    const CROSS: [(u32, u32); 8] = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 0), (2, 0), (3, 0), (4, 0)];

    #[test]
    fn a_junction_without_restrictions_is_one_port() {
        let turns = [(4, 0, true), (4, 1, true), (7, 0, true), (0, 4, true)];
        assert_eq!(check(5, &CROSS, &[], &turns), 5);
    }

    #[test]
    fn a_forbidden_turn_is_not_made_and_turning_back_is_off_beside_it() {
        let turns = [(4, 1, false), (4, 2, true), (5, 0, true), (5, 1, false), (4, 0, false)];
        assert_eq!(check(5, &CROSS, &[[4, 0, 1, 0]], &turns), 8);
    }

    #[test]
    fn a_compulsory_turn_is_the_only_one_even_if_it_leads_back() {
        let turns = [(4, 1, true), (4, 2, false), (4, 0, false)];
        check(5, &CROSS, &[[4, 0, 1, 1]], &turns);
        check(5, &CROSS, &[[4, 0, 0, 1]], &[(4, 0, true), (4, 1, false)]);
    }

    #[test]
    fn turning_back_is_off_mid_block() {
        let street = [(0, 1), (1, 0), (1, 2), (2, 1)];
        assert_eq!(check(3, &street, &[], &[(0, 1, false), (0, 2, true), (3, 1, true), (3, 2, false)]), 4);
    }

    #[test]
    fn one_turns_back_where_restrictions_forbid_all_else() {
        let street = [(0, 1), (1, 0), (1, 2), (2, 1)];
        check(3, &street, &[[0, 1, 2, 0]], &[(0, 1, true), (0, 2, false), (3, 2, false)]);
    }

    // Four junctions in a row, 0 to 3, with 4 beside 2: edges on 0, 1, 2 and 3, and the lane 4 from 2 to 4.
    const ROW: [(u32, u32); 5] = [(0, 1), (1, 2), (2, 3), (2, 4), (4, 1)];

    #[test]
    fn a_forbidden_walk_stops_those_alone_who_drove_its_beginning() {
        let graph = ports(5, &ROW, &[], &[vec![0, 1, 3]], &[]);
        let exits = |port: u32| graph.arcs[port as usize].iter().map(|arc| arc.edge).collect::<Vec<u32>>();
        let on = |port: u32, edge: u32| {
            graph.arcs[port as usize].iter().find(|arc| arc.edge == edge).unwrap().head
        };
        let (after_0, after_4) = (graph.of_edge[0], graph.of_edge[4]);
        assert_eq!(exits(on(after_0, 1)), [2], "who came along edge 0");
        assert_eq!(exits(on(after_4, 1)), [2, 3], "who came from elsewhere");
        assert_eq!(exits(graph.of_edge[1]), [2, 3], "who began there");
    }
}
