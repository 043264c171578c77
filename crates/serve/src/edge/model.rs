//! The read model of an edge region: nodes, workloads and models by name.

use crate::kind::{ReadModel, follow};
use paceline_engine::edge::{Changes, Edge, Heard, NodeRow, WorkloadRow};
use paceline_model::Version;
use paceline_model::edge::{ModelId, ModelSpec, NodeId, WorkloadId};
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
