//! What is measured of the traffic service.

use crate::metrics::from_zero;
use paceline_road::traffic::SensorCounts;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// Why a new metric came into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Reason {
    /// A speed or a closure was reported.
    Reported,
    /// It was time.
    Due,
    /// Much has changed.
    Changed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReason {
    reason: Reason,
}

/// What became of a vehicle's position as a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Fate {
    Matched,
    OffMap,
    Implausible,
    Dropped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByFate {
    fate: Fate,
}

/// The service's metrics, as they are exported.
#[derive(Clone)]
pub(crate) struct TrafficFigures {
    metrics: Family<ByReason, Counter>,
    customise_seconds: Histogram,
    probes: Family<ByFate, Counter>,
    edges_known: Gauge,
}

impl Default for TrafficFigures {
    fn default() -> Self {
        let bounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0];
        let (metrics, probes) = (Family::default(), Family::default());
        Self { metrics, customise_seconds: Histogram::new(bounds), probes, edges_known: Gauge::default() }
    }
}

impl TrafficFigures {
    pub(crate) fn register(&self, r: &mut Registry) {
        r.register("traffic_metrics", "New travel times in force, by reason", self.metrics.clone());
        from_zero(
            &self.metrics,
            [Reason::Reported, Reason::Due, Reason::Changed].map(|reason| ByReason { reason }),
        );
        let took = "Time to make travel times ready for questions, in the background";
        r.register("traffic_customise_seconds", took, self.customise_seconds.clone());
        r.register("traffic_probes", "Positions of vehicles under way, by fate", self.probes.clone());
        let fates = [Fate::Matched, Fate::OffMap, Fate::Implausible, Fate::Dropped];
        from_zero(&self.probes, fates.map(|fate| ByFate { fate }));
        let known = "Edges whose speed is reported or observed, as of the newest travel times";
        r.register("traffic_edges_known", known, self.edges_known.clone());
    }
    /// New travel times are in force.
    pub(super) fn swapped(&self, reason: Reason, took: Duration) {
        self.metrics.get_or_create(&ByReason { reason }).inc();
        self.customise_seconds.observe(took.as_secs_f64());
    }
    pub(super) fn known(&self, edges: u64) {
        self.edges_known.set(edges as i64);
    }
    /// What has become of all probes since the start; `lost` found no room on their way to the sensor.
    pub(super) fn probes(&self, counts: SensorCounts, lost: u64) {
        let fates = [
            (Fate::Matched, counts.matched),
            (Fate::OffMap, counts.off_map),
            (Fate::Implausible, counts.implausible),
            (Fate::Dropped, counts.dropped + lost),
        ];
        for (fate, total) in fates {
            let counter = self.probes.get_or_create(&ByFate { fate });
            counter.inc_by(total.saturating_sub(counter.get()));
        }
    }
}
