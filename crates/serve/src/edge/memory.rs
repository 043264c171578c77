//! What a restart must know that is no part of the region's world: tokens that are open, and which box speaks in which node's name. One file beside the
//! journal, written whole or not at all. A token is answered once it is written down; who speaks is written some seconds later, all changes at once.
//!
//! ```text
//!   token issued, keys shown, token spent --> written --> answered
//!   another box or start speaks --> noted --10 s--> written
//! ```

use super::twins::{Known, Twins};
use super::verifier::{Enrolments, Open};
use crate::error::ServeError;
use crate::problem::Problem;
use paceline_model::edge::NodeId;
use paceline_supervise::sync::{self, oneshot};
use paceline_supervise::{NamedExt as _, Scope, Spawner, Until};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Its name, in the directory of the region's journal.
const FILE: &str = "verifier.json";
/// Largest file that is read: a million boxes of some 300 bytes.
const BYTES_MAX: u64 = 512 << 20;
/// Time in which changes of who speaks come together: a fleet that is switched on is written a few times, and not once a box.
const TOGETHER: Duration = Duration::from_secs(10);
/// Longest that a write may take before it is said to hang.
const WRITE_MAX: Duration = Duration::from_secs(30);

/// What is written down.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    tokens: BTreeMap<NodeId, Open>,
    speakers: BTreeMap<NodeId, Known>,
}

/// Reads it; nothing, if there is no file. Errors: it cannot be read, or is none of ours: who was let in is not guessed at.
pub(super) fn read(dir: &Path) -> Result<(Enrolments, Twins), ServeError> {
    let file = dir.join(FILE);
    let unusable = |error: &dyn std::fmt::Display| {
        let cure = "remove it, and tokens that are open are void";
        ServeError::Attestation(format!("{}: {error}: {cure}", file.display()))
    };
    let mut bytes = Vec::new();
    match File::open(&file).and_then(|opened| opened.take(BYTES_MAX + 1).read_to_end(&mut bytes)) {
        Ok(read) if read as u64 > BYTES_MAX => return Err(unusable(&format!("more than {BYTES_MAX} bytes"))),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
        Err(error) => return Err(unusable(&error)),
    }
    let Written { tokens, speakers } = serde_json::from_slice(&bytes).map_err(|error| unusable(&error))?;
    Ok((Enrolments::of(tokens), Twins::of(speakers)))
}

/// Writes down what a restart must know.
#[derive(Clone)]
pub(crate) struct Memory(Arc<Inner>);

struct Inner {
    file: PathBuf,
    spawner: Spawner,
    enrolments: Arc<Enrolments>,
    twins: Arc<Twins>,
    /// One write at a time, so that an older state never comes to lie over a newer one.
    turn: sync::Mutex<()>,
    noted: Notify,
}

impl Memory {
    /// Begins to write down who speaks. It ends with the scope, once the last change is written.
    pub(super) fn start(scope: &Scope, dir: &Path, enrolments: Arc<Enrolments>, twins: Arc<Twins>) -> Self {
        let (turn, noted) = (sync::Mutex::new("the verifier's file", ()), Notify::new());
        let inner = Inner { file: dir.join(FILE), spawner: scope.spawner(), enrolments, twins, turn, noted };
        let memory = Self(Arc::new(inner));
        let (own, end) = (memory.clone(), scope.token());
        scope.spawn("verifier-memory", Until::Owner, async move {
            let noted = || own.0.noted.notified().named("another box that speaks");
            while end.run_until_cancelled(noted()).await.is_some() {
                let more = tokio::time::sleep(TOGETHER).named("more boxes that speak");
                match end.run_until_cancelled(more).await {
                    // What went wrong was said.
                    Some(()) => _ = own.save().await,
                    // No thread begins any more, and nobody waits for this one.
                    None => _ = write(&own.0.file, &own.0.bytes()),
                }
            }
        });
        memory
    }

    /// Somebody else speaks, or after another start.
    pub(crate) fn note(&self) {
        self.0.noted.notify_one();
    }

    /// Writes all of it. Errors: the disk does not take it; the server ends.
    pub(crate) async fn save(&self) -> Result<(), Problem> {
        let _turn = self.0.turn.lock().await;
        let (bytes, file) = (self.0.bytes(), self.0.file.clone());
        let (to, done) = oneshot::channel("the verifier's file");
        let spawned = self.0.spawner.spawn_blocking("verifier-file", Until::Within(WRITE_MAX), move |_| {
            // Whoever asked may have gone away.
            _ = to.send(write(&file, &bytes));
        });
        spawned.ok_or_else(Problem::draining)?;
        let written = done.recv().await.map_err(|_| Problem::draining())?;
        written.map_err(|error| {
            tracing::error!(%error, "tokens, and who speaks for which node, cannot be written down: a restart would not know of them");
            Problem::no_room(Some(&format!("the verifier's file: {error}")))
        })
    }
}

impl Inner {
    fn bytes(&self) -> Vec<u8> {
        let written = Written { tokens: self.enrolments.stored(), speakers: self.twins.stored() };
        // Names and numbers are always JSON.
        serde_json::to_vec(&written).unwrap_or_default()
    }
}

/// Beside it, synced, renamed, and the folder synced: after a power cut there is what was before, or all of this. Nobody but its owner reads it, since a
/// secret that a box is to open stands in it.
fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = file.with_extension("new");
    let mut opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    opened.write_all(bytes)?;
    opened.sync_all()?;
    fs::rename(&beside, file)?;
    File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
}
