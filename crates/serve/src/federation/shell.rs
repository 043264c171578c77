//! What stands around a federation: what its clusters say, who tells them, and what is counted.

use super::model::FederationModel;
use super::reports::ClusterReports;
use crate::clock::Stopwatch;
use crate::kind::Shell;
use crate::metrics::{RoundMetrics, from_zero};
use crate::stream::Stream;
use crate::view::{Moments, Shown};
use paceline_engine::Ledger;
use paceline_engine::federation::{Change, ClusterReport, Federation, RoundSummary};
use paceline_engine::ledger::Entry;
use paceline_model::federation::Event;
use paceline_plan::edge::federation::Problem;
use paceline_supervise::sync::watch;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;

/// Whether a cluster answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Heard {
    Reachable,
    Unreachable,
    Unheard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByHeard {
    state: Heard,
}

/// What happens in a federation, and how it stands.
#[derive(Clone, Default)]
pub(super) struct FederationMetrics {
    clusters: Family<ByHeard, Gauge>,
    lost: Counter,
    spread: Counter,
    wanted: Gauge,
    placed: Gauge,
    unplaced: Gauge,
    residue: Gauge,
}

impl FederationMetrics {
    pub(super) fn register(&self, r: &mut Registry) {
        r.register("clusters", "Clusters of the federation, by whether they answer", self.clusters.clone());
        from_zero(
            &self.clusters,
            [Heard::Reachable, Heard::Unreachable, Heard::Unheard].map(|state| ByHeard { state }),
        );
        r.register("clusters_lost", "Times that a cluster was found not to answer", self.lost.clone());
        let spread = "Times that a workload was spread otherwise than before";
        r.register("federated_workloads_spread", spread, self.spread.clone());
        r.register("federated_replicas_wanted", "Replicas of all federated workloads", self.wanted.clone());
        let placed = "Those that have a node in a cluster that answers";
        r.register("federated_replicas_placed", placed, self.placed.clone());
        r.register("federated_replicas_unplaced", "Those that no cluster was given", self.unplaced.clone());
        let residue = "Replicas that clusters may still run and are to end";
        r.register("federated_replicas_residue", residue, self.residue.clone());
    }

    fn measure(&self, model: &FederationModel) {
        for state in [Heard::Reachable, Heard::Unreachable, Heard::Unheard] {
            let is = |row: &&Arc<paceline_engine::federation::ClusterRow>| {
                let of = match (row.lost, row.heard().at) {
                    (Some(_), _) => Heard::Unreachable,
                    (None, Some(_)) => Heard::Reachable,
                    (None, None) => Heard::Unheard,
                };
                of == state
            };
            let count = model.clusters.values().filter(is).count();
            self.clusters.get_or_create(&ByHeard { state }).set(count as i64);
        }
        let rows = || model.workloads.values();
        let placed = |row: &Arc<paceline_engine::federation::FederatedRow>| {
            let of = |cluster| Some(model.clusters.get(cluster)?.of_workload(row.spec.id())?.placed);
            row.replicas.keys().filter_map(of).map(i64::from).sum::<i64>()
        };
        self.wanted.set(rows().map(|row| i64::from(row.spec.workload.replicas)).sum());
        self.placed.set(rows().map(placed).sum());
        self.unplaced.set(rows().map(|row| i64::from(row.unplaced())).sum());
        self.residue.set(rows().flat_map(|row| row.residue.values()).map(|of| i64::from(*of)).sum());
    }
}

/// A federation's surroundings.
pub(crate) struct FederationShell {
    pub(super) reports: Arc<ClusterReports>,
    /// Wakes the tasks that speak to clusters: something else is to be told.
    pub(super) wake: watch::Sender<u64>,
    pub(super) world: FederationMetrics,
    pub(super) rounds: RoundMetrics,
}

/// A round to solve.
pub(crate) struct FederationRound {
    pub(super) problem: Box<Problem>,
    /// Started when the tick was due.
    pub(super) since: Stopwatch,
}

impl Shell for FederationShell {
    type World = Federation;
    type Job = FederationRound;

    fn take_telemetry(&mut self, _: &Ledger<Federation>) -> Option<Vec<ClusterReport>> {
        let reports = self.reports.take();
        (!reports.is_empty()).then_some(reports)
    }

    fn job(&mut self, _: &Ledger<Federation>, problem: Box<Problem>, since: Stopwatch) -> FederationRound {
        FederationRound { problem, since }
    }

    fn on_change(&mut self, change: &Arc<Change>) -> Option<Span> {
        let Entry::Event(event) = &change.event else { return None };
        match event {
            Event::ClusterLost { .. } => _ = self.world.lost.inc(),
            Event::WorkloadSpread { .. } => _ = self.world.spread.inc(),
            _ => {}
        }
        let next = *self.wake.borrow() + 1;
        self.wake.send_replace(next);
        None
    }

    fn on_round(&mut self, round: &RoundSummary, took: Duration) -> bool {
        self.rounds.ended(round.stale.into(), round.ran_short, took);
        round.ran_short
    }
}

/// A federation tells nothing of the moment beside its changes: what it measures is brought up to date.
pub(super) struct FederationMoments(pub(super) FederationMetrics);

impl Moments<FederationModel> for FederationMoments {
    fn on_change(&self, _: &Change) {}

    fn on_round(&self, _: bool, _: Duration) {}

    fn publish(&self, shown: &Shown<FederationModel>, _: &Stream) {
        self.0.measure(&shown.read());
    }
}
