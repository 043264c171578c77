//! What is placed on each node, and who waits for that to change: an index beside the read model's rows, so that an agent that asks about its own node
//! costs what runs there and not a look at all replicas, and a change wakes the node's agent alone.

use paceline_api::edge::PlacementView;
use paceline_engine::edge::{NodeRow, Replica, WorkloadRow};
use paceline_model::edge::{NodeId, ReplicaId, ReplicaPhase, WorkloadId};
use paceline_supervise::sync::watch;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Bytes of a digest that name a state: two states of one node share a name once in 2^64.
const REVISION_BYTES: usize = 8;

/// Replicas by the node that they are placed on.
#[derive(Default)]
pub(crate) struct Assigned(BTreeMap<NodeId, OnNode>);

struct OnNode {
    replicas: BTreeSet<ReplicaId>,
    /// Sent when one of them came, left or runs as something else; gone with the node.
    changed: watch::Sender<()>,
}

impl Default for OnNode {
    fn default() -> Self {
        Self { replicas: BTreeSet::new(), changed: watch::channel("what is placed on a node", ()).0 }
    }
}

/// What is placed on a node at one moment.
pub(crate) struct OnOneNode {
    /// A name of this state, the same in each process that serves it.
    pub(crate) revision: String,
    pub(crate) placements: Vec<PlacementView>,
    /// Told when it may be another; closed when the node is gone, or all of it was read anew.
    pub(crate) changed: watch::Receiver<()>,
}

impl Assigned {
    /// Nodes have come, changed or gone.
    pub(super) fn follow_nodes(&mut self, changed: &[(NodeId, Option<NodeRow>)]) {
        for (id, row) in changed {
            match row {
                Some(_) => _ = self.0.entry(id.clone()).or_default(),
                None => _ = self.0.remove(id),
            }
        }
    }

    /// A workload's replicas stand otherwise than before. Wakes whoever waits for a node that one of them came to, left or changed on.
    pub(super) fn follow_workload(
        &mut self,
        id: &WorkloadId,
        before: Option<&WorkloadRow>,
        now: Option<&WorkloadRow>,
    ) {
        let (before, now) = (replicas(before), replicas(now));
        for index in 0..before.len().max(now.len()) {
            let (old, new) = (before.get(index), now.get(index));
            if old.map(shown) == new.map(shown) {
                continue;
            }
            let replica = ReplicaId { workload: id.clone(), ordinal: index as u32 };
            if let Some(left) = old.and_then(node) {
                let on = self.0.entry(left.clone()).or_default();
                on.replicas.remove(&replica);
                on.changed.send_replace(());
            }
            if let Some(joined) = new.and_then(node) {
                let on = self.0.entry(joined.clone()).or_default();
                on.replicas.insert(replica);
                on.changed.send_replace(());
            }
        }
    }

    /// Told when what is placed on a node may be something else; `None`: it is not known.
    pub(super) fn changed(&self, node: &NodeId) -> Option<watch::Receiver<()>> {
        Some(self.0.get(node)?.changed.subscribe())
    }

    /// Replicas on a node, in their order.
    pub(crate) fn replicas<'a>(
        &'a self,
        node: &NodeId,
        after: Option<&'a ReplicaId>,
    ) -> impl Iterator<Item = &'a ReplicaId> {
        let all = self.0.get(node).into_iter().flat_map(|on| &on.replicas);
        all.filter(move |id| after.is_none_or(|after| *id > after))
    }
}

fn replicas(of: Option<&WorkloadRow>) -> &[Replica] {
    of.map_or(&[], |row| &row.replicas)
}

/// Where a replica stands on which node, if it does.
fn node(replica: &Replica) -> Option<&NodeId> {
    let bound = replica.bound.as_ref().filter(|_| replica.phase != ReplicaPhase::Ended);
    bound.map(|bound| &bound.node)
}

/// What is shown of it: all else may change and nobody is woken.
fn shown(replica: &Replica) -> impl PartialEq {
    (replica.phase, replica.since, replica.bound.clone())
}

/// Names a state by what is in it.
pub(super) fn revision(of: &[PlacementView]) -> String {
    // A view is always JSON.
    let digest = Sha256::digest(serde_json::to_vec(of).unwrap_or_default());
    digest.iter().take(REVISION_BYTES).fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}
