//! One task for each cluster: begun when a cluster is put, begun anew when its address is another, ended when it is removed.

use super::link::Link;
use super::ways::Ways;
use paceline_model::federation::{ClusterId, ClusterSpec};
use paceline_supervise::{NamedExt as _, Scope, Spawner, Until};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Whatever wakes it, which clusters there are is looked at so often too.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What begins and ends the tasks that speak to clusters.
pub(super) struct Links(pub(super) Ways);

impl Links {
    /// Starts the task that begins and ends the others. All end when the server begins to.
    pub(super) fn start(self, scope: &Scope) {
        let (closing, spawner) = (self.0.app.region.closing.clone(), scope.spawner());
        scope.spawn("clusters", Until::Owner, async move {
            // It has no end of its own.
            _ = closing.run_until_cancelled(self.run(spawner)).await;
        });
    }

    async fn run(mut self, scope: Spawner) {
        let mut links: BTreeMap<ClusterId, (Arc<ClusterSpec>, CancellationToken)> = BTreeMap::new();
        loop {
            self.0.woken.borrow_and_update();
            let read = self.0.app.view.read(|model| {
                let specs = model.clusters.values().map(|row| row.spec.clone());
                specs.collect::<Vec<_>>()
            });
            if let Ok(specs) = read.await {
                self.follow(&scope, &mut links, &specs);
            }
            let changed = self.0.woken.changed();
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
            let end = self.0.app.region.closing.child_token();
            links.insert(spec.id.clone(), (spec.clone(), end.clone()));
            let link = Link::new(self.0.clone(), spec.clone());
            scope.spawn("cluster", Until::Owner, async move {
                _ = end.run_until_cancelled(link.run()).await;
            });
        }
    }
}
