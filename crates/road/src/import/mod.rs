//! From somebody's data to a network: read streets, keep what leads back, join chains, number, lay out.
//! Same input, same bytes.

mod assemble;
mod component;
mod contract;
mod dimacs;
mod node_link;
mod osm;
mod speed;
mod synthetic;
mod tags;

pub use dimacs::DimacsWeight;

use crate::file::RoadError;
use crate::network::Roads;
use paceline_model::Position;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Settings of an import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Whose default speed limits hold: an ISO 3166 code such as `DE`, or `US-NYC`. `None`: by where the extract lies.
    pub country: Option<String>,
}

/// What an import read, kept and left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ImportReport {
    /// Where default speed limits came from; empty for formats that carry speeds.
    pub speed_defaults: String,
    /// Ways or links in the input, drivable or not.
    pub read: u64,
    /// Nodes of the network.
    pub nodes: usize,
    /// Directed edges of the network.
    pub edges: usize,
    /// Edges whose street is open in both directions.
    pub two_way_edges: usize,
    /// Length of all directed edges.
    pub edge_km: f64,
    /// Street pieces joined to others, because nothing but their line changes where they meet.
    pub joined: u64,
    /// Turn restrictions kept in the file, and obeyed.
    pub restrictions: usize,
    /// Drivable ways whose speed is a default of the place or class, for want of a tagged limit.
    pub speeds_by_default: u64,
    /// What was left out, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// What was kept, but simplified, by reason.
    pub simplified: BTreeMap<&'static str, u64>,
}

impl ImportReport {
    fn skip(&mut self, reason: &'static str) {
        self.skip_many(reason, 1);
    }
    fn skip_many(&mut self, reason: &'static str, count: u64) {
        if count > 0 {
            *self.skipped.entry(reason).or_default() += count;
        }
    }
    fn simplify(&mut self, reason: &'static str) {
        *self.simplified.entry(reason).or_default() += 1;
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "read          {} ways or links", self.read)?;
        writeln!(f, "nodes         {}", self.nodes)?;
        writeln!(f, "edges         {}, {} of them on two-way streets", self.edges, self.two_way_edges)?;
        writeln!(f, "length        {:.1} km of directed edges", self.edge_km)?;
        writeln!(f, "joined        {} street pieces", self.joined)?;
        writeln!(f, "restrictions  {} kept", self.restrictions)?;
        if !self.speed_defaults.is_empty() {
            let defaults = &self.speed_defaults;
            writeln!(f, "speed limits  {} ways without one: defaults of {defaults}", self.speeds_by_default)?;
        }
        for (reason, count) in &self.simplified {
            writeln!(f, "simplified    {count:>8}  {reason}")?;
        }
        for (reason, count) in &self.skipped {
            writeln!(f, "left out      {count:>8}  {reason}")?;
        }
        Ok(())
    }
}

/// A street between two nodes, before numbering. A ring has `from == to`.
#[derive(Clone, Debug)]
struct Street {
    from: u32,
    to: u32,
    /// Both ends included.
    line: Vec<Position>,
    metres: f64,
    /// Speed from `from` to `to`; `None` if that is not allowed.
    ahead_kmh: Option<f64>,
    /// Speed from `to` to `from`.
    back_kmh: Option<f64>,
    /// Index into [`Draft::names`].
    name: Option<u32>,
    /// The input's way at the `from` end and at the `to` end, for turn restrictions.
    ways: [i64; 2],
    /// The input's ways from `from` to `to` with the metres on each; negative where driven against the way's nodes.
    parts: Vec<(i64, f64)>,
}

/// May one turn here, or must one?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Forbidden,
    Compulsory,
}

/// A turn restriction in the input's terms.
#[derive(Clone, Debug)]
struct Restriction {
    from_way: i64,
    via: u32,
    to_way: i64,
    turn: Turn,
}

/// A network during the import. Nodes are numbered in order of first use.
#[derive(Debug, Default)]
struct Draft {
    nodes: Vec<Position>,
    streets: Vec<Street>,
    names: Vec<String>,
    restrictions: Vec<Restriction>,
}

impl Roads {
    /// Reads an OpenStreetMap extract (`.osm.pbf`): what a car may drive.
    ///
    /// Errors: unreadable or damaged extract; no drivable street that leads back.
    pub fn import_osm_pbf(path: &Path, options: &ImportOptions) -> Result<(Self, ImportReport), RoadError> {
        let mut report = ImportReport::default();
        let draft = osm::read(path, options, &mut report)?;
        finish(draft, report)
    }
    /// Reads a node-link document as NetworkX and NREL HIVE write it: nodes with `id`, `x` (longitude), `y` (latitude);
    /// links with `source`, `target`, `length` in metres and `speed_kmph` or `travel_time` in seconds.
    ///
    /// Errors: not such a document; no street that leads back.
    pub fn import_node_link(json: &[u8]) -> Result<(Self, ImportReport), RoadError> {
        let mut report = ImportReport::default();
        let draft = node_link::read(json, &mut report)?;
        finish(draft, report)
    }
    /// Reads a graph of the 9th DIMACS Implementation Challenge: arcs (`.gr`) and coordinates (`.co`), both as text.
    /// Pairs of opposite arcs of one length become two-way streets; streets are straight lines.
    ///
    /// Errors: not such files (with file and line); no street that leads back.
    pub fn import_dimacs(
        arcs: impl std::io::BufRead,
        coordinates: impl std::io::BufRead,
        weight: DimacsWeight,
    ) -> Result<(Self, ImportReport), RoadError> {
        let mut report = ImportReport::default();
        let draft = dimacs::read(arcs, coordinates, weight, &mut report)?;
        finish(draft, report)
    }
}

fn finish(mut draft: Draft, mut report: ImportReport) -> Result<(Roads, ImportReport), RoadError> {
    let cut = component::keep_largest(&mut draft);
    report.skip_many("street that does not lead back (not in the largest strongly connected part)", cut);
    report.joined = contract::join_chains(&mut draft);
    if draft.streets.is_empty() {
        return Err(RoadError::Empty { dropped: cut });
    }
    let bytes = assemble::lay_out(&draft, &mut report)?;
    let roads = Roads::from_bytes(&bytes)?;
    report.nodes = roads.node_count();
    report.edges = roads.edge_count();
    report.restrictions = roads.restriction_count();
    Ok((roads, report))
}

/// The length of a line on the ground.
fn line_metres(line: &[Position]) -> f64 {
    line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum()
}
