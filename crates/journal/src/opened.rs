//! What opening a log finds.

use crate::Warning;
use crate::identity::Identity;
use crate::snapshot::Snapshot;

/// What opening found.
#[derive(Debug)]
pub struct Opened<J> {
    /// The journal, ready for the next record.
    pub journal: J,
    /// The newest sound snapshot; a replay after its `at` gives the rest.
    pub snapshot: Option<Snapshot>,
    /// What recovery put right. Log it.
    pub warnings: Vec<Warning>,
    /// Which journal it is.
    pub identity: Identity,
    /// Whether there was none: this one begins now. Whoever expects one has lost it, or mounted nothing.
    pub begun: bool,
}
