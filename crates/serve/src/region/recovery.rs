//! A region's world as its journal tells it.

use crate::error::ServeError;
use paceline_engine::Ledger;
use paceline_engine::ledger::World;
use paceline_journal::{Identity, Log, LogAddress, Options, Seq};
use paceline_model::Version;

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

/// A world, the log that it goes on in, and what was found there.
pub(crate) type FromJournal<W> = (Ledger<W>, Box<dyn Log>, Recovered);

/// Reads a world, which is `empty` to begin with, from the journal at `address`, which is begun if absent, and goes on writing there.
///
/// Errors: a journal that is damaged or held by another process, or another region; another journal than
/// the one that is `wanted`, if one is.
pub(crate) fn recover<W: World>(
    empty: W,
    address: &LogAddress,
    wanted: Option<Identity>,
) -> Result<FromJournal<W>, ServeError> {
    let opened = address.open(Options { wanted, begin_as: drawn(), ..Options::default() })?;
    let mut warnings: Vec<String> = opened.warnings.iter().map(ToString::to_string).collect();
    if opened.begun {
        warnings.push(format!(
            "{} held no journal: an empty world begins, as journal {}",
            address.name(),
            opened.identity
        ));
    }
    let (mut ledger, from) = match &opened.snapshot {
        Some(snapshot) => {
            let restore = |format, bytes| Ledger::restore(empty, format, bytes);
            (snapshot.state.read(restore)?, snapshot.at)
        }
        None => (Ledger::new(empty), Seq(0)),
    };
    let mut replayed = 0;
    let mut replay = address.replay(Some(from))?;
    for record in replay.by_ref() {
        ledger.replay(record?.payload.read(W::decode)?)?;
        replayed += 1;
    }
    warnings.extend(replay.warnings().iter().map(ToString::to_string));
    let recovered = Recovered { version: ledger.version(), replayed, warnings };
    Ok((ledger, opened.journal, recovered))
}

/// A name for a journal that begins.
fn drawn() -> Identity {
    let mut bytes = [0; 16];
    // A name that is not random still tells a journal from none.
    _ = getrandom::fill(&mut bytes);
    Identity(u128::from_le_bytes(bytes))
}
