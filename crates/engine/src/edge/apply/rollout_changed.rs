//! Something has happened in a rollout. One that begins takes the place of the last one of its workload.

use crate::edge::rollout::Rollout;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{RolloutChange, RolloutPlan, WorkloadId};

pub(super) fn apply(world: &mut Edge, at: Instant, workload: &WorkloadId, change: &RolloutChange) {
    match change {
        RolloutChange::Began(plan) => {
            world.rollouts.insert(workload.clone(), Rollout::new(at, RolloutPlan::clone(plan)));
        }
        _ => {
            if let Some(rollout) = world.rollouts.get_mut(workload) {
                rollout.change(at, change);
            }
        }
    }
    // What may be placed as what is another question than before.
    if matches!(change, RolloutChange::Began(_) | RolloutChange::Turned(..)) {
        world.made_room();
    }
}
