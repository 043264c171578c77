//! Numbers nodes and edges. Nodes go along a Z-shaped curve over the map, so that neighbours on the ground are neighbours in memory; edges
//! go by tail, so that a node's edges are a slice.

use super::draft::Draft;
use crate::columns::NONE;

/// One direction of one street.
pub(super) struct Edge {
    pub(super) tail: u32,
    pub(super) head: u32,
    pub(super) street: u32,
    pub(super) reversed: bool,
    pub(super) kmh: f64,
}

/// The final numbers of a draft's nodes and edges.
pub(super) struct Numbered {
    /// Of each of the draft's nodes that a street still uses.
    pub(super) number: Vec<Option<u32>>,
    pub(super) nodes: usize,
    /// By tail.
    pub(super) edges: Vec<Edge>,
    /// For each edge the opposite edge of its street, or [`NONE`].
    pub(super) twins: Vec<u32>,
    /// Where each node's outgoing edges begin.
    pub(super) out_first: Vec<u32>,
    /// Where each node's incoming edges begin in `in_edges`.
    pub(super) in_first: Vec<u32>,
    pub(super) in_edges: Vec<u32>,
}

impl Numbered {
    pub(super) fn new(draft: &Draft) -> Self {
        let number = node_numbers(draft);
        let nodes = number.iter().flatten().count();
        let edges = edges(draft, &number);
        let twins = twins(&edges, draft.streets.len());
        let mut in_edges: Vec<u32> = (0..edges.len() as u32).collect();
        in_edges.sort_by_key(|&edge| (edges[edge as usize].head, edge));
        let out_first = offsets(nodes, edges.iter().map(|edge| edge.tail));
        let in_first = offsets(nodes, edges.iter().map(|edge| edge.head));
        Self { number, nodes, edges, twins, out_first, in_first, in_edges }
    }
    /// The edges that leave a node.
    pub(super) fn out_of(&self, node: u32) -> std::ops::Range<u32> {
        self.out_first[node as usize]..self.out_first[node as usize + 1]
    }
    /// The edges that end at a node.
    pub(super) fn into(&self, node: u32) -> &[u32] {
        &self.in_edges[self.in_first[node as usize] as usize..self.in_first[node as usize + 1] as usize]
    }
}

/// The bits of `value`, spread to every second place.
fn spread(value: u32) -> u64 {
    (0..32).fold(0, |sum, bit| sum | u64::from(value >> bit & 1) << (2 * bit))
}

/// The final number of each node that a street still uses.
fn node_numbers(draft: &Draft) -> Vec<Option<u32>> {
    let mut number = vec![None; draft.nodes.len()];
    for street in &draft.streets {
        number[street.from as usize] = Some(0);
        number[street.to as usize] = Some(0);
    }
    let curve = |node: usize| {
        let at = draft.nodes[node];
        let lift = |e7: i32| (i64::from(e7) + (1 << 31)) as u32;
        (spread(lift(at.lat_e7())) << 1 | spread(lift(at.lon_e7())), node)
    };
    let mut used: Vec<usize> = (0..number.len()).filter(|&node| number[node].is_some()).collect();
    used.sort_by_cached_key(|&node| curve(node));
    for (new, node) in (0..).zip(used) {
        number[node] = Some(new);
    }
    number
}

/// All directions of all streets, by tail.
fn edges(draft: &Draft, number: &[Option<u32>]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (street, it) in (0..).zip(&draft.streets) {
        let (Some(from), Some(to)) = (number[it.from as usize], number[it.to as usize]) else { continue };
        let ahead = it.ahead_kmh.map(|kmh| Edge { tail: from, head: to, street, reversed: false, kmh });
        let back = it.back_kmh.map(|kmh| Edge { tail: to, head: from, street, reversed: true, kmh });
        edges.extend(ahead.into_iter().chain(back));
    }
    edges.sort_by_key(|edge| (edge.tail, edge.head, edge.street, edge.reversed));
    edges
}

fn twins(edges: &[Edge], streets: usize) -> Vec<u32> {
    let mut first = vec![NONE; streets];
    let mut twins = vec![NONE; edges.len()];
    for (number, edge) in (0u32..).zip(edges) {
        let other = &mut first[edge.street as usize];
        if *other == NONE {
            *other = number;
        } else {
            twins[number as usize] = *other;
            twins[*other as usize] = number;
        }
    }
    twins
}

/// Where each row's items begin, given the row of each item.
pub(super) fn offsets(rows: usize, row_of: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut first = vec![0u32; rows + 1];
    for row in row_of {
        first[row as usize + 1] += 1;
    }
    for i in 1..first.len() {
        first[i] += first[i - 1];
    }
    first
}
