//! Numbers nodes and edges and lays the columns out. Nodes go along a Z-shaped curve over the map, so that neighbours on the
//! ground are neighbours in memory; edges go by tail, so that a node's edges are a slice.

use super::draft::{Draft, Restriction, Turn};
use super::report::ImportReport;
use crate::cch::complete;
use crate::columns::{Arc, NONE, Section, SectionBytes, set_section};
use crate::energy::factor;
use crate::error::RoadError;
use crate::grid::Frame;
use crate::threads::threads;
use crate::ways::pack;

/// The hierarchy names an edge and a direction in one word.
const EDGES_MAX: usize = 1 << 30;

/// One direction of one street.
struct Edge {
    tail: u32,
    head: u32,
    street: u32,
    reversed: bool,
    kmh: f64,
}

/// The bytes of the road file.
pub(super) fn lay_out(draft: &Draft, report: &mut ImportReport) -> Result<Vec<u8>, RoadError> {
    let number = node_numbers(draft);
    let edges = edges(draft, &number);
    if edges.len() >= EDGES_MAX {
        return Err(RoadError::TooLarge(edges.len()));
    }
    let twins = twins(&edges, draft.streets.len());
    report.two_way_edges = twins.iter().filter(|&&twin| twin != NONE).count();
    report.edge_km = edges.iter().map(|edge| draft.streets[edge.street as usize].metres).sum::<f64>() / 1e3;
    let mut columns: SectionBytes = std::array::from_fn(|_| Vec::new());
    nodes(draft, &number, &mut columns);
    arcs(draft, &edges, number.iter().flatten().count(), &mut columns);
    set_section(&mut columns, Section::Twins, &twins);
    shapes(draft, &edges, &twins, &mut columns);
    names(draft, &edges, &mut columns);
    way_parts(draft, &edges, &mut columns);
    let (kept, lost) = restrictions(draft, &edges, &number);
    set_section(&mut columns, Section::Restrictions, &kept);
    report.skip_many("turn restriction on a street that was left out", lost);
    Ok(complete(columns, threads()))
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
    used.sort_by_key(|&node| curve(node));
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

/// For each edge the opposite edge of its street.
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

fn nodes(draft: &Draft, number: &[Option<u32>], columns: &mut SectionBytes) {
    let mut nodes = vec![[0i32; 2]; number.iter().flatten().count()];
    for (at, number) in draft.nodes.iter().zip(number) {
        if let Some(number) = number {
            nodes[*number as usize] = [at.lat_e7(), at.lon_e7()];
        }
    }
    set_section(columns, Section::Nodes, &nodes);
}

/// What driving an edge takes; at least one of each unit, so that no cycle is free.
fn arc(draft: &Draft, edge: &Edge, other: u32) -> Arc {
    let metres = draft.streets[edge.street as usize].metres;
    let whole = |value: f64| value.round().clamp(1.0, f64::from(u32::MAX / 2)) as u32;
    Arc {
        other,
        time: whole(metres * 3.6 / edge.kmh * 1e3),
        distance: whole(metres * 100.0),
        effort: whole(metres * 100.0 * factor(edge.kmh)),
    }
}

fn arcs(draft: &Draft, edges: &[Edge], nodes: usize, columns: &mut SectionBytes) {
    let mut incoming: Vec<u32> = (0..edges.len() as u32).collect();
    incoming.sort_by_key(|&edge| (edges[edge as usize].head, edge));
    let out_arcs: Vec<Arc> = edges.iter().map(|edge| arc(draft, edge, edge.head)).collect();
    let in_arc = |&number: &u32| {
        let edge = &edges[number as usize];
        arc(draft, edge, edge.tail)
    };
    let in_arcs: Vec<Arc> = incoming.iter().map(in_arc).collect();
    let tails: Vec<u32> = edges.iter().map(|edge| edge.tail).collect();
    set_section(columns, Section::OutFirst, &offsets(nodes, edges.iter().map(|edge| edge.tail)));
    set_section(columns, Section::OutArcs, &out_arcs);
    set_section(columns, Section::Tails, &tails);
    set_section(columns, Section::InFirst, &offsets(nodes, edges.iter().map(|edge| edge.head)));
    set_section(columns, Section::InArcs, &in_arcs);
    set_section(columns, Section::InEdges, &incoming);
}

/// Where each row's items begin, given the row of each item.
fn offsets(rows: usize, row_of: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut first = vec![0u32; rows + 1];
    for row in row_of {
        first[row as usize + 1] += 1;
    }
    for i in 1..first.len() {
        first[i] += first[i - 1];
    }
    first
}

/// Lines, one per street, in the direction of its lower edge; and the grid over their segments.
fn shapes(draft: &Draft, edges: &[Edge], twins: &[u32], columns: &mut SectionBytes) {
    let mut shape_of = vec![0u32; edges.len()];
    let (mut first, mut points, mut owners) = (vec![0u32], Vec::new(), Vec::new());
    for (number, edge) in (0u32..).zip(edges) {
        let twin = twins[number as usize];
        if twin < number {
            shape_of[number as usize] = shape_of[twin as usize] | 1;
            continue;
        }
        shape_of[number as usize] = (owners.len() as u32) << 1;
        let line = draft.streets[edge.street as usize].line.iter().map(|p| [p.lat_e7(), p.lon_e7()]);
        if edge.reversed {
            points.extend(line.rev())
        } else {
            points.extend(line)
        }
        first.push(points.len() as u32);
        owners.push(number);
    }
    set_section(columns, Section::ShapeOf, &shape_of);
    set_section(columns, Section::ShapeFirst, &first);
    set_section(columns, Section::ShapePoints, &points);
    grid(&first, &points, &owners, columns);
}

fn grid(first: &[u32], points: &[[i32; 2]], owners: &[u32], columns: &mut SectionBytes) {
    let frame = Frame::around(points);
    let mut touched: Vec<(u32, [u32; 2])> = Vec::new();
    for (shape, &edge) in owners.iter().enumerate() {
        let line = &points[first[shape] as usize..first[shape + 1] as usize];
        for (segment, pair) in (0u32..).zip(line.windows(2)) {
            touched.extend(frame.touched(pair[0], pair[1]).map(|cell| (cell as u32, [edge, segment])));
        }
    }
    touched.sort_unstable();
    let segments: Vec<[u32; 2]> = touched.iter().map(|&(_, segment)| segment).collect();
    set_section(columns, Section::Grid, &[frame.to_row()]);
    set_section(columns, Section::CellFirst, &offsets(frame.cells(), touched.iter().map(|&(cell, _)| cell)));
    set_section(columns, Section::CellSegments, &segments);
}

/// Names in use, in order of first use.
fn names(draft: &Draft, edges: &[Edge], columns: &mut SectionBytes) {
    let mut number = vec![NONE; draft.names.len()];
    let (mut first, mut text, mut name_of) = (vec![0u32], Vec::new(), Vec::new());
    for edge in edges {
        let Some(name) = draft.streets[edge.street as usize].name else {
            name_of.push(NONE);
            continue;
        };
        if number[name as usize] == NONE {
            number[name as usize] = first.len() as u32 - 1;
            text.extend_from_slice(draft.names[name as usize].as_bytes());
            first.push(text.len() as u32);
        }
        name_of.push(number[name as usize]);
    }
    set_section(columns, Section::NameOf, &name_of);
    set_section(columns, Section::NameFirst, &first);
    set_section(columns, Section::NameText, &text);
}

/// For each edge the input's ways that it runs along, as [`crate::ways::pack`] writes them.
fn way_parts(draft: &Draft, edges: &[Edge], columns: &mut SectionBytes) {
    let (mut first, mut parts) = (vec![0u32], Vec::new());
    for edge in edges {
        let along = draft.streets[edge.street as usize].parts.iter();
        let row = |&(way, metres): &(i64, f64)| pack(if edge.reversed { -way } else { way }, metres);
        if edge.reversed {
            parts.extend(along.rev().map(row));
        } else {
            parts.extend(along.map(row));
        }
        first.push(parts.len() as u32);
    }
    set_section(columns, Section::WayFirst, &first);
    set_section(columns, Section::WayParts, &parts);
}

/// Restrictions as (edge in, node, edge out, 0 for forbidden or 1 for compulsory), and how many were lost.
fn restrictions(draft: &Draft, edges: &[Edge], number: &[Option<u32>]) -> (Vec<[u32; 4]>, u64) {
    let mut kept = Vec::new();
    let mut lost = 0;
    let by_head: std::collections::BTreeMap<u32, Vec<u32>> =
        edges.iter().zip(0u32..).fold(std::collections::BTreeMap::new(), |mut map, (edge, at)| {
            map.entry(edge.head).or_insert_with(Vec::new).push(at);
            map
        });
    for restriction in &draft.restrictions {
        let before = kept.len();
        if let Some(via) = number[restriction.via as usize] {
            let into = by_head.get(&via).map_or(&[][..], Vec::as_slice);
            let low = edges.partition_point(|edge| edge.tail < via) as u32;
            let high = edges.partition_point(|edge| edge.tail <= via) as u32;
            for &edge_in in
                into.iter().filter(|&&e| way_at(draft, &edges[e as usize], true) == restriction.from_way)
            {
                for edge_out in
                    (low..high).filter(|&e| way_at(draft, &edges[e as usize], false) == restriction.to_way)
                {
                    kept.push(row(edge_in, via, edge_out, restriction));
                }
            }
        }
        lost += u64::from(kept.len() == before);
    }
    kept.sort_unstable();
    kept.dedup();
    (kept, lost)
}

fn row(edge_in: u32, via: u32, edge_out: u32, restriction: &Restriction) -> [u32; 4] {
    [edge_in, via, edge_out, u32::from(restriction.turn == Turn::Compulsory)]
}

/// The input's way at the head of an edge, or at its tail.
fn way_at(draft: &Draft, edge: &Edge, at_head: bool) -> i64 {
    draft.streets[edge.street as usize].ways[usize::from(at_head != edge.reversed)]
}
