//! How a rollout stands, for whoever asks.

use super::ordering::behind;
use super::state::Rollout;
use super::turn::evidence;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{
    MemberState, NodeId, Refusal, RolloutPhase, RolloutPlan, RolloutSpec, VariantRef, WorkloadId,
};
use paceline_plan::edge::rollout::judge;

/// A rollout, and what is known of it now.
#[derive(Clone, Debug)]
pub struct RolloutStatus {
    /// The rollout.
    pub rollout: Rollout,
    /// Why it does not go on now; `None`: nothing is waited for.
    pub waits_for: Option<String>,
    /// Nodes that run another version, and get this one when it is done and they can be reached.
    pub behind: Vec<NodeId>,
    /// Its nodes, in order.
    pub members: Vec<MemberStatus>,
}

/// How a node stands in a rollout.
#[derive(Clone, Debug)]
pub struct MemberStatus {
    /// Which node.
    pub node: NodeId,
    /// What it was ordered to run; `None`: it runs nothing of the workload.
    pub ordered: Option<VariantRef>,
    /// What it runs by its own word; `None`: unknown.
    pub runs: Option<VariantRef>,
    /// Where it stands.
    pub state: MemberState,
    /// Since when.
    pub since: Instant,
    /// Whether it is silent.
    pub silent: bool,
}

impl Edge {
    /// The rollout of a workload that is under way, or the last one.
    pub fn rollout(&self, workload: &WorkloadId) -> Option<&Rollout> {
        self.rollouts.get(workload)
    }
    /// All of them, by workload.
    pub fn rollouts(&self) -> impl Iterator<Item = &Rollout> {
        self.rollouts.values()
    }
    /// What a rollout would do. `None`: the same is under way. Errors: it could not begin.
    pub fn plan_rollout(&self, spec: RolloutSpec) -> Result<Option<RolloutPlan>, Refusal> {
        super::plan(self, spec)
    }

    /// How the rollout of a workload stands.
    pub fn rollout_status(&self, workload: &WorkloadId) -> Option<RolloutStatus> {
        let (rollout, row) = (self.rollouts.get(workload)?, self.workload(workload)?);
        let waits_for = match rollout.phase {
            RolloutPhase::Stepping => {
                Some(judge(&rollout.spec.gate, &evidence(self, row, rollout)).why().to_owned())
            }
            RolloutPhase::Paused { until: None, .. } => Some("a person's word".into()),
            RolloutPhase::Paused { until: Some(_), .. } => Some("the end of its pause".into()),
            RolloutPhase::Promoting => Some("nodes on their way".into()),
            RolloutPhase::RollingBack => {
                Some(format!("nodes that do not say that they run {} again", rollout.from))
            }
            RolloutPhase::Done | RolloutPhase::RolledBack => None,
        };
        let mut members: Vec<_> = rollout.members.iter().collect();
        members.sort_by_key(|(_, member)| member.place);
        let bound = |id: &NodeId| {
            let mut own = row.replicas.iter().filter_map(|one| one.bound.as_ref());
            own.find(|bound| bound.node == *id).map(|bound| bound.variant.clone())
        };
        let status = |(id, member): (&NodeId, &super::Member)| MemberStatus {
            node: id.clone(),
            ordered: bound(id),
            runs: self.runs(id, workload),
            state: member.state.clone(),
            since: member.since,
            silent: self.node(id).is_none_or(|node| node.is_silent()),
        };
        Some(RolloutStatus {
            rollout: rollout.clone(),
            waits_for,
            behind: behind(self, row, rollout).collect(),
            members: members.into_iter().map(status).collect(),
        })
    }

    /// What a node runs of a workload by its own word; `None`: unknown, or it is silent.
    fn runs(&self, node: &NodeId, workload: &WorkloadId) -> Option<VariantRef> {
        let node = self.node(node).filter(|node| !node.is_silent())?;
        let (_, all) = node.heard().replicas.as_ref()?;
        let mut own = all.iter().filter(|one| one.replica.workload == *workload);
        let running = own.find(|one| one.state == paceline_model::edge::ReplicaState::Running);
        running.map(|one| one.variant.clone())
    }
}
