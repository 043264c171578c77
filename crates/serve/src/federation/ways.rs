//! What every task that speaks to a cluster shares: the region, where reports go, what wakes it, and what is counted.

use super::reports::ClusterReports;
use crate::http::App;
use crate::metrics::from_zero;
use paceline_engine::federation::Federation;
use paceline_supervise::sync::watch;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::sync::Arc;

/// What came of speaking to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum Outcome {
    Answered,
    Refused,
    Unanswered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: Outcome,
}

/// How often clusters were asked and told, and what came of it.
#[derive(Clone, Default)]
pub(super) struct LinkMetrics {
    asked: Family<ByOutcome, Counter>,
    told: Family<ByOutcome, Counter>,
}

impl LinkMetrics {
    pub(super) fn register(&self, r: &mut Registry) {
        r.register("clusters_asked", "Times that a cluster was asked for its summary", self.asked.clone());
        r.register(
            "clusters_told",
            "Times that a cluster was told its part of a workload",
            self.told.clone(),
        );
        let all = [Outcome::Answered, Outcome::Refused, Outcome::Unanswered];
        from_zero(&self.asked, all.map(|outcome| ByOutcome { outcome }));
        from_zero(&self.told, all.map(|outcome| ByOutcome { outcome }));
    }
    pub(super) fn asked(&self, outcome: Outcome) {
        self.asked.get_or_create(&ByOutcome { outcome }).inc();
    }
    pub(super) fn told(&self, outcome: Outcome) {
        self.told.get_or_create(&ByOutcome { outcome }).inc();
    }
}

/// What such a task has.
#[derive(Clone)]
pub(super) struct Ways {
    pub(super) app: App<Federation>,
    pub(super) reports: Arc<ClusterReports>,
    /// Changes when something else is to be told.
    pub(super) woken: watch::Receiver<u64>,
    pub(super) metrics: LinkMetrics,
}
