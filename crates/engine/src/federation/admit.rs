//! May this happen? Each looks at the world and answers with events or a refusal. Nothing here changes anything.

use super::world::Federation;
use paceline_model::edge::WorkloadId;
use paceline_model::federation::{ClusterId, ClusterSpec, Command, Event, FederatedWorkload, Refusal};
use paceline_model::{Invalid, Rule};
use std::sync::Arc;

/// Its events, or why not.
type Verdict = Result<Vec<Event>, Refusal>;

/// Names that a refusal lists at most.
const NAMED_MAX: usize = 5;

/// Judges one command against the world as it is.
pub(super) fn admit(world: &Federation, command: Command) -> Verdict {
    match command {
        Command::PutCluster(spec) => Ok(put_cluster(world, spec)),
        Command::RemoveCluster(cluster) => remove_cluster(world, cluster),
        Command::CordonCluster(cluster) => cordon(world, cluster),
        Command::DrainCluster(cluster, gone) => drain(world, cluster, gone),
        Command::UncordonCluster(cluster) => uncordon(world, cluster),
        Command::PutWorkload(spec) => put_workload(world, spec),
        Command::RemoveWorkload(workload) => remove_workload(world, workload),
        Command::Rebalance(workload) => rebalance(world, workload),
    }
}

fn put_cluster(world: &Federation, spec: ClusterSpec) -> Vec<Event> {
    match world.cluster(&spec.id) {
        Some(row) if *row.spec == spec => Vec::new(),
        _ => vec![Event::ClusterPut(Arc::new(spec))],
    }
}

fn cluster<'a>(world: &'a Federation, id: &ClusterId) -> Result<&'a super::ClusterRow, Refusal> {
    world.cluster(id).map(|row| &**row).ok_or_else(|| Refusal::unknown("cluster", id))
}

fn workload<'a>(world: &'a Federation, id: &WorkloadId) -> Result<&'a super::FederatedRow, Refusal> {
    world.workload(id).map(|row| &**row).ok_or_else(|| Refusal::unknown("workload", id))
}

/// The first few of them, with how many there are besides.
fn listed<T: ToString>(names: impl Iterator<Item = T>) -> String {
    let names: Vec<String> = names.map(|name| name.to_string()).collect();
    let first = names.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED_MAX) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn remove_cluster(world: &Federation, id: ClusterId) -> Verdict {
    let row = cluster(world, &id)?;
    // Of one that is gone nobody can say any more that it has ended what it had.
    let has = |of: &super::FederatedRow| of.of(&id) > 0 || of.residue_of(&id) > 0 && !row.gone;
    let mut workloads = world.workloads().filter(|of| has(of)).map(|of| of.spec.id()).peekable();
    if workloads.peek().is_some() {
        return Err(Refusal::InUse { workloads: listed(workloads), cluster: id });
    }
    Ok(vec![Event::ClusterRemoved(id)])
}

fn cordon(world: &Federation, id: ClusterId) -> Verdict {
    let row = cluster(world, &id)?;
    Ok(if row.cordoned { Vec::new() } else { vec![Event::ClusterCordoned(id)] })
}

fn drain(world: &Federation, id: ClusterId, gone: bool) -> Verdict {
    let row = cluster(world, &id)?;
    if gone && row.lost.is_none() {
        let rule =
            Rule::Shape("must be left out of a cluster that is heard: what it runs is not gone".into());
        return Err(Refusal::Invalid(Invalid::new("gone", true, rule)));
    }
    let is_so = row.draining && (row.gone || !gone);
    Ok(if is_so { Vec::new() } else { vec![Event::ClusterDrained { cluster: id, gone }] })
}

fn uncordon(world: &Federation, id: ClusterId) -> Verdict {
    let row = cluster(world, &id)?;
    let is_so = !row.cordoned && !row.draining;
    Ok(if is_so { Vec::new() } else { vec![Event::ClusterUncordoned(id)] })
}

fn put_workload(world: &Federation, spec: Box<FederatedWorkload>) -> Verdict {
    match world.workload(spec.id()) {
        Some(row) if row.ending => {
            Err(Refusal::Ending { workload: spec.id().clone(), clusters: listed(row.residue.keys()) })
        }
        Some(row) if *row.spec == *spec => Ok(Vec::new()),
        _ => Ok(vec![Event::WorkloadPut(Arc::from(spec))]),
    }
}

fn remove_workload(world: &Federation, id: WorkloadId) -> Verdict {
    let row = workload(world, &id)?;
    let has_none = row.replicas.is_empty() && row.residue.is_empty();
    Ok(match (row.ending, has_none) {
        (true, _) => Vec::new(),
        (false, false) => vec![Event::WorkloadEnding(id)],
        (false, true) => vec![Event::WorkloadEnding(id.clone()), Event::WorkloadEnded(id)],
    })
}

fn rebalance(world: &Federation, id: WorkloadId) -> Verdict {
    let row = workload(world, &id)?;
    if row.ending {
        return Err(Refusal::Ending { workload: id, clusters: listed(row.residue.keys()) });
    }
    Ok(if row.anew { Vec::new() } else { vec![Event::WorkloadRebalanced(id)] })
}
