//! What may be asked of an edge region, and how it may be refused.

use super::defragmentation::PlannedMove;
use super::id::{DeviceUuid, ModelId, NodeId, WorkloadId};
use super::lifecycle::DeviceState;
use super::model::ModelSpec;
use super::node::NodeSpec;
use super::rollout::{RolloutOrder, RolloutSpec};
use super::trust::{NodeKey, ProofClock, TrustState};
use super::workload::WorkloadSpec;
use crate::Invalid;
use serde::{Deserialize, Serialize};

/// Something asked of an edge region: it may be refused. One file under the engine's `edge/admit/` for each.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Registers a node, or changes what a known one is.
    PutNode(NodeSpec),
    /// Takes a node out that runs nothing.
    RemoveNode(NodeId),
    /// Nothing new is placed there, and what runs there stays.
    Cordon(NodeId),
    /// Nothing new is placed there, and what runs there moves away as far as there is room elsewhere.
    Drain(NodeId),
    /// Work may be placed there again.
    Uncordon(NodeId),
    /// Lets a device in that was lost too often.
    AdmitDevice(NodeId, DeviceUuid),
    /// Registers a model, or changes its versions.
    PutModel(ModelSpec),
    /// Takes a model out that no workload runs.
    RemoveModel(ModelId),
    /// Asks for a workload, or changes how many replicas a known one has and where they may run.
    PutWorkload(WorkloadSpec),
    /// Ends a workload.
    RemoveWorkload(WorkloadId),
    /// Makes these moves for their own sake, a few at a time.
    StartDefragmentation(Vec<PlannedMove>),
    /// Makes no more of them.
    StopDefragmentation,
    /// Has a workload run another version, step by step.
    StartRollout(RolloutSpec),
    /// Steers the rollout of a workload.
    SteerRollout(WorkloadId, RolloutOrder),
    /// Lets a node prove itself by this key.
    EnrolKey {
        /// Which node.
        node: NodeId,
        /// Its key.
        key: NodeKey,
        /// Whether a key that is known already gives way to it: another box under the old name.
        replaces: bool,
    },
    /// Takes a good proof of a node, as its verifier judged it.
    Prove(NodeId, ProofClock),
    /// Takes a bad one, and why it is.
    FailProof(NodeId, String),
    /// Takes it that two boxes speak in a node's name, and by what they were told apart.
    ContestNode(NodeId, String),
    /// Lets a node in again that has failed, or that two boxes claimed to be.
    Readmit(NodeId),
}

/// Why a command was refused. All of these happen in a healthy system; the code names a page under `docs/errors/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A value broke a rule.
    #[error("E0101 {0}")]
    Invalid(Invalid),
    /// Nothing of that name is known.
    #[error("E0201 no {kind} is called {id}")]
    Unknown {
        /// What was looked for.
        kind: String,
        /// Its name.
        id: String,
    },
    /// Something runs there, or uses it.
    #[error("E0501 {kind} {id} is used by {count} {by}: {cure}")]
    InUse {
        /// What is used.
        kind: String,
        /// Its name.
        id: String,
        /// By how many.
        count: u32,
        /// By what, in the plural.
        by: String,
        /// What to do first.
        cure: String,
    },
    /// The device is not in a state in which this can happen.
    #[error("E0502 device {device} is {state:?}: only one that was lost too often is let in")]
    DeviceNotBarred {
        /// Which device.
        device: DeviceUuid,
        /// Where it stands.
        state: DeviceState,
    },
    /// The key was used for a different command.
    #[error("E0301 this idempotency key was used for a different request")]
    KeyReused,
    /// One at a time.
    #[error("E0503 a defragmentation is under way, with {left} of {all} moves left: stop it first")]
    DefragmentationRuns {
        /// Moves that are left.
        left: u32,
        /// All that it was asked for.
        all: u32,
    },
    /// The node cannot be let in: it does not stand so, or has not proved itself since.
    #[error("E0504 node {node} is {state}: {why}")]
    NotReadmitted {
        /// Which node.
        node: NodeId,
        /// How it stands.
        state: TrustState,
        /// What is against it.
        why: String,
    },
    /// The node proves itself by another key, or by none.
    #[error("E0505 node {node}: {why}")]
    KeyOfNode {
        /// Which node.
        node: NodeId,
        /// What is wrong with its key.
        why: String,
    },
    /// It is not under way, or stands where this cannot be done.
    #[error("E0510 rollout of {workload}: {order} is refused: {why}")]
    RolloutStands {
        /// Of which workload.
        workload: WorkloadId,
        /// What was asked.
        order: String,
        /// Where it stands.
        why: String,
    },
}

impl Refusal {
    /// Nothing of that name is known.
    pub fn unknown(kind: &str, id: impl ToString) -> Self {
        Self::Unknown { kind: kind.into(), id: id.to_string() }
    }
}
