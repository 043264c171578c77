//! Regions that begin and end while the server runs. Each has a scope of its own, which ends what it has begun.

use super::follower::Follower;
use super::opened::{Hosted, Opened};
use super::told::Told;
use crate::any_region::{AnyRegion, AnySetup};
use crate::journal_writer::JournalStatus;
use crate::region::setup::Host;
use crate::running::{Running, RunningRegions};
use paceline_cluster::Input;
use paceline_model::RegionId;
use paceline_supervise::sync::mpsc::{self, error::SendError};
use paceline_supervise::sync::watch;
use paceline_supervise::{NamedExt as _, Scope, Spawner, Until};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// Longest that requests under way are waited for before a region is closed.
const UNDER_WAY_MAX: Duration = Duration::from_millis(250);
/// Time between two looks whether any still is.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Opens and closes regions.
pub(super) struct Hosting {
    host: Arc<Host>,
    spawner: Spawner,
    specs: BTreeMap<RegionId, AnyRegion>,
    running: RunningRegions,
    hosted: BTreeMap<RegionId, Hosted>,
    followers: BTreeMap<RegionId, Follower>,
    told: mpsc::Sender<Told>,
}

impl Hosting {
    pub(super) fn new(
        host: Host,
        spawner: Spawner,
        specs: Vec<AnyRegion>,
        running: RunningRegions,
        told: mpsc::Sender<Told>,
    ) -> Self {
        let specs = specs.into_iter().map(|spec| (spec.name().clone(), spec)).collect();
        let (host, hosted, followers) = (Arc::new(host), BTreeMap::new(), BTreeMap::new());
        Self { host, spawner, specs, running, hosted, followers, told }
    }

    /// Reads a region from its journal, which fences whoever had it, and begins to run it, beside everything else.
    pub(super) fn open(&mut self, region: RegionId) {
        let Some(spec) = self.specs.get(&region).cloned() else { return };
        let follower = self.followers.remove(&region);
        let (told, host, spawner) = (self.told.clone(), self.host.clone(), self.spawner.clone());
        let runtime = Handle::current();
        self.spawner.spawn_blocking("open region", Until::Owner, move |_| {
            let replayed = follower.and_then(|follower| runtime.block_on(follower.take()));
            let setup = AnySetup::recover(spec, host.clock, replayed);
            let opened = setup.map(|setup| Box::new(Opened::begin(setup, &host, &spawner)));
            let unsaid = told.blocking_send(Told::Recovered(region, opened));
            // The server ends meanwhile.
            if let Err(SendError(Told::Recovered(_, Ok(opened)))) = unsaid {
                runtime.block_on(opened.hosted.scope.close(host.options.drain_grace.into()));
            }
        });
    }

    /// Replays what a region's owner writes.
    pub(super) fn follow(&mut self, region: RegionId) {
        if let Some(spec) = self.specs.get(&region).cloned() {
            let grant = self.host.allowance.grant();
            let follower = Follower::start(&self.spawner, spec, self.told.clone(), grant);
            self.followers.insert(region, follower);
        }
    }

    /// Does so no longer.
    pub(super) fn unfollow(&mut self, region: &RegionId) {
        if let Some(follower) = self.followers.remove(region) {
            follower.end();
        }
    }

    /// Lets in who asks for a region that runs.
    pub(super) fn admit(&mut self, region: RegionId, opened: Opened) {
        self.watch(&region, &opened.running, &opened.hosted.scope);
        self.running.begin(opened.running);
        self.hosted.insert(region, opened.hosted);
    }

    /// Says so when another server has taken a region's log, or its part here broke.
    fn watch(&self, region: &RegionId, running: &Running, scope: &Scope) {
        let (told, region, broken) = (self.told.clone(), region.clone(), scope.token());
        let status = running.journal.clone();
        self.spawner.spawn("watch region", Until::Owner, async move {
            tokio::select! {
                () = fenced(status) => {}
                () = broken.cancelled() => {}
            }
            // Nobody listening means that the server ends.
            _ = told.send(Told::Input(Input::Fenced(region))).await;
        });
    }

    /// Lets nobody in any more, waits for those who are, then makes all durable and lets go of the log.
    pub(super) fn close(&mut self, region: RegionId) {
        let (found, hosted) = (self.running.end(&region), self.hosted.remove(&region));
        let (told, grace) = (self.told.clone(), Duration::from(self.host.options.drain_grace));
        self.spawner.spawn("close region", Until::Owner, async move {
            if let Some(running) = found {
                leave(running).await;
            }
            if let Some(hosted) = hosted {
                let closed = hosted.scope.close(grace).await;
                if !closed.stayed.is_empty() {
                    tracing::error!(%region, stayed = ?closed.stayed, "tasks of a region outlive it");
                }
            }
            // Nobody listening means that the server ends.
            _ = told.send(Told::Input(Input::Closed(region))).await;
        });
    }
}

/// Waits until nobody else holds the region, for a while.
async fn leave(running: Arc<Running>) {
    let alone = async {
        while Arc::strong_count(&running) > 1 {
            tokio::time::sleep(LOOK_EVERY).named("requests under way").await;
        }
    };
    _ = tokio::time::timeout(UNDER_WAY_MAX, alone).await;
}

async fn fenced(mut status: watch::Receiver<JournalStatus>) {
    if status.wait_for(|status| status.fenced).await.is_err() {
        // The writer has ended: so does the region, which is seen by its scope.
        std::future::pending::<()>().await;
    }
}
