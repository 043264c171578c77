//! How often other regions were told of vehicles, and what came of it.

use crate::metrics::from_zero;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum Told {
    Taken,
    Unanswered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum Relieved {
    HandedOver,
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRelieved {
    outcome: Relieved,
}

/// What is counted of vehicles that leave a region, or might.
#[derive(Clone, Default)]
pub(crate) struct HandOverMetrics {
    told: Family<ByOutcome, Counter>,
    pending: Gauge,
    relieved: Family<ByRelieved, Counter>,
    unheard: Counter,
}

impl HandOverMetrics {
    pub(crate) fn registered(r: &mut Registry) -> Self {
        let metrics = Self::default();
        let told = "Times that another region was told of a vehicle that left for it";
        r.register("hand_overs_told", told, metrics.told.clone());
        let pending = "Vehicles that left for another region, which has not said yet that it has them";
        r.register("hand_overs_pending", pending, metrics.pending.clone());
        let relieved =
            "Vehicles that were nearer to another region's order, by what became of handing them over";
        r.register("reliefs", relieved, metrics.relieved.clone());
        let unheard = "Times that another region did not say what it needs, or what it can spare";
        r.register("reliefs_unheard", unheard, metrics.unheard.clone());
        from_zero(&metrics.told, [Told::Taken, Told::Unanswered].map(|outcome| ByOutcome { outcome }));
        let all = [Relieved::HandedOver, Relieved::Refused];
        from_zero(&metrics.relieved, all.map(|outcome| ByRelieved { outcome }));
        metrics
    }
    pub(super) fn told(&self, outcome: Told) {
        self.told.get_or_create(&ByOutcome { outcome }).inc();
    }
    pub(super) fn pending(&self, count: usize) {
        self.pending.set(count as i64);
    }
    pub(super) fn relieved(&self, outcome: Relieved) {
        self.relieved.get_or_create(&ByRelieved { outcome }).inc();
    }
    pub(super) fn unheard(&self) {
        self.unheard.inc();
    }
}
