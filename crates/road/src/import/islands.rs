//! Leaves out the streets that turn restrictions cut off: those that no allowed drive enters, or none leaves, so that a place there lies on the
//! next street. `component` has left out what one-way streets cut off before; here the graph is that of allowed drives, by ports.

use super::component::parts;
use super::contract::join_chains;
use super::draft::Draft;
use super::numbering::Numbered;
use super::turns::Turns;
use crate::cch::{PortGraph, Streets, walked};

/// Drops them until none is left; returns how many streets were dropped, and how many pieces were joined where they had met others.
///
/// A street stays if a drive from the largest part enters it in some direction and a drive to the largest part leaves it in some: on a two-way
/// street one may turn where one stops. Each round drops a street at least, so there are few.
pub(super) fn drop_islands(draft: &mut Draft) -> (u64, u64) {
    let (mut dropped, mut joined) = (0, 0);
    loop {
        let stays = reached_and_left(draft);
        let before = draft.streets.len();
        let mut stay = stays.iter();
        draft.streets.retain(|_| stay.next().is_some_and(|&stays| stays));
        if draft.streets.len() == before {
            return (dropped, joined);
        }
        dropped += (before - draft.streets.len()) as u64;
        joined += join_chains(draft);
    }
}

/// For each street whether it is entered from the largest part of the network, and left towards it.
fn reached_and_left(draft: &Draft) -> Vec<bool> {
    let numbered = Numbered::new(draft);
    let turns = Turns::resolved(draft, &numbered);
    let graph = PortGraph::new(&Streets {
        out_first: &numbered.out_first,
        in_first: &numbered.in_first,
        in_edges: &numbered.in_edges,
        twins: &numbered.twins,
        restrictions: &turns.rows,
        walks: &turns.walks,
        walked: &walked(&turns.walks),
    });
    let next: Vec<Vec<u32>> =
        graph.arcs.iter().map(|arcs| arcs.iter().map(|arc| arc.head).collect()).collect();
    let (part, largest) = parts(&next);
    let mut before = vec![Vec::new(); next.len()];
    for (port, heads) in (0..).zip(&next) {
        heads.iter().for_each(|&head| before[head as usize].push(port));
    }
    let in_largest = |port: &u32| part[*port as usize] == largest;
    let (after, ahead_of) = (from(in_largest, &next), from(in_largest, &before));
    let (mut entered, mut left) = (vec![false; draft.streets.len()], vec![false; draft.streets.len()]);
    for (arcs, _) in graph.arcs.iter().zip(&after).filter(|(_, reached)| **reached) {
        arcs.iter().for_each(|arc| entered[numbered.edges[arc.edge as usize].street as usize] = true);
    }
    for (edge, &port) in numbered.edges.iter().zip(&graph.of_edge) {
        left[edge.street as usize] |= ahead_of[port as usize];
    }
    entered.iter().zip(&left).map(|(&entered, &left)| entered && left).collect()
}

/// Which ports are reached from those that `begins` names.
fn from(begins: impl Fn(&u32) -> bool, next: &[Vec<u32>]) -> Vec<bool> {
    let mut open: Vec<u32> = (0..next.len() as u32).filter(begins).collect();
    let mut reached = vec![false; next.len()];
    open.iter().for_each(|&port| reached[port as usize] = true);
    while let Some(port) = open.pop() {
        for &head in &next[port as usize] {
            if !std::mem::replace(&mut reached[head as usize], true) {
                open.push(head);
            }
        }
    }
    reached
}
