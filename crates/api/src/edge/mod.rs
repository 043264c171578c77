//! The wire of edge regions: nodes, models, workloads, placements, what nodes report, and what happens. Names and units follow
//! Kubernetes where it has the thing.

mod attestation;
mod capacity;
mod change;
mod defragmentation;
mod disruption;
mod explained;
mod model;
mod node;
mod node_view;
mod placement;
mod policy;
mod problem;
mod raw_reading;
mod replica_report;
mod rollout;
mod scheduling;
mod telemetry;
mod trust;
mod what_if;
mod workload;

pub use attestation::{
    ChallengeView, EnrolmentToken, NewEnrolment, NewNodeKeys, NewProof, NodeCredential, OpenedCredential,
    ProofTaken,
};
pub use capacity::{CapacityView, FreeDevices, ModelCapacity, NodeClass, VariantCapacity, WorkloadCapacity};
pub use change::{DeviceStep, EdgeChange, EdgeEvent};
pub use defragmentation::{
    DefragmentationPhase, DefragmentationPlanView, DefragmentationQuestion, DefragmentationView, FreedGpus,
    GpuUse, MoveState, MoveView, NewDefragmentation, PlannedMove, PricedMove,
};
pub use disruption::{CountOrPercent, DisruptionBudget};
pub use explained::PlacementExplained;
pub use model::{ModelView, NewModel, NewVariant, NewVersion, Precision};
pub use node::{DeviceRef, NewDevice, NewNode, NodePlace};
pub use node_view::{
    BlindSensor, Broken, ConditionView, DeviceState, DeviceView, NodeView, SensorKind, SilenceView,
    Temperature, TemperatureTrend,
};
pub use placement::{
    BoundView, EvictionCause, MoveCause, NodePlacements, NodeRule, PlacementView, ReplicaPhase, RuleCount,
    counts,
};
pub use policy::{PlacementDifference, PlacementPolicyView, PlacementPredicted, PlacementShadowView};
pub use raw_reading::RawReading;
pub use replica_report::{AnsweredWithin, ReplicaProbe, ReplicaReport, ReplicaState, Served};
pub use rollout::{
    NewGate, NewRollout, OnPatience, RolloutNode, RolloutPause, RolloutPlanView, RolloutReason, RolloutStep,
    RolloutSummary, RolloutView, RolloutsView, Tier, member_state, phase,
};
pub use scheduling::{Operator, Requirement, Taint, TaintEffect, Toleration};
pub use telemetry::{
    BatteryReport, DriverReport, Incarnation, NodeReport, NodeReportsTaken, PowerSupply, ProbeReport,
    TemperatureReport,
};
pub use trust::{TrustReason, TrustState, TrustStep, TrustView};
pub use what_if::{Displaced, Help, Lacking, LackingShare, Remedy, RemedyChange, SupposedReplica, WhatIf};
pub use workload::{NewWorkload, TopologySpread, WhenUnreachable, WorkloadView};

use paceline_model::Invalid;

/// The same error, about another field.
fn at<T>(field: &str, value: Result<T, Invalid>) -> Result<T, Invalid> {
    value.map_err(|invalid| Invalid { field: field.into(), ..invalid })
}
