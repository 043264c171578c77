//! The hierarchy as columns of the road file: computed by the importers, read in place by everybody else.
//!
//! Ports are numbered in order of contraction, so a port's number is its rank.

use super::contract::Chordal;
use super::order::{Plane, dissect};
use super::turns::{PortGraph, Streets, TurnArc, walked};
use crate::columns::{Arc, Section, SectionBytes, set_section};
use crate::file::{Image, encode};
use bytemuck::{Pod, cast_slice_mut};
use std::num::NonZeroUsize;

/// No parent: a root of the elimination tree.
pub(crate) const ROOT: u32 = u32::MAX;

/// The hierarchy of one network.
#[derive(Clone, Copy)]
pub(crate) struct Hierarchy<'a> {
    /// The port that each edge ends in, for a drive that is in the middle of no forbidden walk.
    pub(crate) port_of: &'a [u32],
    /// The ports beside these that an edge may end in, as (edge, port), ascending: few edges have any.
    pub(crate) beside: &'a [[u32; 2]],
    /// From each port the arcs on, by edge.
    pub(crate) on_first: &'a [u32],
    pub(crate) on: &'a [TurnArc],
    /// Into each port the arcs, by edge; `head` is the port that the edge is entered from.
    pub(crate) back_first: &'a [u32],
    pub(crate) back: &'a [TurnArc],
    /// Arcs upwards by tail, and their heads.
    pub(crate) up_first: &'a [u32],
    pub(crate) up_heads: &'a [u32],
    /// For each port the arcs into it from below, as (tail, arc), ascending.
    pub(crate) low_first: &'a [u32],
    pub(crate) low: &'a [[u32; 2]],
    /// For each arc the edges that run along it, as edge << 1, plus 1 if downwards.
    pub(crate) input_first: &'a [u32],
    pub(crate) inputs: &'a [u32],
}

impl<'a> Hierarchy<'a> {
    pub(crate) fn of(image: &'a Image) -> Self {
        Self {
            port_of: image.column(Section::PortOf),
            beside: image.column(Section::PortsBeside),
            on_first: image.column(Section::OnFirst),
            on: image.column(Section::OnArcs),
            back_first: image.column(Section::BackFirst),
            back: image.column(Section::BackArcs),
            up_first: image.column(Section::UpFirst),
            up_heads: image.column(Section::UpHeads),
            low_first: image.column(Section::LowFirst),
            low: image.column(Section::LowArcs),
            input_first: image.column(Section::InputFirst),
            inputs: image.column(Section::Inputs),
        }
    }
    pub(crate) fn ports(&self) -> usize {
        self.on_first.len() - 1
    }
    pub(crate) fn arcs(&self) -> usize {
        self.up_heads.len()
    }
    #[inline]
    pub(crate) fn on(&self, port: u32) -> &'a [TurnArc] {
        &self.on[self.on_first[port as usize] as usize..self.on_first[port as usize + 1] as usize]
    }
    #[inline]
    pub(crate) fn back(&self, port: u32) -> &'a [TurnArc] {
        &self.back[self.back_first[port as usize] as usize..self.back_first[port as usize + 1] as usize]
    }
    /// The arcs upwards from a port.
    #[inline]
    pub(crate) fn up(&self, port: usize) -> std::ops::Range<usize> {
        self.up_first[port] as usize..self.up_first[port + 1] as usize
    }
    /// The arcs into a port from below, as (tail, arc).
    #[inline]
    pub(crate) fn low(&self, port: usize) -> &'a [[u32; 2]] {
        &self.low[self.low_first[port] as usize..self.low_first[port + 1] as usize]
    }
    #[inline]
    pub(crate) fn inputs(&self, arc: usize) -> &'a [u32] {
        &self.inputs[self.input_first[arc] as usize..self.input_first[arc + 1] as usize]
    }
    /// The parent in the elimination tree, or [`ROOT`].
    #[inline]
    pub(crate) fn parent(&self, port: u32) -> u32 {
        let up = self.up(port as usize);
        if up.is_empty() { ROOT } else { self.up_heads[up.start] }
    }
    /// Which ports lie between one of `ports` and the root, both included.
    pub(crate) fn ancestors(&self, ports: impl Iterator<Item = u32>) -> Vec<bool> {
        let mut above = vec![false; self.ports()];
        for mut port in ports {
            while port != ROOT && !above[port as usize] {
                above[port as usize] = true;
                port = self.parent(port);
            }
        }
        above
    }
    /// The ports that an edge may end in.
    pub(crate) fn ends_of(&self, edge: u32) -> impl Iterator<Item = u32> + use<'a> {
        let from = self.beside.partition_point(|row| row[0] < edge);
        let beside = self.beside[from..].iter().take_while(move |row| row[0] == edge).map(|row| row[1]);
        std::iter::once(self.port_of[edge as usize]).chain(beside)
    }
    /// The arcs along an edge, as (port that it is entered from, port that it ends in).
    pub(crate) fn arcs_of(&self, edge: u32) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let this = *self;
        this.ends_of(edge).flat_map(move |end| {
            let arcs = this.back(end);
            let from = arcs.partition_point(|arc| arc.edge < edge);
            arcs[from..].iter().take_while(move |arc| arc.edge == edge).map(move |arc| (arc.head, end))
        })
    }
    /// The ports from which an edge may be entered.
    pub(crate) fn entered_from(&self, edge: u32) -> impl Iterator<Item = u32> + use<'a> {
        self.arcs_of(edge).map(|(from, _)| from)
    }
}

