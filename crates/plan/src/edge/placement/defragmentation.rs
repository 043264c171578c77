//! Moves that undo what came and went has left behind: a plan with the price of each step, made before anything moves.

use super::check::Running;
use super::cluster::Cluster;
use super::placer::Placer;
use super::replicas::Replicas;
use super::rows::Placement;
use super::task::Task;
use std::collections::BTreeMap;

/// One step of a plan. Steps are applied in their order; after each the cluster is lawful, so that the plan may be stopped anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// By its place in the list of replicas.
    pub replica: usize,
    /// Where it runs.
    pub from: Placement,
    /// Where it goes.
    pub to: Placement,
    /// Points of the scores that it gains; each score says what a point is.
    pub gain: i32,
}

/// At most `moves_max` moves, each the one that gains most as things stand then, each of a replica in `among` (rows of `replicas`) and each worth at least `gain_min` points. Each goes where there is room while it still runs: start it there first, then stop it
/// here. The cluster is left as it was.
///
/// Work: for each move, one look-up a kind of task and one score for each of `among`. Source: ours; greedy. Known gaps: two replicas
/// that would have to change places do not; no replica moves into room that its own going makes.
pub fn defragment(
    cluster: &mut Cluster,
    placer: &mut Placer,
    replicas: &Replicas,
    among: &[usize],
    (moves_max, gain_min): (usize, i32),
) -> Vec<Relocation> {
    let mut homes: Vec<Placement> = replicas.iter().map(|replica| home(&replica.running)).collect();
    let mut plan: Vec<Relocation> = Vec::new();
    while plan.len() < moves_max {
        let steps = steps(cluster, placer, replicas, &homes, among);
        let worthwhile = steps.into_iter().filter(|step| step.gain >= gain_min.max(1));
        let Some(step) = worthwhile.max_by_key(|step| (step.gain, std::cmp::Reverse(step.replica))) else {
            break;
        };
        let task = &replicas.get(step.replica).running.task;
        cluster.take(task, &step.to).expect("it was found on this state");
        cluster.give_back(task, &step.from);
        homes[step.replica] = step.to;
        plan.push(step);
    }
    for step in plan.iter().rev() {
        let task = &replicas.get(step.replica).running.task;
        cluster.restore(task, &step.from);
        cluster.give_back(task, &step.to);
    }
    plan
}

/// The best move of each of `among` as things stand.
fn steps(
    cluster: &Cluster,
    placer: &mut Placer,
    replicas: &Replicas,
    homes: &[Placement],
    among: &[usize],
) -> Vec<Relocation> {
    let mut found: BTreeMap<&Task, Option<Placement>> = BTreeMap::new();
    let step = |&replica: &usize| {
        let (task, from) = (&replicas.get(replica).running.task, homes[replica]);
        let to = *found.entry(task).or_insert_with(|| placer.find(cluster, task).ok());
        let to = to.filter(|to| (to.node, to.devices) != (from.node, from.devices))?;
        let gain = to.points.saturating_sub(placer.points_of_held(cluster, task, &from)?);
        Some(Relocation { replica, from, to, gain })
    };
    among.iter().filter_map(step).collect()
}

fn home(running: &Running) -> Placement {
    Placement { node: running.node, devices: running.devices, points: 0 }
}
