//! What has happened in an edge region, each with lasting names: applied, written down and published alike.

use super::bound::Bound;
use super::decision::PlacementDecision;
use super::defragmentation::{DefragmentationTrigger, MoveTrigger, PlannedMove};
use super::id::{DeviceUuid, ModelId, NodeId, ReplicaId, WorkloadId};
use super::lifecycle::DeviceTrigger;
use super::model::ModelSpec;
use super::node::NodeSpec;
use super::rollout::RolloutChange;
use super::telemetry::SensorKind;
use super::trust::{NodeKey, TrustTrigger};
use super::workload::WorkloadSpec;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A fact of an edge region. A variant's place in this list is on disk: new ones follow at its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A node is known, or is another than before.
    NodePut(Arc<NodeSpec>),
    /// A node is known no longer.
    NodeRemoved(NodeId),
    /// Nothing new is placed there; with `drain` what runs there moves away.
    NodeCordoned {
        /// Which node.
        node: NodeId,
        /// Whether what runs there is to move away.
        drain: bool,
    },
    /// Work may be placed there again.
    NodeUncordoned(NodeId),
    /// Something of consequence is true of a node.
    ConditionBegan(NodeId, Condition),
    /// It is true no longer.
    ConditionEnded(NodeId, Condition),
    /// A device has gone one step of its lifecycle.
    DeviceChanged {
        /// Of which node.
        node: NodeId,
        /// Which device.
        device: DeviceUuid,
        /// The step.
        trigger: DeviceTrigger,
    },
    /// A model is known, or has other versions than before.
    ModelPut(Arc<ModelSpec>),
    /// A model is known no longer.
    ModelRemoved(ModelId),
    /// A workload is wanted, or wanted otherwise than before.
    WorkloadPut(Arc<WorkloadSpec>),
    /// A workload is wanted no longer.
    WorkloadRemoved(WorkloadId),
    /// A replica has a node.
    ReplicaPlaced {
        /// Which replica.
        replica: ReplicaId,
        /// Where, and as what.
        bound: Arc<Bound>,
        /// Why there.
        decision: Arc<PlacementDecision>,
    },
    /// A replica has another node than before.
    ReplicaMoved {
        /// Which replica.
        replica: ReplicaId,
        /// Where to, and as what.
        bound: Arc<Bound>,
        /// Why it left.
        cause: MoveCause,
        /// Why there.
        decision: Arc<PlacementDecision>,
    },
    /// A replica has lost its node.
    ReplicaEvicted {
        /// Which replica.
        replica: ReplicaId,
        /// Why.
        cause: EvictionCause,
    },
    /// A replica runs as another variant where it is.
    ReplicaSwitched {
        /// Which replica.
        replica: ReplicaId,
        /// Where, and as what.
        bound: Arc<Bound>,
        /// Why.
        cause: MoveCause,
    },
    /// A replica is no longer wanted, while others of its workload are.
    ReplicaEnded(ReplicaId),
    /// Less important work has given way to a replica: follows what moved, what was evicted, and what took the room.
    RoomMade(Arc<RoomMade>),
    /// Moves for their own sake begin, a few at a time.
    DefragmentationStarted(Arc<Vec<PlannedMove>>),
    /// One of them has gone a step of its lifecycle: was made, just before this, or is passed over.
    DefragmentationStepped {
        /// Which replica.
        replica: ReplicaId,
        /// The step.
        trigger: MoveTrigger,
    },
    /// No more of them are made.
    DefragmentationEnded(DefragmentationTrigger),
    /// Something has happened in the rollout of a workload.
    RolloutChanged(WorkloadId, Arc<RolloutChange>),
    /// A node proves itself by this key from now on; nothing was proved by it yet.
    KeyEnrolled {
        /// Which node.
        node: NodeId,
        /// Its key.
        key: Arc<NodeKey>,
    },
    /// A node has gone one step between trust and distrust.
    TrustStepped {
        /// Which node.
        node: NodeId,
        /// The step.
        trigger: TrustTrigger,
        /// Why, in words.
        why: String,
    },
}

/// Who gave way to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomMade {
    /// The replica that the room was made for.
    pub replica: ReplicaId,
    /// Its priority, which is higher than that of all who gave way.
    pub priority: i32,
    /// Who went to another node.
    pub moved: Vec<ReplicaId>,
    /// Who had no other place.
    pub evicted: Vec<ReplicaId>,
}

impl RoomMade {
    /// All who gave way.
    pub fn victims(&self) -> impl Iterator<Item = &ReplicaId> {
        self.moved.iter().chain(&self.evicted)
    }
}

