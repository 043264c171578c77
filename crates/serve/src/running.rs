//! The regions that run in this process. Those of a cluster come and go; whoever answers for all of them asks here each time.

use crate::http::ServedRegion;
use crate::journal_writer::JournalStatus;
use crate::reload::RegionReload;
use crate::stream::Stream;
use paceline_model::RegionId;
use paceline_supervise::AdmissionChange;
use paceline_supervise::sync::watch;
use prometheus_client::registry::Registry;
use std::sync::{Arc, PoisonError, RwLock};

/// A queue that can be looked at: how many wait in it, and how many may.
pub(crate) type Depth = Box<dyn Fn() -> (usize, usize) + Send + Sync>;

/// A region that runs, as the server reaches it.
pub(crate) struct Running {
    pub(crate) served: ServedRegion,
    pub(crate) registry: Arc<Registry>,
    pub(crate) stream: Arc<Stream>,
    /// `None`: its options cannot be read again.
    pub(crate) reload: Option<RegionReload>,
    pub(crate) queues: Vec<(&'static str, Depth)>,
    /// How its journal stands.
    pub(crate) journal: watch::Receiver<JournalStatus>,
}

impl Running {
    pub(crate) fn name(&self) -> &RegionId {
        &self.served.name
    }
}

/// All of them at one moment, in the order in which they came.
pub(crate) type Regions = Arc<[Arc<Running>]>;

/// Ends all regions when it is dropped.
pub(crate) struct Ending(RunningRegions);

impl Drop for Ending {
    fn drop(&mut self) {
        *self.0.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }
}

/// The regions that run here now.
#[derive(Clone)]
pub(crate) struct RunningRegions {
    now: Arc<RwLock<Regions>>,
    /// All that there are, here or on other servers.
    all: Arc<[RegionId]>,
}

impl RunningRegions {
    /// None yet, of those that there are to be.
    pub(crate) fn of(all: impl Iterator<Item = RegionId>) -> Self {
        Self { now: Arc::new(RwLock::new(Arc::default())), all: all.collect() }
    }

    /// All that there are, here or on other servers.
    pub(crate) fn all(&self) -> &[RegionId] {
        &self.all
    }

    /// Whether there are several: then each is addressed by its name.
    pub(crate) fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    /// Those that run now.
    pub(crate) fn now(&self) -> Regions {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One of them.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<Running>> {
        self.now().iter().find(|region| region.name().as_str() == name).cloned()
    }

    /// One begins.
    pub(crate) fn begin(&self, region: Running) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        *now = now.iter().cloned().chain([Arc::new(region)]).collect();
    }

    /// One ends: nobody finds it any more.
    pub(crate) fn end(&self, name: &RegionId) -> Option<Arc<Running>> {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let found = now.iter().find(|region| region.name() == name).cloned();
        *now = now.iter().filter(|region| region.name() != name).cloned().collect();
        found
    }

    /// All end once what is returned is dropped: a region runs while anybody finds it.
    pub(crate) fn end_with(&self) -> Ending {
        Ending(self.clone())
    }

    /// Tells all streams whether new work is taken.
    pub(crate) fn admission(&self, change: &AdmissionChange) {
        self.now().iter().for_each(|region| region.stream.admission(change));
    }

    /// The queues of all regions, each under its region's name where there are several.
    pub(crate) fn queues(&self) -> Vec<(String, (usize, usize))> {
        let named = |region: &RegionId, queue: &str| match self.are_several() {
            true => format!("{region} {queue}"),
            false => queue.to_owned(),
        };
        let of = |region: &Arc<Running>| {
            region
                .queues
                .iter()
                .map(|(queue, depth)| (named(region.name(), queue), depth()))
                .collect::<Vec<_>>()
        };
        self.now().iter().flat_map(of).collect()
    }
}
