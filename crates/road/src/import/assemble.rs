//! Lays the columns of a network out, once its nodes and edges are numbered and its turns are resolved.

use super::draft::Draft;
use super::numbering::{Edge, Numbered, offsets};
use super::report::ImportReport;
use super::turns::Turns;
use crate::cch::{complete, set_walks};
use crate::columns::{Arc, NONE, Section, SectionBytes, set_section};
use crate::energy::factor;
use crate::error::RoadError;
use crate::grid::Frame;
use crate::threads::threads;
use crate::ways::pack;

/// The hierarchy names an edge and a direction in one word.
const EDGES_MAX: usize = 1 << 30;

/// The bytes of the road file.
pub(super) fn lay_out(draft: &Draft, report: &mut ImportReport) -> Result<Vec<u8>, RoadError> {
    let numbered = Numbered::new(draft);
    let (edges, twins) = (numbered.edges.as_slice(), numbered.twins.as_slice());
    if edges.len() >= EDGES_MAX {
        return Err(RoadError::TooLarge(edges.len()));
    }
    report.two_way_edges = twins.iter().filter(|&&twin| twin != NONE).count();
    report.edge_km = edges.iter().map(|edge| draft.streets[edge.street as usize].metres).sum::<f64>() / 1e3;
    let mut columns: SectionBytes = std::array::from_fn(|_| Vec::new());
    nodes(draft, &numbered, &mut columns);
    arcs(draft, &numbered, &mut columns);
    set_section(&mut columns, Section::Twins, twins);
    shapes(draft, edges, twins, &mut columns);
    names(draft, edges, &mut columns);
    way_parts(draft, edges, &mut columns);
    let turns = Turns::resolved(draft, &numbered);
    set_section(&mut columns, Section::Restrictions, &turns.rows);
    set_walks(&mut columns, &turns.walks);
    report.skip_many("turn restriction on a street that was left out", turns.lost);
    Ok(complete(columns, threads()))
}

fn nodes(draft: &Draft, numbered: &Numbered, columns: &mut SectionBytes) {
    let mut nodes = vec![[0i32; 2]; numbered.nodes];
    for (at, number) in draft.nodes.iter().zip(&numbered.number) {
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

fn arcs(draft: &Draft, numbered: &Numbered, columns: &mut SectionBytes) {
    let edges = &numbered.edges;
    let out_arcs: Vec<Arc> = edges.iter().map(|edge| arc(draft, edge, edge.head)).collect();
    let in_arc = |&number: &u32| {
        let edge = &edges[number as usize];
        arc(draft, edge, edge.tail)
    };
    let in_arcs: Vec<Arc> = numbered.in_edges.iter().map(in_arc).collect();
    let tails: Vec<u32> = edges.iter().map(|edge| edge.tail).collect();
    set_section(columns, Section::OutFirst, &numbered.out_first);
    set_section(columns, Section::OutArcs, &out_arcs);
    set_section(columns, Section::Tails, &tails);
    set_section(columns, Section::InFirst, &numbered.in_first);
    set_section(columns, Section::InArcs, &in_arcs);
    set_section(columns, Section::InEdges, &numbered.in_edges);
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