/// Makes `walks` the forbidden walks of a network: three edges or more that are not driven one after the other; ascending.
pub(crate) fn set_walks(columns: &mut SectionBytes, walks: &[Vec<u32>]) {
    let mut first = vec![0];
    walks.iter().for_each(|walk| first.push(first[first.len() - 1] + walk.len() as u32));
    set_section(columns, Section::WalkFirst, &first);
    set_section(columns, Section::WalkEdges, &walks.concat());
}

/// Adds the hierarchy to the columns of a network, and lays them all out as a file.
/// The same columns give the same bytes, however many threads.
pub(crate) fn complete(mut columns: SectionBytes, threads: NonZeroUsize) -> Vec<u8> {
    let source = Source::of(&columns);
    let streets = source.streets();
    let ports = PortGraph::new(&streets);
    let order = dissect(&source.plane(), threads);
    let graph = numbered(&streets, &ports, &order);
    let chordal = Chordal::new(graph.node.len(), graph.pairs());
    let number = chordal.post_order();
    let graph = graph.renumbered(&number);
    let chordal = Chordal::new(graph.node.len(), graph.pairs());
    set_section(&mut columns, Section::PortOf, &graph.of_edge);
    set_section(&mut columns, Section::PortsBeside, &graph.beside());
    let (first, on) = by_row(graph.node.len(), graph.all.iter().map(|&(from, arc)| (from, arc)));
    set_section(&mut columns, Section::OnFirst, &first);
    set_section(&mut columns, Section::OnArcs, &on);
    let entered = |&(from, arc): &(u32, TurnArc)| (arc.head, TurnArc { edge: arc.edge, head: from });
    let (first, back) = by_row(graph.node.len(), graph.all.iter().map(entered));
    set_section(&mut columns, Section::BackFirst, &first);
    set_section(&mut columns, Section::BackArcs, &back);
    set_arcs(&mut columns, &chordal, &graph);
    encode(&columns)
}

fn set_arcs(columns: &mut SectionBytes, chordal: &Chordal, graph: &TurnGraph) {
    set_section(columns, Section::UpFirst, &chordal.first);
    set_section(columns, Section::UpHeads, &chordal.heads);
    let tails =
        (0..chordal.len() as u32).flat_map(|port| chordal.up(port as usize).iter().map(move |_| port));
    let lows = tails.zip(0u32..).map(|(tail, arc)| (chordal.heads[arc as usize], [tail, arc]));
    let (first, low) = by_row(chordal.len(), lows);
    set_section(columns, Section::LowFirst, &first);
    set_section(columns, Section::LowArcs, &low);
    let along = |&(from, arc): &(u32, TurnArc)| {
        let (low, high) = (from.min(arc.head), from.max(arc.head));
        let at = chordal.up(low as usize).binary_search(&high).ok()?;
        Some((chordal.first[low as usize] + at as u32, arc.edge << 1 | u32::from(from > arc.head)))
    };
    let (first, inputs) = by_row(chordal.heads.len(), graph.all.iter().filter_map(along));
    set_section(columns, Section::InputFirst, &first);
    set_section(columns, Section::Inputs, &inputs);
}

/// A copy of a column that lies where its type may.
fn aligned<T: Pod>(bytes: &[u8]) -> Vec<T> {
    let mut values = vec![T::zeroed(); bytes.len() / size_of::<T>()];
    cast_slice_mut(&mut values).copy_from_slice(bytes);
    values
}

/// What the network's own columns say.
struct Source {
    nodes: Vec<[i32; 2]>,
    out_first: Vec<u32>,
    in_first: Vec<u32>,
    in_edges: Vec<u32>,
    twins: Vec<u32>,
    restrictions: Vec<[u32; 4]>,
    walks: Vec<Vec<u32>>,
    walked: Vec<u32>,
    near_first: Vec<u32>,
    near: Vec<u32>,
}

