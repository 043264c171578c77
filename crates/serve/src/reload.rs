//! New fleet options for a running region: read again from where they came from, adopted whole or not at all.

use crate::metrics::from_zero;
use crate::problem::Problem;
use crate::region::handle::Ask;
use paceline_api::Code;
use paceline_engine::{FleetOptions, Setting};
use paceline_model::{Invalid, RegionId, Version};
use paceline_supervise::sync::{mpsc, oneshot, watch};
use paceline_supervise::{NamedExt as _, Spawner, Until};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Why options that were read again are not adopted. The old ones stay.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// A value breaks a rule.
    #[error("E0101 {0}")]
    Invalid(#[from] Invalid),
    /// The configuration cannot be read, or has a field that is not known.
    #[error("E0606 the configuration cannot be read: {0}")]
    Unreadable(String),
}

impl ReloadError {
    /// The same, saying which of several regions it is about, as their configuration does.
    fn of_region(self, name: &RegionId) -> Self {
        match self {
            Self::Invalid(invalid) => Self::Invalid(invalid.within(&format!("regions.{name}.fleet"))),
            Self::Unreadable(why) => Self::Unreadable(format!("region {name}: {why}")),
        }
    }
}

/// Reads the fleet's options again. May block.
pub type ReadOptions = Arc<dyn Fn() -> Result<FleetOptions, ReloadError> + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Verdict {
    Adopted,
    Unchanged,
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    result: Verdict,
}

/// How often options were read again, by what came of it.
pub(crate) struct ReloadCounts(Family<ByResult, Counter>);

impl ReloadCounts {
    pub(crate) fn registered(r: &mut Registry) -> Self {
        let counts = Family::<ByResult, Counter>::default();
        r.register("options_reloads", "Times that the fleet's options were read again", counts.clone());
        let verdicts = [Verdict::Adopted, Verdict::Unchanged, Verdict::Refused];
        from_zero(&counts, verdicts.map(|result| ByResult { result }));
        Self(counts)
    }
    fn count(&self, result: Verdict) {
        self.0.get_or_create(&ByResult { result }).inc();
    }
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Reloaded {
    /// Whether anything was different.
    changed: bool,
    regions: Vec<RegionReloaded>,
}

/// What came of it in one region.
#[derive(Debug, Serialize)]
struct RegionReloaded {
    region: String,
    changed: bool,
    /// The world that says so.
    version: u64,
}

/// Longest that reading a configuration may take.
const READ_MAX: Duration = Duration::from_secs(10);

/// How one region's options are read again, and where they go.
pub(crate) struct RegionReload {
    pub(crate) name: RegionId,
    pub(crate) read: ReadOptions,
    pub(crate) asks: mpsc::WeakSender<Ask>,
    pub(crate) durable: watch::Receiver<Version>,
    pub(crate) counts: ReloadCounts,
}

/// Takes in new options of all regions on request and on SIGHUP.
#[derive(Clone)]
pub(crate) struct Reloader {
    regions: Arc<[RegionReload]>,
    spawner: Spawner,
}

impl Reloader {
    /// `None`: no region has options that could be read again.
    pub(crate) fn new(regions: Vec<RegionReload>, spawner: Spawner) -> Option<Self> {
        (!regions.is_empty()).then(|| Self { regions: regions.into(), spawner })
    }

    /// Reads and checks the options of all regions, then adopts them; answers when the changes are durable. Where those of one
    /// region break a rule, no region adopts any.
    pub(crate) async fn reload(&self) -> Result<Reloaded, Problem> {
        let mut read = Vec::with_capacity(self.regions.len());
        for region in self.regions.iter() {
            read.push(self.read(region).await?);
        }
        let mut regions = Vec::with_capacity(read.len());
        for (region, options) in self.regions.iter().zip(read) {
            regions.push(region.adopt(options).await?);
        }
        Ok(Reloaded { changed: regions.iter().any(|region| region.changed), regions })
    }

    async fn read(&self, region: &RegionReload) -> Result<FleetOptions, Problem> {
        let (to, done) = oneshot::channel("the options");
        let read = region.read.clone();
        let spawned = self.spawner.spawn_blocking("read options", Until::Within(READ_MAX), move |_| {
            // Whoever asked may have gone away.
            _ = to.send(read());
        });
        spawned.ok_or_else(Problem::draining)?;
        let read = done.recv().await.map_err(|_| Problem::draining())?;
        let checked = read.and_then(|options| Ok(options.validate()?));
        checked.map_err(|error| {
            region.counts.count(Verdict::Refused);
            let error = if self.regions.len() > 1 { error.of_region(&region.name) } else { error };
            let region = region.name.as_str();
            tracing::warn!(region, %error, "options were read again and are not adopted; the old ones stay");
            Problem::from(error)
        })
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

impl RegionReload {
    async fn adopt(&self, options: FleetOptions) -> Result<RegionReloaded, Problem> {
        let (caller, answer) = oneshot::channel("the region's answer");
        let asks = self.asks.upgrade().ok_or_else(Problem::draining)?;
        asks.send(Ask::Set(Box::new(Setting::Options(Box::new(options))), caller))
            .await
            .map_err(|_| Problem::draining())?;
        drop(asks);
        let (changed, version) = answer.recv().await.map_err(|_| Problem::draining())?;
        let mut durable = self.durable.clone();
        durable.wait_for(|durable| *durable >= version).await.map_err(|_| Problem::draining())?;
        self.counts.count(if changed { Verdict::Adopted } else { Verdict::Unchanged });
        tracing::info!(region = self.name.as_str(), changed, version = version.0, "options were read again");
        Ok(RegionReloaded { region: self.name.to_string(), changed, version: version.0 })
    }
}

impl From<ReloadError> for Problem {
    fn from(error: ReloadError) -> Self {
        match error {
            ReloadError::Invalid(invalid) => Self::invalid(&invalid),
            ReloadError::Unreadable(why) => Self::new(Code::E0606, why),
        }
    }
}
