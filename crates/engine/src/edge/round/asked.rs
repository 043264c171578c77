//! What a round looks at: replicas without a node, and those that should leave theirs. What found no place is looked at again only after
//! room was made: time alone makes none.

use super::rules;
use crate::edge::world::Edge;
use paceline_model::edge::{MoveCause, NodeIdx, ReplicaPhase, VariantRef, WorkloadIdx};
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
}

/// What is looked at, in the order in which it is served: by priority; of equals what should leave goes before what waits. Who leaves a
/// battery goes last, the lowest priority first: what is shed first is what matters least.
pub(super) fn asked(world: &Edge) -> Vec<Asked> {
    let mut all: Vec<(bool, i64, bool, usize, Asked)> = Vec::new();
    for (number, asked) in leaving(world).into_iter().chain(waiting(world)).enumerate() {
        let priority = world.workloads.get(asked.workload).map_or(0, |row| i64::from(row.spec.priority));
        let shed = matches!(asked.from, Some((_, MoveCause::LowBattery)));
        let by_priority = if shed { priority } else { -priority };
        all.push((shed, by_priority, asked.from.is_none(), number, asked));
    }
    all.sort_by_key(|(shed, priority, waits, number, _)| (*shed, *priority, *waits, *number));
    let mut all: Vec<Asked> = all.into_iter().map(|(.., asked)| asked).collect();
    let joined = |at: usize| all[at].gang && all[at - 1].gang && all[at].workload == all[at - 1].workload;
    all.truncate(cut(all.len(), REPLICAS_MAX, joined));
    all
}

/// Where a list is cut that is longer than `most`: not before one that is `joined` to the one before it, since a gang goes whole.
fn cut(length: usize, most: usize, joined: impl Fn(usize) -> bool) -> usize {
    (most..length).find(|at| !joined(*at)).unwrap_or(length)
}

fn leaving(world: &Edge) -> Vec<Asked> {
    let mut asked = Vec::new();
    for idx in &world.leaving {
        let Some(node) = world.nodes.get(*idx) else { continue };
        for (workload, ordinal) in &node.derived.runs {
            let Some(row) = world.workloads.get(*workload) else { continue };
            let Some(cause) = node.leaves(&row.spec) else { continue };
            if is_new(world, *workload, *ordinal) {
                let options = rules::options(world, &row.spec);
                let (workload, ordinal) = (*workload, *ordinal);
                asked.push(Asked { workload, ordinal, from: Some((*idx, cause)), options, gang: false });
            }
        }
    }
    asked
}

fn waiting(world: &Edge) -> Vec<Asked> {
    let (mut asked, mut gangs) = (Vec::new(), BTreeSet::new());
    for (Reverse(_), _, workload, ordinal) in &world.waiting {
        if asked.len() >= REPLICAS_MAX {
            break;
        }
        let Some(row) = world.workloads.get(*workload) else { continue };
        if !is_new(world, *workload, *ordinal) || gangs.contains(workload) {
            continue;
        }
        let options = rules::options(world, &row.spec);
        let of = |ordinal| Asked {
            workload: *workload,
            ordinal,
            from: None,
            options: options.clone(),
            gang: row.spec.gang,
        };
        if row.spec.gang {
            gangs.insert(*workload);
            let pending = (0..).zip(&row.replicas).filter(|(_, one)| one.phase == ReplicaPhase::Pending);
            asked.extend(pending.map(|(ordinal, _)| of(ordinal)));
        } else {
            asked.push(of(*ordinal));
        }
    }
    asked
}

/// Whether it was not looked at since room was last made.
fn is_new(world: &Edge, workload: WorkloadIdx, ordinal: u32) -> bool {
    let replica = world.workloads.get(workload).and_then(|row| row.replicas.get(ordinal as usize));
    replica.is_some_and(|replica| replica.finding.tried_at != Some(world.room_made))
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
