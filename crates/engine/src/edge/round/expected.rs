//! What is asked for in the region, for scores that look ahead: the workloads that are known, each as often as it has replicas. It follows from the
//! world, so that a restart looks ahead to the same.

use super::rules;
use crate::edge::row::{NodeRow, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::edge::WorkloadSpec;
use paceline_plan::edge::placement::{Expected, Task, Verdict};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Kinds of workload that are looked ahead to, the most frequent: each is held against each class of nodes. Some 60 cover 95 % of the tasks
/// of a public trace of 6,200 GPUs.
const KINDS_MAX: usize = 128;

/// Workloads that ask for the same of the same nodes.
pub(super) struct Kind<'a> {
    /// One of them.
    pub(super) example: &'a WorkloadRow,
    replicas: u64,
}

/// The most frequent kinds, by falling number of replicas, as if `supposed` were known too.
pub(super) fn kinds<'a>(world: &'a Edge, supposed: Option<&'a WorkloadRow>) -> Vec<Kind<'a>> {
    let mut kinds = BTreeMap::new();
    for row in world.workloads.rows().chain(supposed) {
        let spec = &row.spec;
        if spec.slice.is_some() {
            // What is looked ahead for are shares.
            continue;
        }
        let asks = (spec.requests.cpu, spec.requests.gpus, spec.requests.milli_gpu);
        let key = (asks, &spec.model, &spec.affinity, &spec.tolerations);
        let kind = kinds.entry(key).or_insert(Kind { example: row, replicas: 0 });
        kind.replicas += u64::from(spec.replicas);
    }
    let mut kinds: Vec<Kind<'_>> = kinds.into_values().collect();
    kinds.sort_by_key(|kind| Reverse(kind.replicas));
    kinds.truncate(KINDS_MAX);
    kinds
}

/// The kinds as the solver counts them, with what the rules say of each on each class.
pub(super) fn expected(world: &Edge, kinds: &[Kind<'_>], classes: &[&NodeRow]) -> Expected {
    let mut judged = BTreeMap::new();
    Expected::counted(kinds.iter().map(|kind| {
        let spec = &kind.example.spec;
        // Kinds that differ in their sizes alone may go to the same classes.
        let key = (&spec.model, &spec.affinity, &spec.tolerations);
        let verdicts = judged.entry(key).or_insert_with(|| verdicts(world, spec, classes)).clone();
        let task = Task {
            cpu_milli: spec.requests.cpu.0,
            devices: spec.requests.gpus,
            device_milli: spec.requests.milli_gpu.0,
            verdicts,
            ..Task::default()
        };
        (task, kind.replicas)
    }))
}

/// Of each class, whether any variant of the workload's model may run there.
fn verdicts(world: &Edge, spec: &WorkloadSpec, classes: &[&NodeRow]) -> Vec<Verdict> {
    let model = world.model(&spec.model);
    let named = rules::options(world, spec);
    let variants: Vec<_> = named.iter().filter_map(|named| model?.variant(named)).collect();
    let verdict = |node: &&NodeRow| {
        let runs = variants.iter().any(|variant| rules::refusal(node, spec, Some(variant)).is_none());
        // By which rule is of no interest to a score.
        if runs { Verdict::Allowed } else { Verdict::Refused(0) }
    };
    classes.iter().map(verdict).collect()
}
