//! What may be written while programs of several versions run: the *format level*. Each layout of records and snapshots belongs to one; a
//! program reads all up to its own, and a cluster writes none above the level that an operator has raised it to. Until then every server
//! may go back to the version before.
//!
//! The scheme is that of other clusters that are upgraded a server at a time: the *cluster version* of CockroachDB, the finalized *feature
//! level* of Apache Kafka (KIP-584).

use std::fmt;

/// A format level. What belongs to which is the writer's to say (`paceline_engine::record::level`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormatLevel(pub u32);

impl FormatLevel {
    /// That of the first programs that knew clusters, which did not say theirs.
    pub const FIRST: Self = Self(1);
}

impl Default for FormatLevel {
    fn default() -> Self {
        Self::FIRST
    }
}

impl fmt::Display for FormatLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
