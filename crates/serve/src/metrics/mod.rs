//! What is measured, for Prometheus. Each part of a server has a group of its own, which registers itself: those of a region in the
//! region's registry, those of the process in the process's.

mod exposition;
mod figures;
mod journal;
mod newest;
mod process;

pub(crate) use exposition::{Exposition, MEDIA, text};
pub(crate) use figures::Figures;
pub(crate) use journal::JournalMetrics;
pub(crate) use newest::Newest;
pub(crate) use process::{Answers, process};

use paceline_engine::Change;
use paceline_model::{Event, RegionId};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::hash::Hash;
use std::time::Duration;

/// What every metric's name begins with.
const PREFIX: &str = "paceline";

/// The registry of one region, whose name is a label of each of its metrics.
pub(crate) fn of_region(name: &RegionId) -> Registry {
    Registry::with_prefix_and_labels(PREFIX, [("region".into(), name.to_string().into())].into_iter())
}

/// Shows counters from the start: a rate needs the zero before the first.
pub(crate) fn from_zero<L: Clone + Hash + Eq, M>(family: &Family<L, M>, labels: impl IntoIterator<Item = L>) {
    labels.into_iter().for_each(|label| _ = family.get_or_create(&label));
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Outcome {
    Served,
    TimedOut,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: Outcome,
}

/// What a region's task measures. Every counter counts by itself.
#[derive(Clone, Default)]
pub(crate) struct RegionMetrics {
    pub(crate) version: Gauge,
    pub(crate) rounds: RoundMetrics,
    pub(crate) requests: RequestMetrics,
    pub(crate) journal: JournalMetrics,
}

impl RegionMetrics {
    pub(crate) fn register(&self, r: &mut Registry) {
        r.register("version", "The world's version", self.version.clone());
        self.rounds.register(r);
        self.requests.register(r);
        self.journal.register(r);
    }
}

/// What happens in the world of a fleet, and how it stands.
#[derive(Clone, Default)]
pub(crate) struct WorldMetrics {
    placed: Counter,
    ended: Family<ByOutcome, Counter>,
    dispatch_failed: Counter,
    moved: Counter,
    routes_cut: Counter,
    pub(crate) open_orders: Gauge,
}

impl WorldMetrics {
    pub(crate) fn register(&self, r: &mut Registry) {
        r.register("orders_placed", "Orders taken", self.placed.clone());
        r.register("orders_ended", "Orders by outcome", self.ended.clone());
        r.register("dispatch_failed", "Times that an order lost its vehicle", self.dispatch_failed.clone());
        r.register("orders_moved", "Times that an order went to a better vehicle", self.moved.clone());
        r.register("routes_cut", "Drives under way that a closed road cut", self.routes_cut.clone());
        r.register("open_orders", "Orders that nobody has", self.open_orders.clone());
        let outcomes = [Outcome::Served, Outcome::TimedOut, Outcome::Cancelled];
        from_zero(&self.ended, outcomes.map(|outcome| ByOutcome { outcome }));
    }

    pub(crate) fn see(&self, change: &Change) {
        let ended = |outcome| self.ended.get_or_create(&ByOutcome { outcome }).inc();
        match change.event {
            Event::OrderPlaced { .. } => _ = self.placed.inc(),
            Event::RidersDroppedOff { .. } => _ = ended(Outcome::Served),
            Event::OrderTimedOut { .. } => _ = ended(Outcome::TimedOut),
            Event::OrderCancelled { .. } => _ = ended(Outcome::Cancelled),
            Event::DispatchFailed { .. } => _ = self.dispatch_failed.inc(),
            Event::OrderMoved { .. } => _ = self.moved.inc(),
            Event::RouteCut { .. } => _ = self.routes_cut.inc(),
            _ => {}
        }
    }
}

/// How rounds and their ticks go.
#[derive(Clone)]
pub(crate) struct RoundMetrics {
    seconds: Histogram,
    degraded: Counter,
    stale: Counter,
    pub(crate) ticks_skipped: Counter,
    pub(crate) ticks_missed: Counter,
}

impl Default for RoundMetrics {
    fn default() -> Self {
        // From 1 ms to 1 s, close enough below 20 ms to tell a quiet round from a long one; the tick of 0.2 s and the budget
        // of 0.3 s are bounds of their own.
        let bounds =
            [0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.3, 0.5, 1.0];
        Self {
            seconds: Histogram::new(bounds),
            degraded: Counter::default(),
            stale: Counter::default(),
            ticks_skipped: Counter::default(),
            ticks_missed: Counter::default(),
        }
    }
}

impl RoundMetrics {
    fn register(&self, r: &mut Registry) {
        r.register("round_seconds", "Time from when the tick was due to its commit", self.seconds.clone());
        r.register("rounds_degraded", "Rounds in which something ran short", self.degraded.clone());
        r.register("assignments_stale", "Assignments that no longer held", self.stale.clone());
        r.register("ticks_skipped", "Ticks while a round was under way", self.ticks_skipped.clone());
        r.register("ticks_missed", "Ticks left out because one came too late", self.ticks_missed.clone());
    }

    pub(crate) fn ended(&self, stale: u64, degraded: bool, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
        self.stale.inc_by(stale);
        self.degraded.inc_by(u64::from(degraded));
    }
}

/// What is asked of a region, and who listens to it.
#[derive(Clone, Default)]
pub(crate) struct RequestMetrics {
    pub(crate) refused: Counter,
    pub(crate) turned_away: Counter,
    pub(crate) queue: Gauge,
    pub(crate) streams: Gauge,
    pub(crate) streams_stalled: Counter,
}

impl RequestMetrics {
    fn register(&self, r: &mut Registry) {
        r.register("commands_refused", "Commands that the world did not allow", self.refused.clone());
        r.register(
            "requests_turned_away",
            "Answers 429 as a queue was full, or stood",
            self.turned_away.clone(),
        );
        r.register("queue", "Commands that wait for the region", self.queue.clone());
        r.register("streams", "Streams open", self.streams.clone());
        r.register("streams_stalled", "Streams whose client did not read", self.streams_stalled.clone());
    }
}
