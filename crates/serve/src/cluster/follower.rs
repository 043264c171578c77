//! A region that is replayed here while another server runs it: whoever takes it over reads only what came last.

use super::told::Told;
use crate::any_region::{AnyRegion, AnyReplica};
use crate::error::ServeError;
use crate::task_allowance::Grant;
use paceline_cluster::Input;
use paceline_journal::{Following, JournalError};
use paceline_supervise::sync::{mpsc, oneshot};
use paceline_supervise::{NamedExt as _, Spawner, Until};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// Time until the next look for what was written, where something was: what is left to replay at a takeover.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Longest such time, where nothing is written: a quiet region costs its database little.
const LOOK_EVERY_MAX: Duration = Duration::from_secs(2);

/// A region that is replayed here.
pub(super) struct Follower {
    end: CancellationToken,
    replica: oneshot::Receiver<AnyReplica>,
}

impl Follower {
    /// Begins to replay a region, and says once that all there was has been.
    pub(super) fn start(spawner: &Spawner, spec: AnyRegion, told: mpsc::Sender<Told>, grant: Grant) -> Self {
        let (give, replica) = oneshot::channel("what was replayed");
        let end = spawner.token().child_token();
        let (runtime, ends) = (Handle::current(), end.clone());
        spawner.spawn_blocking("follow region", Until::Owner, move |_| {
            let (mut replaying, _grant) = (Replaying { spec, log: None, replica: None }, grant);
            replaying.run(told, &runtime, &ends);
            if let Some(replica) = replaying.replica {
                // Nobody wants it where the region went elsewhere.
                _ = give.send(replica);
            }
        });
        Self { end, replica }
    }

    /// Ends it, and gives what was replayed, if anything was.
    pub(super) async fn take(self) -> Option<AnyReplica> {
        self.end.cancel();
        self.replica.recv().await.ok()
    }

    /// Ends it.
    pub(super) fn end(self) {
        self.end.cancel();
    }
}

async fn pause(span: Duration, ends: &CancellationToken) {
    _ = tokio::time::timeout(span, ends.cancelled()).named("what a region's owner writes").await;
}

struct Replaying {
    spec: AnyRegion,
    /// `None`: the next look begins anew.
    log: Option<Box<dyn Following>>,
    replica: Option<AnyReplica>,
}

impl Replaying {
    /// Looks again and again, and says once that all there was has been replayed.
    fn run(&mut self, told: mpsc::Sender<Told>, runtime: &Handle, ends: &CancellationToken) {
        let (mut told, mut span) = (Some(told), LOOK_EVERY);
        while !ends.is_cancelled() {
            let looked = self.look();
            match &looked {
                Ok(_) => {
                    if let Some(told) = told.take() {
                        let caught_up = Input::CaughtUp(self.spec.name().clone());
                        // Nobody listening means that the server ends.
                        _ = told.blocking_send(Told::Input(caught_up));
                    }
                }
                Err(error) => {
                    tracing::debug!(region = %self.spec.name(), %error, "cannot be followed for now");
                }
            }
            let news = looked.is_ok_and(|replayed| replayed > 0);
            span = if news { LOOK_EVERY } else { (2 * span).min(LOOK_EVERY_MAX) };
            runtime.block_on(pause(span, ends));
        }
    }

    /// Replays what is there by now. Returns how many records that were. Errors: then the next look begins anew.
    fn look(&mut self) -> Result<u64, ServeError> {
        let looked = self.try_look();
        match &looked {
            Ok(_) => {}
            // Snapshots have taken the place of what was to be read next, or it does not follow.
            Err(ServeError::Journal(JournalError::Missing { .. }) | ServeError::NotReplayed { .. }) => {
                (self.log, self.replica) = (None, None);
            }
            Err(_) => self.log = None,
        }
        looked
    }

    fn try_look(&mut self) -> Result<u64, ServeError> {
        let log = match &mut self.log {
            Some(log) => log,
            log => log.insert(self.spec.journal().follow()?),
        };
        if self.replica.is_none() {
            self.replica = AnyReplica::begin(&self.spec)?;
        }
        self.replica.as_mut().map_or(Ok(0), |replica| replica.catch_up(&mut **log))
    }
}
