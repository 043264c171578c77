//! From somebody's data to a network: read streets, keep what leads back, join chains, leave out what signs cut off, number, lay out.
//! Same input, same bytes.

mod assemble;
mod chessboard;
mod circle;
mod component;
mod contract;
mod dimacs;
mod draft;
mod islands;
mod node_link;
mod numbering;
mod osm;
mod report;
mod synthetic;
mod turns;

pub use circle::Circle;
pub use dimacs::DimacsWeight;
pub use report::ImportReport;

use crate::error::RoadError;
use crate::network::Roads;
use draft::Draft;
use paceline_model::Position;
use std::path::Path;

/// Settings of an import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Whose default speed limits hold: an ISO 3166 code such as `DE`, or `US-NYC`. `None`: by where the extract lies.
    pub country: Option<String>,
    /// What is taken out of a larger extract: streets with both ends within. `None`: all of it.
    pub within: Option<Circle>,
}

impl Roads {
    /// Reads an OpenStreetMap extract (`.osm.pbf`): what a car may drive.
    ///
    /// Errors: unreadable or damaged extract; no drivable street that leads back.
    pub fn import_osm_pbf(path: &Path, options: &ImportOptions) -> Result<(Self, ImportReport), RoadError> {
        let mut report = ImportReport::default();
        let mut draft = osm::read(path, options.country.as_deref(), &mut report)?;
        if let Some(circle) = options.within {
            report.skip_many("street outside the circle that is taken out", circle.cut(&mut draft));
        }
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
    /// A synthetic city of about `edges` directed edges (at least some hundred): for tests and measurements at sizes that no map
    /// beside the project has. Same seed, same bytes.
    ///
    /// Errors: more edges than a road file can number.
    pub fn synthetic_city(edges: usize, seed: u64) -> Result<(Self, ImportReport), RoadError> {
        finish(synthetic::draft(edges, seed), ImportReport::default())
    }
    /// A chessboard of `side` columns and rows, whose streets take 10 s each: for tests and simulations. `corner` says where a column
    /// and a row, counted from 0, meet.
    ///
    /// Errors: no street, or more than a road file can number.
    pub fn chessboard(
        side: u32,
        corner: impl Fn(u32, u32) -> Position,
    ) -> Result<(Self, ImportReport), RoadError> {
        Self::import_node_link(&chessboard::node_link(side, corner))
    }
}

fn finish(mut draft: Draft, mut report: ImportReport) -> Result<(Roads, ImportReport), RoadError> {
    let cut = component::keep_largest(&mut draft);
    report.skip_many("street that does not lead back (not in the largest strongly connected part)", cut);
    report.joined = contract::join_chains(&mut draft);
    let (shut, joined) = islands::drop_islands(&mut draft);
    report.joined += joined;
    report.skip_many("street that turn restrictions let nobody enter, or nobody leave", shut);
    if draft.streets.is_empty() {
        return Err(RoadError::Empty { dropped: cut + shut, left_out: report.reasons() });
    }
    let bytes = assemble::lay_out(&draft, &mut report)?;
    let roads = Roads::from_bytes(&bytes)?;
    report.nodes = roads.node_count();
    report.edges = roads.edge_count();
    report.restrictions = roads.restriction_count();
    Ok((roads, report))
}
