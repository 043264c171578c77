//! The streamed change of an edge region.

use super::defragmentation::{DefragmentationPhase, FreedGpus};
use super::model::NewModel;
use super::node::NewNode;
use super::node_view::ConditionView;
use super::placement::{BoundView, EvictionCause, MoveCause};
use super::rollout::member_state;
use super::trust::TrustStep;
use super::workload::NewWorkload;
use crate::mirror::mirror;
use crate::schema;
use paceline_model::Instant;
use paceline_model::edge as model;
use paceline_model::edge::{DefragmentationTrigger, MoveTrigger, ReplicaId, RolloutChange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A durable change of an edge region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EdgeChange {
    /// The world after it: dense, from 1; whoever has seen n asks for what follows n.
    pub version: u64,
    /// When it happened.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
    /// What happened: an object with one field, whose name is the kind.
    pub event: EdgeEvent,
}

mirror! {
    /// A step in the life of a device.
    DeviceStep beside paceline_model::edge::DeviceTrigger {
        /// It is not listed, or fell off the bus.
        Vanish,
        /// It is listed again, and on trial.
        Return,
        /// Its probe was right, and it was quiet for long enough.
        Prove,
        /// It was lost too often.
        Bar,
        /// An operator let it in.
        Admit,
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EdgeEvent {
    /// A node is known, or is another than before.
    NodePut {
        /// Its name.
        node: String,
        /// What it is.
        spec: NewNode,
    },
    /// A node is known no longer.
    NodeRemoved {
        /// Its name.
        node: String,
    },
    /// Nothing new is placed there.
    NodeCordoned {
        /// Its name.
        node: String,
        /// Whether what runs there is to move away.
        drain: bool,
    },
    /// Work may be placed there again.
    NodeUncordoned {
        /// Its name.
        node: String,
    },
    /// Something of consequence is true of a node.
    ConditionBegan {
        /// Its name.
        node: String,
        /// What.
        condition: ConditionView,
    },
    /// It is true no longer.
    ConditionEnded {
        /// Its name.
        node: String,
        /// What.
        condition: ConditionView,
    },
    /// A device has gone one step of its life.
    DeviceChanged {
        /// Of which node.
        node: String,
        /// Its UUID.
        device: String,
        /// The step.
        step: DeviceStep,
    },
    /// A model is known, or has other versions.
    ModelPut {
        /// Its name.
        model: String,
        /// What it is.
        spec: NewModel,
    },
    /// A model is known no longer.
    ModelRemoved {
        /// Its name.
        model: String,
    },
    /// A workload is wanted, or wanted otherwise.
    WorkloadPut {
        /// Its name.
        workload: String,
        /// What is wanted.
        spec: NewWorkload,
    },
    /// A workload is wanted no longer.
    WorkloadRemoved {
        /// Its name.
        workload: String,
    },
    /// A replica has a node.
    ReplicaPlaced {
        /// Its name.
        placement: String,
        /// Where.
        bound: BoundView,
    },
    /// A replica has another node.
    ReplicaMoved {
        /// Its name.
        placement: String,
        /// Where.
        bound: BoundView,
        /// Why it left.
        cause: MoveCause,
    },
    /// A replica has lost its node.
    ReplicaEvicted {
        /// Its name.
        placement: String,
        /// Why.
        cause: EvictionCause,
    },
    /// A replica runs as another variant where it is.
    ReplicaSwitched {
        /// Its name.
        placement: String,
        /// Where.
        bound: BoundView,
        /// Why.
        cause: MoveCause,
    },
    /// A replica is no longer wanted, while others of its workload are.
    ReplicaEnded {
        /// Its name.
        placement: String,
    },
    /// Less important work has given way to a replica: follows what moved, what was evicted, and what took the room.
    RoomMade {
        /// The replica that the room was made for.
        placement: String,
        /// Its priority.
        priority: i32,
        /// Who went to another node.
        moved: Vec<String>,
        /// Who had no other place.
        evicted: Vec<String>,
    },
    /// Moves for their own sake begin, a few at a time.
    DefragmentationStarted {
        /// How many.
        moves: u64,
    },
    /// One of them was made, just before this, or is passed over.
    DefragmentationStepped {
        /// The replica.
        placement: String,
        /// What it has freed, if it was made.
        freed: Option<FreedGpus>,
        /// Why it was passed over, in words.
        why: Option<String>,
    },
    /// No more of them are made.
    DefragmentationEnded {
        /// Whether all of them were looked at, or somebody stopped it.
        phase: DefragmentationPhase,
    },
    /// Something has happened in the rollout of a workload.
    RolloutChanged {
        /// The workload.
        workload: String,
        /// What: `began`, `turned`, `stepped`, `member`, `counted` or `held`.
        kind: String,
        /// The node that it is about.
        node: Option<String>,
        /// Where that stands now, or why it happened, in words.
        words: String,
    },
    /// A node proves itself by a key from now on.
    KeyEnrolled {
        /// Its name.
        node: String,
        /// Its TPM, in 16 hexadecimal digits.
        tpm: String,
    },
    /// A node has gone one step between trust and distrust.
    TrustStepped {
        /// Its name.
        node: String,
        /// The step.
        step: TrustStep,
        /// Why, in words.
        why: String,
    },
    /// A command was answered under its key.
    Remembered {
        /// The key.
        key: String,
    },
}

impl From<&model::Event> for EdgeEvent {
    fn from(of: &model::Event) -> Self {
        use model::Event as E;
        match of {
            E::NodePut(spec) => Self::NodePut { node: spec.id.to_string(), spec: (&**spec).into() },
            E::NodeRemoved(node) => Self::NodeRemoved { node: node.to_string() },
            E::NodeCordoned { node, drain } => Self::NodeCordoned { node: node.to_string(), drain: *drain },
            E::NodeUncordoned(node) => Self::NodeUncordoned { node: node.to_string() },
            E::ConditionBegan(node, condition) => {
                Self::ConditionBegan { node: node.to_string(), condition: condition.into() }
            }
            E::ConditionEnded(node, condition) => {
                Self::ConditionEnded { node: node.to_string(), condition: condition.into() }
            }
            E::DeviceChanged { node, device, trigger } => Self::DeviceChanged {
                node: node.to_string(),
                device: device.to_string(),
                step: (*trigger).into(),
            },
            E::ModelPut(spec) => Self::ModelPut { model: spec.id.to_string(), spec: (&**spec).into() },
            E::ModelRemoved(model) => Self::ModelRemoved { model: model.to_string() },
            E::WorkloadPut(spec) => {
                Self::WorkloadPut { workload: spec.id.to_string(), spec: (&**spec).into() }
            }
            E::WorkloadRemoved(workload) => Self::WorkloadRemoved { workload: workload.to_string() },
            E::ReplicaPlaced { replica, bound, .. } => {
                Self::ReplicaPlaced { placement: replica.to_string(), bound: (&**bound).into() }
            }
            E::ReplicaMoved { replica, bound, cause, .. } => Self::ReplicaMoved {
                placement: replica.to_string(),
                bound: (&**bound).into(),
                cause: (*cause).into(),
            },
            E::ReplicaEvicted { replica, cause } => {
                Self::ReplicaEvicted { placement: replica.to_string(), cause: (*cause).into() }
            }
            E::ReplicaEnded(replica) => Self::ReplicaEnded { placement: replica.to_string() },
            E::ReplicaSwitched { replica, bound, cause } => Self::ReplicaSwitched {
                placement: replica.to_string(),
                bound: (&**bound).into(),
                cause: (*cause).into(),
            },
            E::RoomMade(made) => Self::RoomMade {
                placement: made.replica.to_string(),
                priority: made.priority,
                moved: made.moved.iter().map(ToString::to_string).collect(),
                evicted: made.evicted.iter().map(ToString::to_string).collect(),
            },
            E::DefragmentationStarted(moves) => Self::DefragmentationStarted { moves: moves.len() as u64 },
            E::DefragmentationStepped { replica, trigger } => stepped(replica, trigger),
            E::DefragmentationEnded(trigger) => Self::DefragmentationEnded { phase: ended(*trigger) },
            E::RolloutChanged(workload, change) => rolled(workload.to_string(), change),
            E::KeyEnrolled { node, key } => Self::KeyEnrolled { node: node.to_string(), tpm: key.tpm() },
            E::TrustStepped { node, trigger, why } => {
                Self::TrustStepped { node: node.to_string(), step: (*trigger).into(), why: why.clone() }
            }
        }
    }
}

fn rolled(workload: String, change: &RolloutChange) -> EdgeEvent {
    let (kind, node, words) = match change {
        RolloutChange::Began(plan) => ("began", None, format!("{} to {}", plan.from, plan.spec.to)),
        RolloutChange::Turned(trigger, why) => ("turned", None, format!("{trigger:?}: {why}")),
        RolloutChange::Stepped(step, why) => ("stepped", None, format!("step {}: {why}", step + 1)),
        RolloutChange::Member(node, state) => ("member", Some(node.to_string()), member_state(state).into()),
        RolloutChange::Counted(of) => ("counted", None, format!("{} replicas", of.len())),
        RolloutChange::Held(_, why) => ("held", None, why.clone()),
    };
    EdgeEvent::RolloutChanged { workload, kind: kind.into(), node, words }
}

fn stepped(replica: &ReplicaId, trigger: &MoveTrigger) -> EdgeEvent {
    let (freed, why) = match trigger {
        MoveTrigger::Make(freed) => (Some((*freed).into()), None),
        MoveTrigger::PassOver(why) => (None, Some(why.to_string())),
    };
    EdgeEvent::DefragmentationStepped { placement: replica.to_string(), freed, why }
}

fn ended(trigger: DefragmentationTrigger) -> DefragmentationPhase {
    match trigger {
        DefragmentationTrigger::Finish => DefragmentationPhase::Done,
        DefragmentationTrigger::Stop => DefragmentationPhase::Stopped,
    }
}
