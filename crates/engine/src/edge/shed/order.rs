//! In which order what runs on a node that is not well is looked at.

use super::pressure::heats;
use crate::edge::row::{NodeRow, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::edge::WorkloadIdx;

/// What runs on a node, the lowest priority first; of equals what runs on the devices that heat it.
pub(super) fn lowest_first<'a>(
    world: &'a Edge,
    node: &NodeRow,
) -> impl Iterator<Item = (WorkloadIdx, u32, &'a WorkloadRow)> {
    let runs = node.derived.runs.iter();
    let mut runs: Vec<_> = runs
        .filter_map(|(workload, ordinal)| {
            let (row, replica) = world.replica_at(*workload, *ordinal)?;
            let bound = replica.bound.as_ref()?;
            Some((row.spec.priority, !heats(node, &bound.devices), *workload, *ordinal, row))
        })
        .collect();
    runs.sort_by_key(|(priority, beside, workload, ordinal, _)| (*priority, *beside, *workload, *ordinal));
    runs.into_iter().map(|(_, _, workload, ordinal, row)| (workload, ordinal, row))
}
