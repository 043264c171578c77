//! What a round looks at: replicas without a node, and those that should leave theirs. What found no place is looked at again only after
//! room was made; time alone makes none, but that others may give way again.

use super::rules;
use crate::edge::defragment;
use crate::edge::row::WorkloadRow;
use crate::edge::shed::{self, Leaver};
use crate::edge::world::Edge;
use paceline_model::edge::{MoveCause, NodeIdx, ReplicaPhase, VariantRef, WorkloadIdx, WorkloadSpec};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Replicas that one round looks at: with their events it makes a record of a few megabytes.
const REPLICAS_MAX: usize = 5_000;

/// A replica that a round looks at.
#[derive(Clone, Debug)]
pub(in crate::edge) struct Asked {
    pub(super) workload: WorkloadIdx,
    pub(super) ordinal: u32,
    /// The node that it should leave, and why.
    pub(super) from: Option<(NodeIdx, MoveCause)>,
    /// The variants that it may run as, the wanted one first.
    pub(super) options: Vec<VariantRef>,
    /// Its workload, if all of it goes or none.
    pub(super) gang: bool,
    /// The only node that it goes to: where it came from.
    pub(super) only: Option<NodeIdx>,
}

/// What is looked at, in the order in which it is served: by priority; of equals what should leave goes before what waits. Who leaves a
/// battery goes last, the lowest priority first: what is shed first is what matters least. Who goes back (`restores`) takes what is left. Moves
/// for their own sake are looked at only in a round that has nothing else to do.
pub(super) fn asked(world: &Edge, restores: bool) -> Vec<Asked> {
    let mut all: Vec<(bool, i64, bool, usize, Asked)> = Vec::new();
    let restored = if restores { shed::restoring(world) } else { Vec::new() };
    let leaving = shed::leaving(world).into_iter().chain(restored).filter_map(|leaver| leaves(world, leaver));
    for (number, asked) in leaving.chain(waiting(world)).enumerate() {
        let priority = world.workloads.get(asked.workload).map_or(0, |row| i64::from(row.spec.priority));
        let cause = asked.from.map(|(_, cause)| cause);
        let shed = cause.is_some_and(|cause| cause == MoveCause::LowBattery || cause.restores());
        let by_priority = if cause == Some(MoveCause::LowBattery) { priority } else { -priority };
        all.push((shed, by_priority, asked.from.is_none(), number, asked));
    }
    all.sort_by_key(|(shed, priority, waits, number, _)| (*shed, *priority, *waits, *number));
    if all.is_empty() {
        return defragment::due(world).into_iter().filter_map(|leaver| leaves(world, leaver)).collect();
    }
    let mut all: Vec<Asked> = all.into_iter().map(|(.., asked)| asked).collect();
    let joined = |at: usize| all[at].gang && all[at - 1].gang && all[at].workload == all[at - 1].workload;
    all.truncate(cut(all.len(), REPLICAS_MAX, joined));
    all
}

/// Where a list is cut that is longer than `most`: not before one that is `joined` to the one before it, since a gang goes whole.
fn cut(length: usize, most: usize, joined: impl Fn(usize) -> bool) -> usize {
    (most..length).find(|at| !joined(*at)).unwrap_or(length)
}

/// The replicas of a workload that is not known, under the number of its row.
pub(super) fn supposed(world: &Edge, workload: WorkloadIdx, spec: &WorkloadSpec) -> Vec<Asked> {
    let options = rules::options(world, spec);
    (0..spec.replicas).map(|ordinal| waits(workload, ordinal, &options, spec.gang)).collect()
}

/// What is asked for one replica, with its gang: a node, or another than it has. Empty: it has one and may stay.
pub(super) fn of_replica(world: &Edge, workload: WorkloadIdx, ordinal: u32) -> Vec<Asked> {
    let Some((row, replica)) = world.replica_at(workload, ordinal) else { return Vec::new() };
    if replica.phase == ReplicaPhase::Pending {
        return pending(world, row, workload, ordinal);
    }
    let from = replica.bound.as_ref().and_then(|bound| world.nodes.find(&bound.node));
    let leaver = from.and_then(|from| {
        let cause = world.nodes.get(from)?.leaves(&row.spec)?;
        leaves(world, Leaver { workload, ordinal, from, cause, only: None })
    });
    leaver.into_iter().collect()
}

/// A replica that has no node, with all of its gang that have none.
fn pending(world: &Edge, row: &WorkloadRow, workload: WorkloadIdx, ordinal: u32) -> Vec<Asked> {
    let options = rules::options(world, &row.spec);
    if !row.spec.gang {
        return vec![waits(workload, ordinal, &options, false)];
    }
    let pending = (0..).zip(&row.replicas).filter(|(_, one)| one.phase == ReplicaPhase::Pending);
    pending.map(|(ordinal, _)| waits(workload, ordinal, &options, true)).collect()
}

fn waits(workload: WorkloadIdx, ordinal: u32, options: &[VariantRef], gang: bool) -> Asked {
    Asked { workload, ordinal, from: None, options: options.to_vec(), gang, only: None }
}

/// Who goes back, or up, runs as no less than it does; who moves for its own sake as what it is.
fn leaves(world: &Edge, Leaver { workload, ordinal, from, cause, only }: Leaver) -> Option<Asked> {
    let row = world.workloads.get(workload)?;
    let mut options = rules::options(world, &row.spec);
    let runs_as = &row.replicas.get(ordinal as usize)?.bound.as_ref()?.variant;
    let own = options.iter().position(|option| option == runs_as);
    match cause {
        MoveCause::Returned => options.truncate(own.map_or(options.len(), |own| own + 1)),
        MoveCause::Upgraded => options.truncate(own?),
        MoveCause::Defragmented => options = vec![runs_as.clone()],
        _ => {}
    }
    Some(Asked { workload, ordinal, from: Some((from, cause)), options, gang: false, only })
}

fn waiting(world: &Edge) -> Vec<Asked> {
    let (mut asked, mut gangs) = (Vec::new(), BTreeSet::new());
    for (Reverse(_), _, workload, ordinal) in &world.waiting {
        if asked.len() >= REPLICAS_MAX {
            break;
        }
        let Some(row) = world.workloads.get(*workload) else { continue };
        if !world.is_new(*workload, *ordinal) || gangs.contains(workload) {
            continue;
        }
        if row.spec.gang {
            gangs.insert(*workload);
        }
        asked.extend(pending(world, row, *workload, *ordinal));
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_round_that_is_full_cuts_no_gang() {
        // Two gangs of three behind four that go alone.
        let gangs = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2];
        let joined = |at: usize| gangs[at] > 0 && gangs[at] == gangs[at - 1];
        let cuts = [1, 4, 5, 6, 7, 8, 10, 11].map(|most| cut(gangs.len(), most, joined));
        assert_eq!(cuts, [1, 4, 7, 7, 7, 10, 10, 10]);
    }
}
