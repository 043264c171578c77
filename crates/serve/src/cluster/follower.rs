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

/// Time between two looks for what was written: what is left to replay at a takeover.
const LOOK_EVERY: Duration = Duration::from_millis(200);

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
            let mut following = Replaying { spec, log: None, replica: None };
            let (mut told, _grant) = (Some(told), grant);
            while !ends.is_cancelled() {
                match following.look() {
                    Ok(()) => {
                        if let Some(told) = told.take() {
                            let caught_up = Input::CaughtUp(following.spec.name().clone());
                            // Nobody listening means that the server ends.
                            _ = told.blocking_send(Told::Input(caught_up));
                        }
                    }
                    Err(error) => {
                        tracing::debug!(region = %following.spec.name(), %error, "cannot be followed for now");
                    }
                }
                runtime.block_on(pause(&ends));
            }
            if let Some(replica) = following.replica {
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

async fn pause(ends: &CancellationToken) {
    _ = tokio::time::timeout(LOOK_EVERY, ends.cancelled()).named("what a region's owner writes").await;
}

struct Replaying {
    spec: AnyRegion,
    /// `None`: the next look begins anew.
    log: Option<Box<dyn Following>>,
    replica: Option<AnyReplica>,
}

impl Replaying {
    fn look(&mut self) -> Result<(), ServeError> {
        let looked = self.try_look();
        match &looked {
            Ok(()) => {}
            // Snapshots have taken the place of what was to be read next, or it does not follow.
            Err(ServeError::Journal(JournalError::Missing { .. }) | ServeError::NotReplayed { .. }) => {
                (self.log, self.replica) = (None, None);
            }
            Err(_) => self.log = None,
        }
        looked
    }

    fn try_look(&mut self) -> Result<(), ServeError> {
        let log = match &mut self.log {
            Some(log) => log,
            log => log.insert(self.spec.journal().follow()?),
        };
        if self.replica.is_none() {
            self.replica = AnyReplica::begin(&self.spec)?;
        }
        match &mut self.replica {
            Some(replica) => replica.catch_up(&mut **log).map(drop),
            None => Ok(()),
        }
    }
}
