//! What every handler of the operator's side can reach.

use super::sched::Sampler;
use super::token::AdminToken;
use crate::hotspots::Hotspots;
use crate::metrics::Exposition;
use crate::problem::Problem;
use crate::reloader::Reloader;
use axum::http::HeaderMap;
use paceline_supervise::sync::{Semaphore, oneshot};
use paceline_supervise::{LoadShedder, Spawner, Supervisor, Until};
use std::sync::Arc;
use std::time::Duration;

/// What can be looked at.
pub(crate) struct Sources {
    pub(crate) supervisor: Supervisor,
    pub(crate) exposition: Arc<Exposition>,
    pub(crate) hotspots: Arc<Hotspots>,
    pub(crate) sampler: Arc<Sampler>,
    pub(crate) load_shedder: Arc<LoadShedder>,
    pub(crate) reloader: Reloader,
}

/// What every handler here can reach.
#[derive(Clone)]
pub(super) struct AdminApp(Arc<Inner>);

struct Inner {
    token: AdminToken,
    sources: Sources,
    spawner: Spawner,
    aside: Semaphore,
}

/// Looks that work aside at once: each may hold a thread and some megabytes.
const ASIDE_AT_ONCE: usize = 4;
/// Longest that work aside may take: a profile's names are looked up in a large binary.
const ASIDE_MAX: Duration = Duration::from_secs(60);

impl AdminApp {
    pub(super) fn new(token: AdminToken, sources: Sources, spawner: Spawner) -> Self {
        let aside = Semaphore::new("a thread for an operator's look", ASIDE_AT_ONCE);
        Self(Arc::new(Inner { token, sources, spawner, aside }))
    }

    /// Whether a request carries the token.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        self.0.token.is_in(headers)
    }

    /// Ends when the server begins to.
    pub(super) async fn closing(&self) {
        self.0.spawner.token().cancelled().await;
    }

    /// Runs what would hold a worker too long on a thread of its own, once one of so many is free.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let _permit = self.0.aside.acquire().await;
        let (to, done) = oneshot::channel(what);
        let spawned = self.0.spawner.spawn_blocking(what, Until::Within(ASIDE_MAX), move |_| {
            // Whoever asked may have gone away.
            _ = to.send(work());
        });
        spawned.ok_or_else(Problem::draining)?;
        done.recv().await.map_err(|_| Problem::draining())
    }
}

impl std::ops::Deref for AdminApp {
    type Target = Sources;
    fn deref(&self) -> &Sources {
        &self.0.sources
    }
}
