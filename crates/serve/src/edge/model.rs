//! The read model of an edge region: nodes, workloads and models by name.

use super::assigned::{Assigned, OnOneNode, revision};
use super::views;
use crate::kind::{ReadModel, follow};
use paceline_api::edge::PlacementView;
use paceline_engine::edge::{Changes, Edge, Heard, NodeRow, Replica, WorkloadRow};
use paceline_model::Version;
use paceline_model::edge::{ModelId, ModelSpec, NodeId, ReplicaId, WorkloadId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The world as it is read.
#[derive(Default)]
pub(crate) struct EdgeModel {
    /// The last event that is in it.
    pub(crate) version: Version,
    pub(crate) nodes: BTreeMap<NodeId, NodeRow>,
    pub(crate) workloads: BTreeMap<WorkloadId, WorkloadRow>,
    pub(crate) models: BTreeMap<ModelId, Arc<ModelSpec>>,
    /// Replicas by node.
    pub(crate) assigned: Assigned,
}

/// Rows that have changed, as they stand. `None`: the row was removed.
#[derive(Default)]
pub(crate) struct EdgeDelta {
    nodes: Vec<(NodeId, Option<NodeRow>)>,
    workloads: Vec<(WorkloadId, Option<WorkloadRow>)>,
    models: Vec<(ModelId, Option<Arc<ModelSpec>>)>,
    /// These are all rows that there are.
    whole: bool,
}

impl EdgeModel {
    /// What is placed on a node; `None`: it is not known.
    pub(crate) fn on_node(&self, node: &NodeId) -> Option<OnOneNode> {
        let changed = self.assigned.changed(node).filter(|_| self.nodes.contains_key(node))?;
        let rows = self.assigned.replicas(node, None).filter_map(|id| Some((id, self.replica(id)?)));
        let placements: Vec<PlacementView> = rows.map(|(id, row)| views::placement(id, row)).collect();
        Some(OnOneNode { revision: revision(&placements), placements, changed })
    }

    /// A replica's row.
    pub(crate) fn replica(&self, id: &ReplicaId) -> Option<&Replica> {
        self.workloads.get(&id.workload)?.replicas.get(id.ordinal as usize)
    }
}

impl ReadModel for EdgeModel {
    type World = Edge;
    type Delta = EdgeDelta;
    type Heard = Vec<(NodeId, Heard)>;

    fn version(&self) -> Version {
        self.version
    }

    fn apply(&mut self, version: Version, delta: EdgeDelta) {
        if delta.whole {
            *self = Self::default();
        }
        self.version = version;
        self.assigned.follow_nodes(&delta.nodes);
        for (id, row) in &delta.workloads {
            self.assigned.follow_workload(id, self.workloads.get(id), row.as_ref());
        }
        follow(&mut self.nodes, delta.nodes);
        follow(&mut self.workloads, delta.workloads);
        follow(&mut self.models, delta.models);
    }

    fn hear(&mut self, heard: Self::Heard) {
        for (id, heard) in heard {
            if let Some(node) = self.nodes.get_mut(&id) {
                node.hear(heard);
            }
        }
    }

    fn delta(world: &Edge, changes: Changes) -> EdgeDelta {
        if changes.everything {
            return Self::whole(world);
        }
        EdgeDelta {
            nodes: changes.nodes.into_iter().map(|id| (id.clone(), world.node(&id).cloned())).collect(),
            workloads: changes
                .workloads
                .into_iter()
                .map(|id| (id.clone(), world.workload(&id).cloned()))
                .collect(),
            models: changes.models.into_iter().map(|id| (id.clone(), world.model(&id).cloned())).collect(),
            whole: false,
        }
    }

    fn whole(world: &Edge) -> EdgeDelta {
        EdgeDelta {
            nodes: world.nodes().map(|row| (row.spec.id.clone(), Some(row.clone()))).collect(),
            workloads: world.workloads().map(|row| (row.spec.id.clone(), Some(row.clone()))).collect(),
            models: world.models().map(|spec| (spec.id.clone(), Some(spec.clone()))).collect(),
            whole: true,
        }
    }

    fn is_whole(delta: &EdgeDelta) -> bool {
        delta.whole
    }

    fn heard_since(delta: &mut EdgeDelta, world: &Edge) {
        for (id, row) in &mut delta.nodes {
            if let (Some(row), Some(now)) = (row, world.node(id)) {
                row.hear(now.heard().clone());
            }
        }
    }

    fn take_heard(world: &Edge, changes: &mut Changes) -> Option<Self::Heard> {
        let heard = std::mem::take(&mut changes.heard).into_iter();
        let heard: Vec<_> =
            heard.filter_map(|id| Some((id.clone(), world.node(&id)?.heard().clone()))).collect();
        (!heard.is_empty()).then_some(heard)
    }
}
