//! The read model of one region from its settings to its task: what it goes by, and the ways to it.

use super::feed::{Feed, Shared};
use super::projector::{self, Projector};
use super::reader::{Shown, ViewHandle};
use super::telling::Moments;
use super::world::Digests;
use crate::hooks::TestHooks;
use crate::kind::ReadModel;
use crate::metrics::RegionMetrics;
use crate::stream::{Stream, StreamOptions};
use paceline_engine::Ledger;
use paceline_supervise::{NotCritical, Spawner};
use std::sync::Arc;
use std::time::Duration;

/// What a read model goes by.
pub(crate) struct ViewOptions {
    /// Most changes that are kept for streams that come back.
    pub(crate) ring_max: usize,
    /// Most streams at once.
    pub(crate) clients_max: usize,
    /// Longest that a reader waits for what it has been told of.
    pub(crate) timeout: Duration,
    /// What is only of the moment can wait while the server is not well.
    pub(crate) moments: NotCritical,
    pub(crate) metrics: RegionMetrics,
    pub(crate) hooks: Option<TestHooks>,
}

/// Starts the read model of a recovered world, with the region's way to it and everybody else's. It ends when the region does.
/// `telling` makes what is told of the moment.
pub(crate) fn start<M: ReadModel>(
    scope: &Spawner,
    ledger: &Ledger<M::World>,
    options: ViewOptions,
    telling: impl FnOnce(&Arc<Shown<M>>, &Arc<Stream>) -> Box<dyn Moments<M>>,
) -> (Feed<M>, ViewHandle<M>) {
    let ViewOptions { ring_max, clients_max, timeout, moments, metrics, hooks } = options;
    let stalled = metrics.requests.streams_stalled.clone();
    let told = StreamOptions { ring_max, clients_max, stalled };
    let stream = Arc::new(Stream::new(told, ledger.durable(), moments));
    let mut model = M::default();
    model.apply(ledger.durable(), M::whole(ledger));
    let (shown, shared) = (Arc::new(Shown::new(model)), Shared::default());
    let (feed, fed) = Feed::new(ledger.version(), shared.clone());
    let parts = Projector {
        fed,
        shared: shared.clone(),
        shown: shown.clone(),
        stream: stream.clone(),
        moments: telling(&shown, &stream),
        metrics,
        hooks,
    };
    projector::start(scope, parts);
    (feed, ViewHandle { shown, shared, timeout, stream, digests: Digests::start(scope) })
}
