//! Which replica runs where, and why.

use super::model::Precision;
use crate::mirror::mirror;
use crate::schema;
use paceline_model::Instant;
use paceline_model::edge as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// Where a replica stands.
    ReplicaPhase beside paceline_model::edge::ReplicaPhase {
        /// It has no node.
        Pending,
        /// It has one.
        Placed,
        /// It is no longer wanted.
        Ended,
    }
}

mirror! {
    /// Why a replica leaves a node that still runs it, or runs there as another variant.
    MoveCause beside paceline_model::edge::MoveCause {
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
}

mirror! {
    /// Why a replica has no node any more.
    EvictionCause beside paceline_model::edge::EvictionCause {
        /// A device that it ran on is lost.
        DeviceLost,
        /// More important work took its place, and there was no other.
        Preempted,
    }
}

mirror! {
    /// A rule that takes nodes out. A node counts under the first that it breaks.
    NodeRule beside paceline_model::edge::NodeRule {
        /// It has been silent for too long.
        Silent,
        /// It is cordoned or drained.
        Unschedulable,
        /// It is not trusted.
        Untrusted,
        /// It is too hot.
        Hot,
        /// It is too hot soon.
        Heating,
        /// Its battery is below its reserve.
        LowBattery,
        /// It has a taint that is not tolerated.
        Taint,
        /// Its labels do not match.
        Affinity,
        /// No variant of the model runs there, fast and exactly enough.
        Compatibility,
        /// Replicas would stand too unevenly.
        Spread,
        /// It has fewer serving GPUs than are asked for.
        Devices,
        /// Not enough of its GPUs is free, in shares and memory together.
        DeviceCapacity,
        /// Not enough CPU is free.
        Cpu,
        /// Not enough memory is free.
        Memory,
        /// Not enough bandwidth between host and GPUs is free.
        Pcie,
        /// It is of more kinds than a round tells apart.
        Unjudged,
        /// Not enough room on its disk is free for the variant's file, which is not there yet.
        Storage,
        /// No slice of the profile that is asked for has a free place on its GPUs.
        Slices,
    }
}

/// Where a replica runs, and as what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BoundView {
    /// The node.
    #[schema(value_type = schema::Id)]
    pub node: String,
    /// Its GPUs; none where it runs on the CPU.
    pub devices: Vec<String>,
    /// The slice that it has of its GPU; null: a share.
    pub slice: Option<SliceView>,
    /// The model's version.
    pub version: String,
    /// Its precision.
    pub precision: Precision,
}

/// A slice of a GPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SliceView {
    /// By which profile.
    #[schema(value_type = schema::TagName)]
    pub profile: String,
    /// Its first slot, from 0.
    pub start: u8,
    /// How many it takes.
    pub slots: u8,
}

impl From<&model::Slice> for SliceView {
    fn from(of: &model::Slice) -> Self {
        Self { profile: of.profile.to_string(), start: of.start, slots: of.slots }
    }
}

impl From<&model::Bound> for BoundView {
    fn from(of: &model::Bound) -> Self {
        Self {
            node: of.node.to_string(),
            devices: of.devices.iter().map(ToString::to_string).collect(),
            slice: of.slice.as_ref().map(Into::into),
            version: of.variant.version.to_string(),
            precision: of.variant.precision.into(),
        }
    }
}

/// A replica as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacementView {
    /// Lasting name: the workload's, a hyphen, and which of its replicas.
    pub id: String,
    /// The workload.
    #[schema(value_type = schema::Id)]
    pub workload: String,
    /// Where it stands.
    pub phase: ReplicaPhase,
    /// Since when.
    #[schema(value_type = schema::Time)]
    pub since: Instant,
    /// Where it runs; null while it waits.
    pub bound: Option<BoundView>,
}

/// What is placed on a node, for whoever waits until that is something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodePlacements {
    /// A name of this state. Sent back as `known`, it is answered when there is another, or when the wait is over.
    pub revision: String,
    /// All of it; null: it is what the caller knows.
    pub placements: Option<Vec<PlacementView>>,
}

/// How many nodes a rule took out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuleCount {
    /// Which rule.
    pub rule: NodeRule,
    /// How many nodes.
    pub nodes: u32,
}

/// How many nodes each rule took out.
pub fn counts(of: &model::NotPlaced) -> Vec<RuleCount> {
    of.excluded.iter().map(|of| RuleCount { rule: of.rule.into(), nodes: of.nodes }).collect()
}
