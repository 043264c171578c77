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
use paceline_supervise::{Spawner, Until};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

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

/// What came of it in one region.
#[derive(Debug, Serialize)]
pub(crate) struct RegionReloaded {
    region: String,
    pub(crate) changed: bool,
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
pub(crate) type Adopt = BoxFuture<'static, Result<(bool, Version), Problem>>;

/// How one region's options are read again, and where they go.
pub(crate) struct RegionReload {
    name: RegionId,
    /// Where in `[regions.NAME]` they stand.
    section: &'static str,
    read: Arc<dyn Fn() -> Result<Adopt, ReloadError> + Send + Sync>,
    counts: ReloadCounts,
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

    /// Reads and checks its options, on a thread of its own; `several`: there are other regions. Errors: they cannot be read, or break a rule.
    pub(crate) async fn read(&self, spawner: &Spawner, several: bool) -> Result<Adopt, Problem> {
        let (to, done) = oneshot::channel("the options");
        let read = self.read.clone();
        let spawned = spawner.spawn_blocking("read options", Until::Within(READ_MAX), move |_| {
            // Whoever asked may have gone away.
            _ = to.send(read());
        });
        spawned.ok_or_else(Problem::draining)?;
        done.recv().await.map_err(|_| Problem::draining())?.map_err(|error| {
            self.counts.count(Verdict::Refused);
            let error = if several { error.of_region(&self.name, self.section) } else { error };
            let region = self.name.as_str();
            tracing::warn!(region, %error, "options were read again and are not adopted; the old ones stay");
            Problem::from(error)
        })
    }

    /// Adopts what was read, and answers when that is durable.
    pub(crate) async fn adopt(&self, read: Adopt) -> Result<RegionReloaded, Problem> {
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
