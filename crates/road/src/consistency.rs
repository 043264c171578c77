//! Whether the sections of a road file fit together: every index points at something, so that readers need not ask.
//! Called once for each network, by `network`, before anything reads it.

use crate::cch::{Hierarchy, TurnArc};
use crate::columns::{Arc, NONE, Section};
use crate::error::RoadError;
use crate::file::Image;

/// Checks that every index points at something, so that readers need not. Long, because it is a list: one line per rule.
pub(crate) fn consistent(image: &Image) -> Result<(), RoadError> {
    let numbers = |section: Section| image.column::<u32>(section);
    let rule = |holds: bool, section: Section, what: &'static str| {
        if holds { Ok(()) } else { Err(RoadError::Inconsistent { section: section.name(), what }) }
    };
    let nodes = image.column::<[i32; 2]>(Section::Nodes).len();
    let edges = image.column::<Arc>(Section::OutArcs).len();
    let below = |section: Section, limit: usize| numbers(section).iter().all(|&n| (n as usize) < limit);
    let below_or_none =
        |section: Section, limit: usize| numbers(section).iter().all(|&n| n == NONE || (n as usize) < limit);
    rule(nodes > 0 && edges > 0, Section::OutArcs, "it is empty")?;
    for section in [Section::Tails, Section::Twins, Section::InEdges, Section::ShapeOf, Section::NameOf] {
        rule(numbers(section).len() == edges, section, "one entry per edge expected")?;
    }
    rule(
        image.column::<Arc>(Section::InArcs).len() == edges,
        Section::InArcs,
        "one entry per edge expected",
    )?;
    for section in [Section::OutArcs, Section::InArcs] {
        let arcs = image.column::<Arc>(section);
        rule(arcs.iter().all(|arc| (arc.other as usize) < nodes), section, "an edge leads nowhere")?;
    }
    rule(below(Section::Tails, nodes), Section::Tails, "an edge comes from nowhere")?;
    rule(below_or_none(Section::Twins, edges), Section::Twins, "an opposite edge is missing")?;
    rule(below(Section::InEdges, edges), Section::InEdges, "an edge is missing")?;
    let turns = image.column::<[u32; 4]>(Section::Restrictions);
    let turn_holds = |turn: &[u32; 4]| {
        (turn[0] as usize) < edges && (turn[1] as usize) < nodes && (turn[2] as usize) < edges
    };
    rule(turns.iter().all(turn_holds), Section::Restrictions, "an edge or a node is missing")?;
    let walks = numbers(Section::WalkFirst);
    let lengths = walks.windows(2).all(|w| w[1] >= w[0].saturating_add(3));
    rule(!walks.is_empty() && lengths, Section::WalkFirst, "a walk needs three edges")?;
    rule(below(Section::WalkEdges, edges), Section::WalkEdges, "an edge is missing")?;
    firsts(image, Section::WalkFirst, walks.len() - 1, numbers(Section::WalkEdges).len())?;
    let points = image.column::<[i32; 2]>(Section::ShapePoints);
    let on_earth = |p: &[i32; 2]| p[0].abs() <= 900_000_000 && p[1].abs() <= 1_800_000_000;
    rule(points.iter().all(on_earth), Section::ShapePoints, "a point is not on the ground")?;
    let shapes = numbers(Section::ShapeFirst).len().saturating_sub(1);
    let shape_holds = numbers(Section::ShapeOf).iter().all(|&s| ((s >> 1) as usize) < shapes);
    rule(shape_holds, Section::ShapeOf, "a shape is missing")?;
    let lines = numbers(Section::ShapeFirst).windows(2).all(|w| w[1] >= w[0].saturating_add(2));
    rule(lines, Section::ShapeFirst, "a line needs two points")?;
    let names = numbers(Section::NameFirst).len().saturating_sub(1);
    rule(below_or_none(Section::NameOf, names), Section::NameOf, "a name is missing")?;
    let grid = image.column::<[i32; 8]>(Section::Grid);
    rule(grid.len() == 1 && grid[0][2..6].iter().all(|&n| n > 0), Section::Grid, "one grid expected")?;
    let cells = grid[0][4] as usize * grid[0][5] as usize;
    let segments = image.column::<[u32; 2]>(Section::CellSegments);
    let in_range = |s: &[u32; 2]| (s[0] as usize) < edges;
    rule(segments.iter().all(in_range), Section::CellSegments, "an edge is missing")?;
    firsts(image, Section::OutFirst, nodes, edges)?;
    firsts(image, Section::InFirst, nodes, edges)?;
    firsts(image, Section::WayFirst, edges, image.column::<[u32; 4]>(Section::WayParts).len())?;
    firsts(image, Section::ShapeFirst, shapes, points.len())?;
    firsts(image, Section::NameFirst, names, image.column::<u8>(Section::NameText).len())?;
    firsts(image, Section::CellFirst, cells, segments.len())?;
    hierarchy_consistent(image, edges)
}

