//! Why a road network could not be read or built.

use std::path::PathBuf;

/// Why a road network could not be read or built.
#[derive(Debug, thiserror::Error)]
pub enum RoadError {
    /// The file system said no.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// As it was given to the caller's function.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// Not a road file at all.
    #[error("not a Paceline road file: it does not begin with PACEROAD")]
    Foreign,
    /// Written by a newer Paceline: import again, or update.
    #[error("road file version {found}, this program reads version {known}")]
    Version {
        /// Version in the file.
        found: u32,
        /// The only version that this program reads.
        known: u32,
    },
    /// The file ends too early.
    #[error("road file is cut short: {expected} bytes expected, {found} found")]
    Truncated {
        /// Bytes that its header promises.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// Bytes have changed since it was written.
    #[error("road file is damaged in section {section}, bytes {offset} to {end}: checksum mismatch")]
    Checksum {
        /// Name of the section, as in `Section`.
        section: &'static str,
        /// First byte of the section in the file.
        offset: u64,
        /// First byte after it.
        end: u64,
    },
    /// Checksums hold, but sections contradict each other: a faulty writer.
    #[error("road file is inconsistent in section {section}: {what}")]
    Inconsistent {
        /// Name of the section, as in `Section`.
        section: &'static str,
        /// The rule that it breaks.
        what: &'static str,
    },
    /// The OpenStreetMap extract cannot be read.
    #[error("cannot read the OpenStreetMap extract: {0}")]
    Osm(String),
    /// A country whose default speed limits are not known.
    #[error("country is {code}: must be one of {known}")]
    Country {
        /// As it was given.
        code: String,
        /// All that are known.
        known: String,
    },
    /// The DIMACS files cannot be read.
    #[error("cannot read the DIMACS {file} file, line {line}: {what}")]
    Dimacs {
        /// Which of the two: `.gr` or `.co`.
        file: &'static str,
        /// Counted from 1.
        line: usize,
        /// The rule that the line breaks.
        what: String,
    },
    /// The node-link document cannot be read.
    #[error("cannot read the node-link document: {0}")]
    NodeLink(String),
    /// The input holds no street that a car may drive, or none that leads back.
    #[error(
        "no drivable streets in the input that lead back to where they began ({dropped} led nowhere); left out: {}",
        if left_out.is_empty() { "nothing" } else { left_out }
    )]
    Empty {
        /// Streets that may be driven, but are no part of a strongly connected network.
        dropped: u64,
        /// What was left out, each reason with its count.
        left_out: String,
    },
    /// A metric needs one weight per edge.
    #[error("{found} weights for {expected} edges: one per edge expected")]
    Weights {
        /// Edges of the network.
        expected: usize,
        /// Weights that were given.
        found: usize,
    },
    /// An edge that the network does not have.
    #[error("edge {edge} is not of this network, which has {edges} edges from 0")]
    UnknownEdge {
        /// The number that was given.
        edge: u32,
        /// Edges of the network.
        edges: usize,
    },
    /// A turn restriction between edges that do not meet, or that the network does not have.
    #[error("no turn leads from edge {from} to edge {to}")]
    NoTurn {
        /// The edge that one would come from.
        from: u32,
        /// The edge that one would go on to.
        to: u32,
    },
    /// A walk to forbid that is a single turn, or less.
    #[error("a walk has {0} edges: must have 3 or more")]
    ShortWalk(usize),
    /// More streets than a road file can number.
    #[error("the network is too large: {0} directed edges")]
    TooLarge(usize),
}