impl Event {
    /// The node that it is about, if there is one; of a move the one that gains.
    pub fn node(&self) -> Option<&NodeId> {
        match self {
            Self::NodePut(spec) => Some(&spec.id),
            Self::NodeRemoved(node)
            | Self::NodeCordoned { node, .. }
            | Self::NodeUncordoned(node)
            | Self::ConditionBegan(node, _)
            | Self::ConditionEnded(node, _)
            | Self::DeviceChanged { node, .. }
            | Self::KeyEnrolled { node, .. }
            | Self::TrustStepped { node, .. } => Some(node),
            Self::ReplicaPlaced { bound, .. }
            | Self::ReplicaMoved { bound, .. }
            | Self::ReplicaSwitched { bound, .. } => Some(&bound.node),
            Self::ModelPut(_)
            | Self::ModelRemoved(_)
            | Self::WorkloadPut(_)
            | Self::WorkloadRemoved(_)
            | Self::ReplicaEvicted { .. }
            | Self::ReplicaEnded(_)
            | Self::RoomMade(_)
            | Self::DefragmentationStarted(_)
            | Self::DefragmentationStepped { .. }
            | Self::DefragmentationEnded(_) => None,
            Self::RolloutChanged(_, change) => match &**change {
                RolloutChange::Member(node, _) => Some(node),
                _ => None,
            },
        }
    }

    /// The workload that it is about, if there is one.
    pub fn workload(&self) -> Option<&WorkloadId> {
        match self {
            Self::WorkloadPut(spec) => Some(&spec.id),
            Self::WorkloadRemoved(workload) | Self::RolloutChanged(workload, _) => Some(workload),
            Self::ReplicaPlaced { replica, .. }
            | Self::ReplicaMoved { replica, .. }
            | Self::ReplicaEvicted { replica, .. }
            | Self::ReplicaSwitched { replica, .. }
            | Self::DefragmentationStepped { replica, .. }
            | Self::ReplicaEnded(replica) => Some(&replica.workload),
            Self::RoomMade(made) => Some(&made.replica.workload),
            Self::NodePut(_)
            | Self::NodeRemoved(_)
            | Self::NodeCordoned { .. }
            | Self::NodeUncordoned(_)
            | Self::ConditionBegan(..)
            | Self::ConditionEnded(..)
            | Self::DeviceChanged { .. }
            | Self::ModelPut(_)
            | Self::ModelRemoved(_)
            | Self::DefragmentationStarted(_)
            | Self::DefragmentationEnded(_)
            | Self::KeyEnrolled { .. }
            | Self::TrustStepped { .. } => None,
        }
    }
}

/// Something of consequence that is true of a node for a time. Kubernetes calls such things node conditions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It has not been heard for too long. Nothing new is placed there, and what runs there is left alone.
    Silent,
    /// A sensor was above the threshold, and has not been seen cool since: what is unknown after that is hot.
    Hot {
        /// Which sensor.
        sensor: SensorKind,
        /// Of which device.
        device: Option<DeviceUuid>,
    },
    /// Its battery is below its reserve.
    LowBattery,
    /// A sensor rises so that it is at the threshold soon.
    Heating {
        /// Which sensor.
        sensor: SensorKind,
        /// Of which device.
        device: Option<DeviceUuid>,
    },
}

/// Why a replica leaves a node that still runs it, or runs there as another variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveCause {
    /// The node is too hot.
    Hot,
    /// The node's battery is below its reserve.
    LowBattery,
    /// An operator drains the node.
    Drained,
    /// The node has a taint `NoExecute` that the workload does not tolerate.
    Tainted,
    /// The node is not trusted.
    Untrusted,
    /// The node is too hot soon.
    Heating,
    /// The node has been silent for longer than the workload's owner bears.
    Unreachable,
    /// Where it came from is well again.
    Returned,
    /// There is room for a better variant.
    Upgraded,
    /// More important work took its place.
    MadeRoom,
    /// GPUs are worth more without it here, and an operator has asked for that.
    Defragmented,
    /// Its rollout has reached the node, or takes it back.
    RolledOut,
}

impl MoveCause {
    /// All causes.
    pub const ALL: [Self; 12] = [
        Self::Hot,
        Self::LowBattery,
        Self::Drained,
        Self::Tainted,
        Self::Untrusted,
        Self::Heating,
        Self::Unreachable,
        Self::Returned,
        Self::Upgraded,
        Self::MadeRoom,
        Self::Defragmented,
        Self::RolledOut,
    ];
    /// Whether it passes: what left for it goes back once it has, and not all of a node's work leaves at once.
    pub fn passes(self) -> bool {
        matches!(self, Self::Hot | Self::Heating | Self::LowBattery)
    }
    /// Whether it undoes what a node's health once brought about.
    pub fn restores(self) -> bool {
        matches!(self, Self::Returned | Self::Upgraded)
    }
    /// Whether what moves for it was well where it was, and is only better elsewhere: it takes what is left, and nobody gives way to it.
    pub fn improves(self) -> bool {
        self.restores() || self == Self::Defragmented
    }
}

/// Why a replica has no node any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvictionCause {
    /// A device that it ran on is lost.
    DeviceLost,
    /// More important work took its place, and there was no other.
    Preempted,
}
