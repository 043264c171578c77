//! What is read from files and read again whenever they change: keys, certificates. Files that cannot be used change nothing.

use paceline_supervise::{NamedExt as _, Scope, Until};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// Time between two looks at whether files have changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What was read, and how it is read again.
pub(crate) struct Watched<T> {
    /// What it is called in the log.
    what: &'static str,
    files: Vec<PathBuf>,
    read: Box<dyn Fn() -> Result<T, String> + Send + Sync>,
    held: RwLock<Arc<T>>,
    /// Of the files before they were first read.
    first: Stamps,
}

/// What tells one state of files from the next.
type Stamps = Vec<Option<(SystemTime, u64)>>;

impl<T: Send + Sync + 'static> Watched<T> {
    /// Reads for the first time. Errors: those of `read`.
    pub(crate) fn new<E: std::fmt::Display>(
        what: &'static str,
        files: Vec<PathBuf>,
        read: impl Fn() -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<Arc<Self>, E> {
        let first = stamps(&files);
        let held = RwLock::new(Arc::new(read()?));
        let read = Box::new(move || read().map_err(|error| error.to_string()));
        Ok(Arc::new(Self { what, files, read, held, first }))
    }

    /// As it was last read.
    pub(crate) fn get(&self) -> Arc<T> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins to watch. It ends with the scope.
    pub(crate) fn start(self: &Arc<Self>, scope: &Scope) {
        scope.spawn(self.what, Until::Owner, self.clone().watch(scope.token()));
    }

    async fn watch(self: Arc<Self>, closing: CancellationToken) {
        let mut seen = self.first.clone();
        let look = || tokio::time::sleep(LOOK_EVERY).named("next look at files that may change");
        while closing.run_until_cancelled(look()).await.is_some() {
            let now = stamps(&self.files);
            if now == seen {
                continue;
            }
            seen = now;
            let what = self.what;
            match (self.read)() {
                Ok(read) => {
                    *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
                    tracing::info!("{what} were read again");
                }
                Err(error) => tracing::warn!(%error, "{what} were not read again: those of before stay"),
            }
        }
    }
}

/// As the files are now. They lie on a local disk, and looking at one takes microseconds.
fn stamps(files: &[PathBuf]) -> Stamps {
    let stamp = |file: &PathBuf| {
        let about = std::fs::metadata(file).ok()?;
        Some((about.modified().ok()?, about.len()))
    };
    files.iter().map(stamp).collect()
}
