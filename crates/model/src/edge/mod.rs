//! The nouns of the edge: nodes with devices, models with versions and variants, workloads of replicas, what nodes report of
//! themselves, commands, refusals and events. Names, units and semantics follow Kubernetes where it has the thing.

pub mod artefact;
pub mod bound;
pub mod command;
pub mod decision;
pub mod defragmentation;
pub mod disruption;
pub mod event;
pub mod exposition;
pub mod id;
pub mod label;
pub mod lifecycle;
pub mod limits;
pub mod model;
pub mod node;
pub mod reach;
pub mod reading;
pub mod release;
pub mod replica_report;
pub mod rollout;
pub mod scheduling;
pub mod scrape;
pub mod sensor;
pub mod slices;
pub mod telemetry;
pub mod trend;
pub mod trust;
pub mod units;
pub mod what_if;
pub mod workload;

pub use artefact::ArtefactDigest;
pub use bound::Bound;
pub use command::{Command, Refusal};
pub use decision::{NodeRule, NotPlaced, PlacementDecision, RuleCount};
pub use defragmentation::{
    DefragmentationPhase, DefragmentationTrigger, FreedGpus, MoveState, MoveTrigger, PassedOver, PlannedMove,
};
pub use disruption::{DisruptionBudget, Share};
pub use event::{Condition, Event, EvictionCause, MoveCause, RoomMade};
pub use id::{DeviceUuid, ModelId, NodeId, NodeIdx, ReplicaId, WorkloadId, WorkloadIdx};
pub use label::{LabelKey, LabelValue};
pub use lifecycle::{DeviceState, DeviceTrigger, ReplicaPhase, ReplicaTrigger};
pub use model::{ModelSpec, ModelVersion, Precision, Variant, VariantRef};
pub use node::{Allocatable, Device, NodeFingerprint, NodeSpec, Place, Power, Trust};
pub use reach::{Broken, Reach};
pub use reading::{Disbelief, RawNumber, Reading};
pub use release::Release;
pub use replica_report::{ReplicaProbe, ReplicaReport, ReplicaState, Served};
pub use rollout::{
    Counters, GateRules, MemberState, OnPatience, PlannedStep, ReplicaCounters, RolloutChange, RolloutOrder,
    RolloutPhase, RolloutPlan, RolloutSpec, RolloutTrigger, Tier,
};
pub use scheduling::{Operator, Requirement, Taint, TaintEffect, Toleration};
pub use semver::{Version as SemanticVersion, VersionReq};
pub use slices::{Slice, SliceProfile};
pub use telemetry::{DeviceListing, DeviceUse, NodeReport, PowerSupply, SensorKind, TemperatureReport};
pub use trend::{Forecast, Trend};
pub use trust::{NodeKey, ProofClock, TrustState, TrustTrigger};
pub use units::{Dbm, DeciCelsius, Mbps, Mebibytes, MilliCpu, MilliGpu, Percent};
pub use workload::{Requests, TopologySpread, WhenUnreachable, WorkloadSpec};
