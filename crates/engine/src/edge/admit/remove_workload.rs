//! A workload is wanted no longer.

use super::verdict::Verdict;
use crate::edge::world::Edge;
use paceline_model::edge::{Event, Refusal, WorkloadId};

pub(super) fn admit(world: &Edge, workload: WorkloadId) -> Verdict {
    world.workload(&workload).ok_or_else(|| Refusal::unknown("workload", &workload))?;
    Ok(vec![Event::WorkloadRemoved(workload)])
}
