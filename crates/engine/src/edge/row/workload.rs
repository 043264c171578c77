//! Rows of workloads and their replicas, and beside them what the last round found.

use paceline_model::edge::{
    Bound, MoveCause, NodeId, NotPlaced, PlacementDecision, ReplicaPhase, RoomMade, WorkloadId, WorkloadSpec,
};
use paceline_model::{Instant, Row};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One replica.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    /// Where it stands.
    pub phase: ReplicaPhase,
    /// Since when.
    pub since: Instant,
    /// Where it runs.
    pub bound: Option<Arc<Bound>>,
    /// Why there.
    pub decision: Option<Arc<PlacementDecision>>,
    /// Why it has not found a node, or none to move to, when that was last tried.
    #[serde(skip)]
    pub(in crate::edge) finding: Finding,
    /// Where it came from, if it left there for the node's health, or has come back.
    #[serde(skip)]
    pub(in crate::edge) trail: Option<Trail>,
    /// Who gave way to whom. A snapshot has it apart, since most have nothing here.
    #[serde(skip)]
    pub(in crate::edge) preemption: Preemption,
}

/// Where a replica came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// The node that it goes back to, and why it left there.
    pub home: Option<(NodeId, MoveCause)>,
    /// The node that its last move counts for, and why it moved: the node that was relieved, or that it came back to.
    pub last: (NodeId, MoveCause),
}

/// Who gave way to whom, until the replica has another place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preemption {
    /// It gave way to another, and when.
    pub gave_way: Option<(Instant, Arc<RoomMade>)>,
    /// Others gave way to it.
    pub room: Option<Arc<RoomMade>>,
}

/// What the last round found.
#[derive(Clone, Debug, Default)]
pub(in crate::edge) struct Finding {
    pub(in crate::edge) why_not: Option<Arc<NotPlaced>>,
    /// How often room had been made when it was tried: nothing else makes it possible.
    pub(in crate::edge) tried_at: Option<u64>,
    /// When more may give way to it than might when it was tried.
    pub(in crate::edge) again_at: Option<Instant>,
}

/// A round finds the same again.
impl PartialEq for Finding {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Replica {
    /// Whether it runs at less than the precision that is wanted.
    pub(in crate::edge) fn is_lowered(&self, spec: &WorkloadSpec) -> bool {
        self.bound.as_ref().is_some_and(|bound| bound.variant.precision != spec.precision)
    }
    pub(in crate::edge) fn pending(at: Instant) -> Self {
        Self {
            phase: ReplicaPhase::Pending,
            since: at,
            bound: None,
            decision: None,
            finding: Finding::default(),
            trail: None,
            preemption: Preemption::default(),
        }
    }
    /// Where it came from.
    pub fn trail(&self) -> Option<&Trail> {
        self.trail.as_ref()
    }
    /// Why it has not found a node, or none to move to, when that was last tried.
    pub fn why_not(&self) -> Option<&Arc<NotPlaced>> {
        self.finding.why_not.as_ref()
    }
    /// Who gave way to whom.
    pub fn preemption(&self) -> &Preemption {
        &self.preemption
    }
}

/// A workload with its replicas.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadRow {
    /// What its owner asks for.
    pub spec: Arc<WorkloadSpec>,
    /// When it was first asked for.
    pub put_at: Instant,
    /// By ordinal.
    pub replicas: Vec<Replica>,
}

impl WorkloadRow {
    /// The ordinals of those that are wanted, in order.
    pub fn live(&self) -> Vec<u32> {
        let numbered = (0..).zip(&self.replicas);
        numbered.filter(|(_, one)| one.phase != ReplicaPhase::Ended).map(|(ordinal, _)| ordinal).collect()
    }
    /// How many of its replicas have a node.
    pub fn placed(&self) -> u32 {
        self.replicas.iter().filter(|replica| replica.bound.is_some()).count() as u32
    }
    /// How many of them may be evicted now.
    pub fn evictions_left(&self) -> u32 {
        let placed = self.placed();
        let budget = self.spec.disruption_budget;
        budget.map_or(placed, |budget| budget.evictions_left(self.spec.replicas, placed))
    }
}

impl Row for WorkloadRow {
    type Id = WorkloadId;
    fn id(&self) -> &WorkloadId {
        &self.spec.id
    }
}
