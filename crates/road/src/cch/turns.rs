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
//! same edges share one. This is the line graph with its equal rows merged: most cities need little more than one port per junction,
//! so that turn restrictions cost next to nothing. Source of the idea to route on the line graph: Buchhold, Wagner, Zeitz, Zündorf,
//! ALENEX 2020.

use crate::columns::{Arc, NONE};
use std::collections::BTreeMap;

/// What the rules need to know of a network. Edges are numbered by tail.
pub(crate) struct Streets<'a> {
    /// Where each node's outgoing edges begin.
    pub(crate) out_first: &'a [u32],
    /// Where each node's incoming edges begin in `in_edges`.
    pub(crate) in_first: &'a [u32],
    pub(crate) in_edges: &'a [u32],
    pub(crate) arcs: &'a [Arc],
    pub(crate) twins: &'a [u32],
    /// Turn restrictions by edge in: (edge in, node, edge out, compulsory).
    pub(crate) restrictions: &'a [[u32; 4]],
}

/// Where an edge leads to when it is entered from a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub(crate) struct TurnArc {
    pub(crate) edge: u32,
    pub(crate) head: u32,
}

/// The ports of a network, numbered by node.
pub(crate) struct Ports {
    /// The node of each port.
    pub(crate) node: Vec<u32>,
    /// The port that each edge ends in.
    pub(crate) of_edge: Vec<u32>,
    /// The edges that may be driven on from each port, ascending.
    pub(crate) exits: Vec<Vec<u32>>,
}

impl Streets<'_> {
    pub(crate) fn node_count(&self) -> usize {
        self.out_first.len() - 1
    }
    pub(crate) fn exits(&self, node: u32) -> std::ops::Range<u32> {
        self.out_first[node as usize]..self.out_first[node as usize + 1]
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
        let node = self.arcs[from as usize].other;
        let dead_end = self.exits(node).all(|to| to == back || !self.restrictions_allow(from, to));
        dead_end || (self.streets_at(node) >= 3 && !self.restricted(node))
    }
    /// How many streets meet at a node: exits, and entries that are not the opposite of an exit.
    fn streets_at(&self, node: u32) -> usize {
        let one_way = |&&edge: &&u32| self.twins[edge as usize] == NONE;
        self.exits(node).len() + self.entries(node).iter().filter(one_way).count()
    }
    fn restricted(&self, node: u32) -> bool {
        self.entries(node).iter().any(|&edge| !self.restrictions_of(edge).is_empty())
    }
}

impl Ports {
    pub(crate) fn new(streets: &Streets<'_>) -> Self {
        let mut ports = Self { node: Vec::new(), of_edge: vec![0; streets.arcs.len()], exits: Vec::new() };
        for node in 0..streets.node_count() as u32 {
            // In order of the first edge that needs it, so that the same network has the same ports.
            let mut known: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
            for &edge in streets.entries(node) {
                let exits: Vec<u32> = streets.exits(node).filter(|&to| streets.may_turn(edge, to)).collect();
                let next = ports.node.len() as u32;
                let port = *known.entry(exits).or_insert_with_key(|exits| {
                    ports.node.push(node);
                    ports.exits.push(exits.clone());
                    next
                });
                ports.of_edge[edge as usize] = port;
            }
        }
        ports
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
        let offsets = |ends: &[u32]| {
            (0..=nodes as u32).map(|n| ends.iter().filter(|&&e| e < n).count() as u32).collect::<Vec<_>>()
        };
        let tails: Vec<u32> = edges.iter().map(|e| e.0).collect();
        let heads: Vec<u32> = edges.iter().map(|e| e.1).collect();
        let mut in_edges: Vec<u32> = (0..edges.len() as u32).collect();
        in_edges.sort_by_key(|&e| heads[e as usize]);
        let twin = |&(a, b): &(u32, u32)| edges.iter().position(|&e| e == (b, a)).map_or(NONE, |e| e as u32);
        let twins: Vec<u32> = edges.iter().map(twin).collect();
        let arcs: Vec<Arc> =
            heads.iter().map(|&other| Arc { other, time: 1, distance: 1, effort: 1 }).collect();
        let streets = Streets {
            out_first: &offsets(&tails),
            in_first: &offsets(&heads),
            in_edges: &in_edges,
            arcs: &arcs,
            twins: &twins,
            restrictions,
        };
        for &(from, to, allowed) in turns {
            assert_eq!(streets.may_turn(from, to), allowed, "{from} to {to}");
        }
        Ports::new(&streets).node.len()
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
}
