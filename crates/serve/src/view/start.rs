//! The read model of one region from its settings to its task: what it goes by, and the ways to it.

use super::feed::{Feed, Shared};
use super::model::Model;
use super::projector::{self, Projector};
use super::reader::{Shown, ViewHandle};
use super::rows::Delta;
use super::world::Digests;
use crate::clock::Clock;
use crate::hooks::TestHooks;
use crate::metrics::RegionMetrics;
use crate::stream::{Stream, StreamOptions};
use paceline_engine::{Fleet, Ledger};
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
    pub(crate) clock: Clock,
    pub(crate) hooks: Option<TestHooks>,
}

/// Starts the read model of a recovered world, with the region's way to it and everybody else's. It ends when the region does.
pub(crate) fn start(scope: &Spawner, ledger: &Ledger<Fleet>, options: ViewOptions) -> (Feed, ViewHandle) {
    let ViewOptions { ring_max, clients_max, timeout, moments, metrics, clock, hooks } = options;
    let stalled = metrics.requests.streams_stalled.clone();
    let told = StreamOptions { ring_max, clients_max, stalled };
    let stream = Arc::new(Stream::new(told, ledger.durable(), moments));
    let mut model = Model::default();
    model.apply(ledger.durable(), Delta::whole(ledger.world()));
    let (shown, shared) = (Arc::new(Shown::new(model)), Shared::default());
    let (feed, fed) = Feed::new(ledger.version(), shared.clone());
    let parts = Projector {
        fed,
        shared: shared.clone(),
        shown: shown.clone(),
        stream: stream.clone(),
        metrics,
        clock,
        hooks,
    };
    projector::start(scope, parts);
    (feed, ViewHandle { shown, shared, timeout, stream, digests: Digests::start(scope) })
}
