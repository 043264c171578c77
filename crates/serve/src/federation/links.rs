//! One task for each cluster: begun when a cluster is put, begun anew when its address is another, ended when it is removed.

use super::link::Link;
use super::reports::ClusterReports;
use crate::http::App;
use paceline_engine::federation::Federation;
use paceline_model::federation::{ClusterId, ClusterSpec};
use paceline_supervise::sync::watch;
use paceline_supervise::{NamedExt as _, Scope, Spawner, Until};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Whatever wakes it, which clusters there are is looked at so often too.
const LOOK_EVERY: Duration = Duration::from_secs(5);

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
    }
    pub(super) fn asked(&self, outcome: Outcome) {
        self.asked.get_or_create(&ByOutcome { outcome }).inc();
    }
    pub(super) fn told(&self, outcome: Outcome) {
        self.told.get_or_create(&ByOutcome { outcome }).inc();
    }
}

/// What speaks to clusters.
#[derive(Clone)]
pub(super) struct Links {
    pub(super) app: App<Federation>,
    pub(super) reports: Arc<ClusterReports>,
    /// Changes when something else is to be told.
    pub(super) woken: watch::Receiver<u64>,
    pub(super) metrics: LinkMetrics,
}

impl Links {
    /// Starts the task that begins and ends the others. All end when the server begins to.
    pub(super) fn start(self, scope: &Scope) {
        let (closing, spawner) = (self.app.region.closing.clone(), scope.spawner());
        scope.spawn("clusters", Until::Owner, async move {
            // It has no end of its own.
            _ = closing.run_until_cancelled(self.run(spawner)).await;
        });
    }

    async fn run(mut self, scope: Spawner) {
        let mut links: BTreeMap<ClusterId, (Arc<ClusterSpec>, CancellationToken)> = BTreeMap::new();
        loop {
            self.woken.borrow_and_update();
            let read = self.app.view.read(|model| {
                let specs = model.clusters.values().map(|row| row.spec.clone());
                specs.collect::<Vec<_>>()
            });
            if let Ok(specs) = read.await {
                self.follow(&scope, &mut links, &specs);
            }
            let changed = self.woken.changed();
            // A region that has ended wakes nobody: this task ends with the server.
            if let Ok(Err(_)) = tokio::time::timeout(LOOK_EVERY, changed).named("another cluster").await {
                tokio::time::sleep(LOOK_EVERY).named("the end").await;
            }
        }
    }

    fn follow(
        &self,
        scope: &Spawner,
        links: &mut BTreeMap<ClusterId, (Arc<ClusterSpec>, CancellationToken)>,
        specs: &[Arc<ClusterSpec>],
    ) {
        links.retain(|_, (known, end)| {
            let stays = specs.iter().any(|spec| spec == known);
            if !stays {
                end.cancel();
            }
            stays
        });
        for spec in specs {
            if links.contains_key(&spec.id) {
                continue;
            }
            let end = self.app.region.closing.child_token();
            links.insert(spec.id.clone(), (spec.clone(), end.clone()));
            let link = Link::new(self.clone(), spec.clone());
            scope.spawn("cluster", Until::Owner, async move {
                _ = end.run_until_cancelled(link.run()).await;
            });
        }
    }
}
