//! New options for a running region, of whatever kind: read again from where they came from, adopted whole or not at all.

use crate::kind::Kind;
use crate::metrics::from_zero;
use crate::problem::Problem;
use crate::region::handle::Ask;
use futures_util::future::BoxFuture;
use paceline_api::Code;
use paceline_engine::FleetOptions;
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
    fn of_region(self, name: &RegionId, section: &str) -> Self {
        match self {
            Self::Invalid(invalid) => Self::Invalid(invalid.within(&format!("regions.{name}.{section}"))),
            Self::Unreadable(why) => Self::Unreadable(format!("region {name}: {why}")),
        }
    }
}

/// Reads a region's options again. May block.
pub type ReadOptions<Options = FleetOptions> = Arc<dyn Fn() -> Result<Options, ReloadError> + Send + Sync>;

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
        r.register("options_reloads", "Times that the region's options were read again", counts.clone());
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

/// The ways to a region, of one kind, that new options take.
pub(crate) struct Ways<W: Kind> {
    pub(crate) asks: mpsc::WeakSender<Ask<W>>,
    pub(crate) durable: watch::Receiver<Version>,
}

impl<W: Kind> Clone for Ways<W> {
    fn clone(&self) -> Self {
        Self { asks: self.asks.clone(), durable: self.durable.clone() }
    }
}

impl<W: Kind> Ways<W> {
    /// Hands options in. Returns whether they are others than before, and the version of the world that is run by them, once it is durable.
    async fn set(mut self, options: W::Setting) -> Result<(bool, Version), Problem> {
        let (caller, answer) = oneshot::channel("the region's answer");
        let asks = self.asks.upgrade().ok_or_else(Problem::draining)?;
        asks.send(Ask::Set(Box::new(options), caller)).await.map_err(|_| Problem::draining())?;
        drop(asks);
        let (changed, version) = answer.recv().await.map_err(|_| Problem::draining())?;
        self.durable.wait_for(|durable| *durable >= version).await.map_err(|_| Problem::draining())?;
        Ok((changed, version))
    }
}

/// Hands in what was read, once it is awaited.
type Adopt = BoxFuture<'static, Result<(bool, Version), Problem>>;

/// How one region's options are read again, and where they go.
pub(crate) struct RegionReload {
    name: RegionId,
    /// Where in `[regions.NAME]` they stand.
    section: &'static str,
    read: Arc<dyn Fn() -> Result<Adopt, ReloadError> + Send + Sync>,
    counts: ReloadCounts,
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

    async fn read(&self, region: &RegionReload) -> Result<Adopt, Problem> {
        let (to, done) = oneshot::channel("the options");
        let read = region.read.clone();
        let spawned = self.spawner.spawn_blocking("read options", Until::Within(READ_MAX), move |_| {
            // Whoever asked may have gone away.
            _ = to.send(read());
        });
        spawned.ok_or_else(Problem::draining)?;
        done.recv().await.map_err(|_| Problem::draining())?.map_err(|error| {
            region.counts.count(Verdict::Refused);
            let several = self.regions.len() > 1;
            let error = if several { error.of_region(&region.name, region.section) } else { error };
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
    /// `read` reads and checks.
    pub(crate) fn of<W: Kind>(
        name: RegionId,
        section: &'static str,
        ways: Ways<W>,
        read: impl Fn() -> Result<W::Setting, ReloadError> + Send + Sync + 'static,
        counts: ReloadCounts,
    ) -> Self {
        let read = move || {
            let (options, ways) = (read()?, ways.clone());
            Ok(Box::pin(ways.set(options)) as Adopt)
        };
        Self { name, section, read: Arc::new(read), counts }
    }

    async fn adopt(&self, read: Adopt) -> Result<RegionReloaded, Problem> {
        let (changed, version) = read.await?;
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