/// Checks the hierarchy likewise: every index points at something, arcs lead upwards, and what a port is joined to its
/// parent is joined to as well, so that a customisation finds every arc that it looks for.
fn hierarchy_consistent(image: &Image, edges: usize) -> Result<(), RoadError> {
    let rule = |holds: bool, section: Section, what: &'static str| {
        if holds { Ok(()) } else { Err(RoadError::Inconsistent { section: section.name(), what }) }
    };
    let numbers = |section: Section| image.column::<u32>(section);
    let ports = numbers(Section::OnFirst).len().saturating_sub(1);
    let arcs = numbers(Section::UpHeads).len();
    let port_of = numbers(Section::PortOf);
    rule(port_of.len() == edges, Section::PortOf, "one entry per edge expected")?;
    rule(port_of.iter().all(|&port| (port as usize) < ports), Section::PortOf, "a port is missing")?;
    let beside = image.column::<[u32; 2]>(Section::PortsBeside);
    let beside_holds = |row: &[u32; 2]| (row[0] as usize) < edges && (row[1] as usize) < ports;
    let in_order = beside.is_sorted_by(|a, b| a < b);
    rule(in_order && beside.iter().all(beside_holds), Section::PortsBeside, "an edge or a port is missing")?;
    for (section, first) in [(Section::OnArcs, Section::OnFirst), (Section::BackArcs, Section::BackFirst)] {
        let arcs = image.column::<TurnArc>(section);
        let holds = |arc: &TurnArc| (arc.edge as usize) < edges && (arc.head as usize) < ports;
        rule(arcs.iter().all(holds), section, "an edge or a port is missing")?;
        firsts(image, first, ports, arcs.len())?;
    }
    firsts(image, Section::UpFirst, ports, arcs)?;
    let low = image.column::<[u32; 2]>(Section::LowArcs);
    firsts(image, Section::LowFirst, ports, low.len())?;
    rule(low.len() == arcs, Section::LowArcs, "one entry per arc expected")?;
    let inputs = numbers(Section::Inputs);
    firsts(image, Section::InputFirst, arcs, inputs.len())?;
    rule(inputs.iter().all(|&input| ((input >> 1) as usize) < edges), Section::Inputs, "an edge is missing")?;
    let hierarchy = Hierarchy::of(image);
    let heads = |port: usize| &hierarchy.up_heads[hierarchy.up(port)];
    for port in 0..ports {
        let up = heads(port);
        let rises = up.first().is_none_or(|&head| head as usize > port) && up.is_sorted_by(|a, b| a < b);
        let ends = up.last().is_none_or(|&head| (head as usize) < ports);
        rule(rises && ends, Section::UpHeads, "an arc does not lead upwards")?;
        let closed = up.split_first().is_none_or(|(&parent, others)| within(others, heads(parent as usize)));
        rule(closed, Section::UpHeads, "two higher neighbours are not joined")?;
        let enters = |&[tail, arc]: &[u32; 2]| {
            (tail as usize) < port
                && hierarchy.up(tail as usize).contains(&(arc as usize))
                && hierarchy.up_heads[arc as usize] as usize == port
        };
        rule(hierarchy.low(port).iter().all(enters), Section::LowArcs, "an arc is not what it says")?;
    }
    Ok(())
}

/// Whether all of `part` is in `whole`; both ascend.
fn within(part: &[u32], whole: &[u32]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|wanted| rest.any(|found| found == wanted))
}

/// Checks a column of offsets: `rows` + 1 of them, never falling, from 0 to `total`.
fn firsts(image: &Image, section: Section, rows: usize, total: usize) -> Result<(), RoadError> {
    let first = image.column::<u32>(section);
    let holds = first.len() == rows + 1
        && first.first() == Some(&0)
        && first.last() == Some(&(total as u32))
        && first.is_sorted();
    if holds {
        Ok(())
    } else {
        Err(RoadError::Inconsistent { section: section.name(), what: "offsets do not fit" })
    }
}