impl Source {
    fn of(columns: &SectionBytes) -> Self {
        let get = |section: Section| aligned::<u32>(&columns[section as usize]);
        let arcs: Vec<Arc> = aligned(&columns[Section::OutArcs as usize]);
        let tails = get(Section::Tails);
        let nodes: Vec<[i32; 2]> = aligned(&columns[Section::Nodes as usize]);
        let heads: Vec<u32> = arcs.iter().map(|arc| arc.other).collect();
        let (near_first, near) = neighbours(nodes.len(), &tails, &heads);
        let walks = walks(&get(Section::WalkFirst), &get(Section::WalkEdges));
        Self {
            out_first: get(Section::OutFirst),
            in_first: get(Section::InFirst),
            in_edges: get(Section::InEdges),
            twins: get(Section::Twins),
            restrictions: aligned(&columns[Section::Restrictions as usize]),
            walked: walked(&walks),
            walks,
            nodes,
            near_first,
            near,
        }
    }
    fn streets(&self) -> Streets<'_> {
        Streets {
            out_first: &self.out_first,
            in_first: &self.in_first,
            in_edges: &self.in_edges,
            twins: &self.twins,
            restrictions: &self.restrictions,
            walks: &self.walks,
            walked: &self.walked,
        }
    }
    fn plane(&self) -> Plane<'_> {
        Plane { places: &self.nodes, first: &self.near_first, neighbours: &self.near }
    }
}

/// Rows of edges, given where each begins.
fn walks(first: &[u32], edges: &[u32]) -> Vec<Vec<u32>> {
    first.windows(2).map(|row| edges[row[0] as usize..row[1] as usize].to_vec()).collect()
}

/// Each node's neighbours in either direction, without repeats.
fn neighbours(nodes: usize, tails: &[u32], heads: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut pairs: Vec<(u32, u32)> =
        tails.iter().zip(heads).filter(|(a, b)| a != b).flat_map(|(&a, &b)| [(a, b), (b, a)]).collect();
    pairs.sort_unstable();
    pairs.dedup();
    by_row(nodes, pairs.into_iter())
}

/// Items by row, in the order given, and where each row's begin.
fn by_row<T: Copy + Default>(
    rows: usize,
    items: impl Iterator<Item = (u32, T)> + Clone,
) -> (Vec<u32>, Vec<T>) {
    let mut first = vec![0u32; rows + 1];
    items.clone().for_each(|(row, _)| first[row as usize + 1] += 1);
    for row in 0..rows {
        first[row + 1] += first[row];
    }
    let mut next = first.clone();
    let mut sorted = vec![T::default(); first[rows] as usize];
    for (row, item) in items {
        sorted[next[row as usize] as usize] = item;
        next[row as usize] += 1;
    }
    (first, sorted)
}

/// The graph of allowed drives.
struct TurnGraph {
    node: Vec<u32>,
    of_edge: Vec<u32>,
    /// Each arc with the port that it is entered from, by edge.
    all: Vec<(u32, TurnArc)>,
}

impl TurnGraph {
    fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        self.all.iter().map(|&(from, arc)| (from, arc.head))
    }
    /// The ports that edges end in beside their own, as (edge, port), ascending.
    fn beside(&self) -> Vec<[u32; 2]> {
        let other = |&(_, arc): &(u32, TurnArc)| {
            (self.of_edge[arc.edge as usize] != arc.head).then_some([arc.edge, arc.head])
        };
        let mut beside: Vec<[u32; 2]> = self.all.iter().filter_map(other).collect();
        beside.sort_unstable();
        beside.dedup();
        beside
    }
    /// The same with other numbers for the ports.
    fn renumbered(&self, number: &[u32]) -> Self {
        let mut node = vec![0; self.node.len()];
        for (old, &new) in number.iter().enumerate() {
            node[new as usize] = self.node[old];
        }
        let arc = |&(from, arc): &(u32, TurnArc)| {
            (number[from as usize], TurnArc { edge: arc.edge, head: number[arc.head as usize] })
        };
        let mut all: Vec<(u32, TurnArc)> = self.all.iter().map(arc).collect();
        all.sort_unstable_by_key(|&(from, arc)| (arc.edge, from));
        Self { node, of_edge: self.of_edge.iter().map(|&port| number[port as usize]).collect(), all }
    }
}

/// Ports in the order of contraction of their nodes. What parts nodes parts their ports.
fn numbered(streets: &Streets<'_>, ports: &PortGraph, order: &[u32]) -> TurnGraph {
    let mut rank = vec![0u32; streets.node_count()];
    for (place, &node) in (0..).zip(order) {
        rank[node as usize] = place;
    }
    let mut by_rank: Vec<u32> = (0..ports.node.len() as u32).collect();
    by_rank.sort_by_key(|&port| (rank[ports.node[port as usize] as usize], port));
    let mut number = vec![0u32; by_rank.len()];
    for (new, &port) in (0..).zip(&by_rank) {
        number[port as usize] = new;
    }
    let all = (0..).zip(&ports.arcs).flat_map(|(from, arcs)| arcs.iter().map(move |&arc| (from, arc)));
    TurnGraph { node: ports.node.clone(), of_edge: ports.of_edge.clone(), all: all.collect() }
        .renumbered(&number)
}
