//! A region's world as its journal tells it.

use crate::error::ServeError;
use paceline_engine::{Fleet, FleetOptions, Ledger, record};
use paceline_journal::{Journal, Options, Seq};
use paceline_model::Version;
use paceline_road::Roads;
use std::path::Path;
use std::sync::Arc;

/// What was found at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The world's version after recovery.
    pub version: Version,
    /// Records replayed on top of the snapshot.
    pub replayed: u64,
    /// What the journal had to repair.
    pub warnings: Vec<String>,
}

/// Reads a world from the journal in `dir`, which is made if absent, and goes on writing there.
///
/// Errors: options that break a rule; a journal that is damaged or held by another process, or another region.
pub(super) fn recover(
    options: FleetOptions,
    roads: &Arc<Roads>,
    dir: &Path,
) -> Result<(Ledger<Fleet>, Journal, Recovered), ServeError> {
    let opened = Journal::open(dir, Options::default())?;
    let mut warnings: Vec<String> = opened.warnings.iter().map(ToString::to_string).collect();
    let empty = Fleet::new(roads.clone(), options.validate()?);
    let (mut ledger, from) = match &opened.snapshot {
        Some(snapshot) => {
            let restore = |format, bytes| Ledger::restore(empty, format, bytes);
            (snapshot.state.read(restore)?, snapshot.at)
        }
        None => (Ledger::new(empty), Seq(0)),
    };
    let mut replayed = 0;
    let mut replay = Journal::replay(dir, from)?;
    for record in replay.by_ref() {
        ledger.replay(record?.payload.read(record::decode)?)?;
        replayed += 1;
    }
    warnings.extend(replay.warnings().iter().map(ToString::to_string));
    let recovered = Recovered { version: ledger.version(), replayed, warnings };
    Ok((ledger, opened.journal, recovered))
}
