//! What the agent knows across its restarts: what it was told to run, and where that stands. One file, written whole or not at all.

use crate::autonomy::WrittenAutonomy;
use crate::disk::{read_bounded, write_atomic};
use crate::node::slot::Stored;
use paceline_model::Instant;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// The file's name in the agent's folder.
pub(crate) const FILE: &str = "state.json";
/// Largest file that is read: some thousand replicas.
const STATE_BYTES_MAX: u64 = 4 << 20;

/// What is written down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Written {
    pub(crate) replicas: Vec<Stored>,
    /// The last time that was known.
    pub(crate) time: Option<Instant>,
    /// What was left of the time without the region.
    pub(crate) autonomy: Option<WrittenAutonomy>,
}

/// What was written last; nothing, if there is no file. Errors: it cannot be read, or is none of ours. It is never passed over: a node that
/// forgets what it left would try it again.
pub(crate) fn read(file: &Path) -> io::Result<Written> {
    match read_bounded(file, STATE_BYTES_MAX) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", file.display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Written::default()),
        Err(error) => Err(error),
    }
}

/// Errors: the system's.
pub(crate) fn write(file: &Path, written: &Written) -> io::Result<()> {
    write_atomic(file, &serde_json::to_vec(written)?)
}
