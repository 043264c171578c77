//! Decisions against the number of nodes, from nothing; how soon a no comes, and what would help.

use crate::clock::{millis, percentile, timed};
use crate::openb::{Trace, read};
use anyhow::Result;
use paceline_plan::edge::placement::check::Running;
use paceline_plan::edge::placement::{
    Cluster, Expected, Means, Mix, Node, NodeRow, Offer, Placer, Replica, Replicas, Task, make_room,
    remedies, scores,
};
use paceline_plan::{Budget, Rng};
use std::path::Path;

/// Nodes, and tasks placed on them.
const SIZES: [(usize, usize); 5] =
    [(217, 500), (1_213, 1_000), (10_000, 1_000), (100_000, 1_000), (1_000_000, 1_000)];

pub(crate) fn print(dir: &Path) -> Result<()> {
    let trace = read(dir, "default")?;
    println!("## Scale: nodes of the trace in random order, each with up to three of its tasks beforehand\n");
    println!(
        "| nodes | tasks | lay out the cluster, ms | place all, from a placer that knows nothing, ms | most memory so far, MB |\n| ---: | ---: | ---: | ---: | ---: |"
    );
    for (count, tasks) in SIZES {
        let (cluster, laid) = timed(|| nodes(&trace, count));
        let tasks = drawn(&trace, tasks);
        let (_, placed) = timed(|| place(cluster, &trace, &tasks));
        println!(
            "| {count} | {} | {:.1} | {:.1} | {} |",
            tasks.len(),
            millis(laid),
            millis(placed),
            memory_mb()
        );
    }
    refused(&trace);
    Ok(())
}

/// Nodes of the trace in random order, each with up to three of its tasks, so that few are alike.
fn nodes(trace: &Trace, count: usize) -> Cluster {
    let mut rng = Rng::of(1, "nodes");
    let nodes: Vec<Node> = (0..count).map(|_| trace.nodes[rng.below(trace.nodes.len())].clone()).collect();
    let mut cluster = Cluster::shuffled(nodes, 1);
    let placer = Placer::new(Mix::default());
    for row in 0..count as u32 {
        for _ in 0..rng.below(4) {
            let task = &trace.tasks[rng.below(trace.tasks.len())];
            if let Some(found) = placer.on_node(&cluster, task, NodeRow(row)) {
                cluster.take(task, &found).expect("it was found on this state");
            }
        }
    }
    cluster
}

fn drawn(trace: &Trace, count: usize) -> Vec<Task> {
    let mut rng = Rng::of(2, "tasks");
    (0..count).map(|_| trace.tasks[rng.below(trace.tasks.len())].clone()).collect()
}

fn place(mut cluster: Cluster, trace: &Trace, tasks: &[Task]) -> (Cluster, Replicas) {
    let mut placer = Placer::new(scores::ahead(&Expected::of(&trace.tasks), &cluster));
    let mut replicas = Replicas::default();
    for task in tasks {
        if let Ok(found) = placer.find(&cluster, task)
            && cluster.take(task, &found).is_ok()
        {
            let running = Running { task: task.clone(), node: found.node, devices: found.devices };
            let priority = (replicas.len() % 3) as i32;
            replicas.add(Replica { running, priority, ran: 1, group: None, held: false });
        }
    }
    (cluster, replicas)
}

/// 10,000 nodes, filled until most kinds of task are refused.
fn refused(trace: &Trace) {
    let (mut cluster, replicas) = place(nodes(trace, 10_000), trace, &drawn(trace, 90_000));
    let mut placer = Placer::new(scores::ahead(&Expected::of(&trace.tasks), &cluster));
    let (mut no, mut why, mut evict) = (Vec::new(), Vec::new(), Vec::new());
    for task in drawn(trace, 400) {
        let (found, time) = timed(|| placer.find(&cluster, &task));
        let Err(refusal) = found else { continue };
        no.push(time);
        let offer =
            Offer { means: Means::preemption(&replicas, 1), rises: &|_| false, variants: &[], lifted: &[] };
        let tasks = std::slice::from_ref(&task);
        let mut budget = Budget::unlimited();
        why.push(timed(|| remedies(&mut cluster, &mut placer, tasks, &refusal, &offer, &mut budget)).1);
        evict.push(timed(|| make_room(&mut cluster, &mut placer, &task, &Means::preemption(&replicas, 2))).1);
        if no.len() == 60 {
            break;
        }
    }
    println!(
        "\n## No, over 10,000 nodes with {} replicas, {} refusals, ms\n\n| | p50 | p99 |\n| --- | ---: | ---: |",
        replicas.len(),
        no.len()
    );
    for (name, mut times) in [
        ("no, with its counts", no),
        ("what would make it a yes, checked", why),
        ("whom to move or evict", evict),
    ] {
        println!(
            "| {name} | {:.2} | {:.2} |",
            millis(percentile(&mut times, 50)),
            millis(percentile(&mut times, 99))
        );
    }
}

/// The most memory that this process has held, by the kernel; 0 where it does not say.
fn memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}
