//! Takes in new options of all regions that run.

use crate::problem::Problem;
use crate::reload::{RegionReload, RegionReloaded};
use crate::running::RunningRegions;
use paceline_supervise::{NamedExt as _, Spawner};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Reloaded {
    /// Whether anything was different.
    changed: bool,
    regions: Vec<RegionReloaded>,
}

/// Takes in new options of all regions that run, on request and on SIGHUP.
#[derive(Clone)]
pub(crate) struct Reloader {
    regions: RunningRegions,
    spawner: Spawner,
}

impl Reloader {
    pub(crate) fn new(regions: RunningRegions, spawner: Spawner) -> Self {
        Self { regions, spawner }
    }

    /// Reads and checks the options of all regions, then adopts them; answers when the changes are durable. Where those of one
    /// region break a rule, no region adopts any. `None`: no region has options that could be read again.
    pub(crate) async fn reload(&self) -> Result<Option<Reloaded>, Problem> {
        let running = self.regions.now();
        let reloads: Vec<&RegionReload> =
            running.iter().filter_map(|region| region.reload.as_ref()).collect();
        if reloads.is_empty() {
            return Ok(None);
        }
        let mut read = Vec::with_capacity(reloads.len());
        for region in &reloads {
            read.push(region.read(&self.spawner, self.regions.are_several()).await?);
        }
        let mut regions = Vec::with_capacity(read.len());
        for (region, options) in reloads.into_iter().zip(read) {
            regions.push(region.adopt(options).await?);
        }
        Ok(Some(Reloaded { changed: regions.iter().any(|region| region.changed), regions }))
    }

    /// Reads again on each SIGHUP, until the server closes. Errors: the signal cannot be heard.
    pub(crate) async fn on_hangups(self) -> std::io::Result<()> {
        let mut hangups = signal(SignalKind::hangup())?;
        let closing = self.spawner.token();
        while let Some(Some(())) = closing.run_until_cancelled(hangups.recv()).named("SIGHUP").await {
            // What went wrong is logged and counted where it is known.
            _ = self.reload().await;
        }
        Ok(())
    }
}
