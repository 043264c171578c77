//! What is measured: for Prometheus, and the key figures of the page.

use crate::clock::ClockStatus;
use crate::hotspots::Hotspots;
use crate::reload::ReloadCounts;
use crate::shadow::ShadowBook;
use crate::task_metrics::TaskMetrics;
use crate::traffic::TrafficFigures;
use axum::http::StatusCode;
use paceline_api::Job;
use paceline_engine::{Change, RoundSummary};
use paceline_model::{Event, Instant, OrderId, VehicleId};
use paceline_supervise::{Admission, LoadShedder, Supervisor};
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Outcome {
    Served,
    TimedOut,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByOutcome {
    outcome: Outcome,
}

/// The class of an HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Class(&'static str);

impl Class {
    const ALL: [Self; 5] = [Self("1xx"), Self("2xx"), Self("3xx"), Self("4xx"), Self("5xx")];

    pub(crate) fn of(status: StatusCode) -> Self {
        // Statuses lie between 100 and 999; those above 599 are nobody's, and count as the server's.
        let class = usize::from(status.as_u16() / 100);
        Self::ALL[class.clamp(1, 5) - 1]
    }
}

impl EncodeLabelValue for Class {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.write_str(self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByClass {
    class: Class,
}

/// Whether new work is admitted from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByAdmission {
    to: To,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum To {
    Admitting,
    Shedding,
    Probing,
}

/// Shared by all parts; every field counts by itself.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) orders_placed: Counter,
    pub(crate) orders_ended: Family<ByOutcome, Counter>,
    pub(crate) dispatch_failed: Counter,
    pub(crate) orders_moved: Counter,
    pub(crate) commands_refused: Counter,
    pub(crate) requests_turned_away: Counter,
    pub(crate) readings: Counter,
    http_responses: Family<ByClass, Counter>,
    load_shedder_changes: Family<ByAdmission, Counter>,
    pub(crate) rounds_degraded: Counter,
    pub(crate) assignments_stale: Counter,
    pub(crate) ticks_skipped: Counter,
    pub(crate) ticks_missed: Counter,
    clock_offset_ms: Gauge,
    clock_jumps: Counter,
    pub(crate) readings_ahead: Counter,
    pub(crate) round_seconds: Histogram,
    pub(crate) open_orders: Gauge,
    pub(crate) queue: Gauge,
    pub(crate) streams: Gauge,
    pub(crate) version: Gauge,
    pub(crate) shadow: Arc<ShadowBook>,
    pub(crate) reloads: ReloadCounts,
    pub(crate) traffic: TrafficFigures,
    routes_cut: Counter,
}

impl Metrics {
    pub(crate) fn new(supervisor: &Supervisor, load_shedder: &Arc<LoadShedder>, hotspots: &Hotspots) -> Self {
        // From 1 ms to 1 s, close enough below 20 ms to tell a quiet round from a long one; the tick of 0.2 s and the budget
        // of 0.3 s are bounds of their own.
        let bounds =
            [0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.3, 0.5, 1.0];
        let mut metrics = Self {
            registry: Registry::with_prefix("paceline"),
            orders_placed: Counter::default(),
            orders_ended: Family::default(),
            dispatch_failed: Counter::default(),
            orders_moved: Counter::default(),
            commands_refused: Counter::default(),
            requests_turned_away: Counter::default(),
            readings: Counter::default(),
            http_responses: Family::default(),
            load_shedder_changes: Family::default(),
            rounds_degraded: Counter::default(),
            assignments_stale: Counter::default(),
            ticks_skipped: Counter::default(),
            ticks_missed: Counter::default(),
            clock_offset_ms: Gauge::default(),
            clock_jumps: Counter::default(),
            readings_ahead: Counter::default(),
            round_seconds: Histogram::new(bounds),
            open_orders: Gauge::default(),
            queue: Gauge::default(),
            streams: Gauge::default(),
            version: Gauge::default(),
            shadow: Arc::default(),
            reloads: ReloadCounts::default(),
            traffic: TrafficFigures::default(),
            routes_cut: Counter::default(),
        };
        metrics.register();
        let found = "Places where tasks or time pile up, by rule";
        metrics.registry.register("hotspots", found, hotspots.counts());
        metrics.registry.register_collector(Box::new(TaskMetrics::of(supervisor, load_shedder)));
        metrics
    }

    /// Counts a change of the load shedder.
    pub(crate) fn admission_changed(&self, to: Admission) {
        let to = match to {
            Admission::Admitting => To::Admitting,
            Admission::Shedding => To::Shedding,
            Admission::Probing => To::Probing,
        };
        self.load_shedder_changes.get_or_create(&ByAdmission { to }).inc();
    }

    fn register(&mut self) {
        let r = &mut self.registry;
        r.register("orders_placed", "Orders taken", self.orders_placed.clone());
        r.register("orders_ended", "Orders by outcome", self.orders_ended.clone());
        r.register("dispatch_failed", "Times that an order lost its vehicle", self.dispatch_failed.clone());
        let moved = "Times that an order was moved to another vehicle than was on its way to it";
        r.register("orders_moved", moved, self.orders_moved.clone());
        r.register(
            "commands_refused",
            "Commands that the world did not allow",
            self.commands_refused.clone(),
        );
        r.register("load_shedder_changes", "Changes of the load shedder", self.load_shedder_changes.clone());
        let turned_away = self.requests_turned_away.clone();
        r.register("requests_turned_away", "Requests answered 429 because a queue was full", turned_away);
        r.register(
            "http_responses",
            "Answers to the public, by class of status",
            self.http_responses.clone(),
        );
        for outcome in [Outcome::Served, Outcome::TimedOut, Outcome::Cancelled] {
            _ = self.orders_ended.get_or_create(&ByOutcome { outcome });
        }
        for to in [To::Admitting, To::Shedding, To::Probing] {
            _ = self.load_shedder_changes.get_or_create(&ByAdmission { to });
        }
        for class in Class::ALL {
            // Shown from the start: a rate needs the zero before the first.
            _ = self.http_responses.get_or_create(&ByClass { class });
        }
        r.register("readings", "Vehicle readings taken", self.readings.clone());
        let ahead = "Vehicle readings whose time was too far ahead and counts as now";
        r.register("readings_ahead", ahead, self.readings_ahead.clone());
        let offset = "Milliseconds that the wall clock is ahead of the engine's";
        r.register("clock_offset_ms", offset, self.clock_offset_ms.clone());
        let jumps = "Jumps of the wall clock that were not believed";
        r.register("clock_jumps", jumps, self.clock_jumps.clone());
        r.register("rounds_degraded", "Rounds in which something ran short", self.rounds_degraded.clone());
        r.register("assignments_stale", "Assignments that no longer held", self.assignments_stale.clone());
        r.register(
            "ticks_skipped",
            "Ticks that came while a round was under way",
            self.ticks_skipped.clone(),
        );
        r.register(
            "ticks_missed",
            "Ticks left out because the one before came more than a tick late",
            self.ticks_missed.clone(),
        );
        r.register(
            "round_seconds",
            "Time from when the tick was due to its commit",
            self.round_seconds.clone(),
        );
        r.register("open_orders", "Orders that nobody has", self.open_orders.clone());
        r.register("queue", "Commands that wait for the region", self.queue.clone());
        r.register("streams", "Streams open", self.streams.clone());
        r.register("version", "The world's version", self.version.clone());
        self.shadow.register(r);
        self.traffic.register(r);
        r.register("routes_cut", "Drives under way that a closed road cut", self.routes_cut.clone());
        self.reloads.register(r);
    }

    /// The Prometheus text format.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        _ = encode(&mut text, &self.registry);
        text
    }

    pub(crate) fn answered(&self, class: Class) {
        self.http_responses.get_or_create(&ByClass { class }).inc();
    }

    /// How the clock stands to the wall's.
    pub(crate) fn clock(&self, status: ClockStatus) {
        self.clock_offset_ms.set(status.offset_ms);
        // The clock counts for the whole process; this is a copy.
        self.clock_jumps.inner().store(status.jumps, Ordering::Relaxed);
    }

    pub(crate) fn see(&self, change: &Change) {
        let ended = |outcome| self.orders_ended.get_or_create(&ByOutcome { outcome }).inc();
        match change.event {
            Event::OrderPlaced { .. } => _ = self.orders_placed.inc(),
            Event::RidersDroppedOff { .. } => _ = ended(Outcome::Served),
            Event::OrderTimedOut { .. } => _ = ended(Outcome::TimedOut),
            Event::OrderCancelled { .. } => _ = ended(Outcome::Cancelled),
            Event::DispatchFailed { .. } => _ = self.dispatch_failed.inc(),
            Event::OrderMoved { .. } => _ = self.orders_moved.inc(),
            Event::RouteCut { .. } => _ = self.routes_cut.inc(),
            _ => {}
        }
    }
}

/// Rounds whose times the page's percentiles are of: about two minutes.
const ROUNDS_KEPT: usize = 600;

/// The key figures since the server started.
#[derive(Default)]
pub(crate) struct Figures {
    placed: u64,
    served: u64,
    timed_out: u64,
    cancelled: u64,
    degraded: u64,
    events: u64,
    waits_ms: u64,
    waits: u64,
    placed_at: BTreeMap<OrderId, Instant>,
    empty_cm: u64,
    /// Pick-ups that `empty_cm` is of.
    pickups: u64,
    rounds: VecDeque<Duration>,
    /// Drives to pick-ups that were given out, until their riders are in.
    approaching: BTreeMap<VehicleId, u64>,
}

impl Figures {
    pub(crate) fn see(&mut self, change: &Change) {
        self.events += 1;
        match &change.event {
            Event::OrderPlaced { spec } => {
                self.placed += 1;
                self.placed_at.insert(spec.id.clone(), change.at);
            }
            Event::OfferMade { vehicle, weighing, .. }
            | Event::OrderAssigned { vehicle, weighing, .. }
            | Event::OrderMoved { vehicle, weighing, .. } => {
                let taken = weighing.candidates.iter().find(|candidate| candidate.passed_over.is_none());
                let distance = taken.map_or(0, |candidate| candidate.pickup_distance.0);
                self.approaching.insert(vehicle.clone(), distance.into());
            }
            Event::RidersPickedUp { order, vehicle } => {
                if let Some(placed) = self.placed_at.remove(order) {
                    self.waits_ms += u64::from(change.at.since(placed).0);
                    self.waits += 1;
                }
                self.empty_cm += self.approaching.remove(vehicle).unwrap_or(0);
                self.pickups += 1;
            }
            Event::RidersDroppedOff { .. } => self.served += 1,
            Event::OrderTimedOut { order } => {
                self.timed_out += 1;
                self.placed_at.remove(order);
            }
            Event::OrderCancelled { order } => {
                self.cancelled += 1;
                self.placed_at.remove(order);
            }
            _ => {}
        }
    }
    pub(crate) fn round(&mut self, summary: &RoundSummary, took: Duration) {
        self.degraded += u64::from(!summary.degraded.is_empty());
        if self.rounds.len() == ROUNDS_KEPT {
            self.rounds.pop_front();
        }
        self.rounds.push_back(took);
    }
    pub(crate) fn shown(
        &self,
        at: Instant,
        version: u64,
        open: usize,
        vehicles: BTreeMap<Job, u32>,
    ) -> paceline_api::stream::Figures {
        let mut rounds: Vec<Duration> = self.rounds.iter().copied().collect();
        rounds.sort_unstable();
        let quantile = |percent: usize| {
            let at = (rounds.len() * percent / 100).min(rounds.len().saturating_sub(1));
            rounds.get(at).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
        };
        let mean = |sum: u64, count: u64, unit: f64| (count > 0).then(|| sum as f64 / count as f64 / unit);
        let ended = self.served + self.timed_out;
        paceline_api::stream::Figures {
            at,
            version,
            open: open as u64,
            placed: self.placed,
            served: self.served,
            timed_out: self.timed_out,
            cancelled: self.cancelled,
            service_rate: mean(self.served, ended, 1.0),
            wait_mean_s: mean(self.waits_ms, self.waits, 1_000.0),
            pickup_km_mean: mean(self.empty_cm, self.pickups, 100_000.0),
            round_p50_ms: quantile(50),
            round_p99_ms: quantile(99),
            degraded: self.degraded,
            events: self.events,
            vehicles,
        }
    }
}
