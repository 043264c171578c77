//! One federation over 100 clusters of 10,000 nodes, each known by its summary: how long it takes to sum a cluster up, and to spread a workload over all of them.
//! Nodes and workloads are those of the trace, in random order, each node with up to three of the trace's tasks on it beforehand. Every spread is checked by
//! rules that are written apart from the solver.

use crate::clock::{millis, percentile, timed};
use crate::openb;
use anyhow::{Result, ensure};
use paceline_model::federation::{CapacitySummary, ClusterRule, Division, FreeDevices, NodeClass, classes};
use paceline_model::limits::{MILLI_GPU_WHOLE, NODE_CLASSES_MAX};
use paceline_plan::Rng;
use paceline_plan::edge::federation::{Cluster, May, Need, Place, Room, Rules, Workload, check, spread};
use paceline_plan::edge::placement::{Node, Task};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CLUSTERS: usize = 100;
const NODES: usize = 10_000;
/// Clusters lie in so many locations.
const LOCATIONS: usize = 12;
/// Workloads that are spread, each taking its room from the next; then one cluster is lost, and all that had some there are spread again.
const WORKLOADS: usize = 2_000;

/// Policies, each of a quarter of the workloads.
const POLICIES: [(&str, Rules); 4] = [
    ("weights", rules(Division::Weighted, None, None, 0)),
    ("room", rules(Division::ByCapacity, None, None, 0)),
    ("weights, at most 8 clusters, at least 3 locations", rules(Division::Weighted, Some(8), None, 3)),
    ("few clusters, at most 2 locations", rules(Division::Aggregated, None, Some(2), 0)),
];

const fn rules(
    division: Division,
    clusters_max: Option<u32>,
    locations_max: Option<u32>,
    locations_min: u32,
) -> Rules {
    Rules {
        division,
        per_cluster_min: 0,
        per_cluster_max: None,
        clusters_min: 0,
        clusters_max,
        locations_min,
        locations_max,
        gang: false,
    }
}

pub(crate) fn print(dir: &Path) -> Result<()> {
    let trace = openb::read(dir, "default")?;
    let mut rng = Rng::of(1, "federation");
    let (mut summed, mut bytes, mut clusters) = (Vec::new(), 0, Vec::new());
    for number in 0..CLUSTERS {
        let nodes: Vec<NodeClass> = (0..NODES).map(|_| free(&trace.nodes, &trace.tasks, &mut rng)).collect();
        let (classes, took) = timed(|| classes(nodes, NODE_CLASSES_MAX));
        summed.push(took);
        bytes += classes.len();
        let summary = CapacitySummary { classes, ..CapacitySummary::default() };
        clusters.push(Cluster { location: number % LOCATIONS, room: Arc::new(Room::of(&summary)) });
    }
    println!(
        "## Federation: {CLUSTERS} clusters of {NODES} nodes, known by {} classes each\n",
        bytes / CLUSTERS
    );
    println!(
        "Summing up a cluster of {NODES} nodes, ms: p50 {:.1}, p99 {:.1}\n",
        millis(percentile(&mut summed, 50)),
        millis(percentile(&mut summed, 99))
    );
    println!(
        "| policy | decisions | p50 ms | p99 ms | most | after a cluster is lost: decisions | p50 ms | p99 ms | most |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut world = World::new(clusters, &trace.tasks, &mut rng);
    let first = world.spread_all(|_| true)?;
    world.lose(7);
    let second = world.spread_all(|workload| workload.places[7].now > 0)?;
    let mut all = [Vec::new(), Vec::new()];
    for (policy, (name, _)) in POLICIES.iter().enumerate() {
        let of = [&first[policy], &second[policy]].map(Clone::clone);
        println!("| {name} | {} |", of.clone().map(columns).join(" | "));
        all.iter_mut().zip(of).for_each(|(all, of)| all.extend(of));
    }
    println!("| **all** | {} |", all.map(columns).join(" | "));
    println!(
        "\nPublished of Karmada, 100 clusters, 500,000 nodes, through an API server: p50 12 ms, p99 32 ms."
    );
    Ok(())
}

fn columns(mut took: Vec<Duration>) -> String {
    let count = took.len();
    let ms = [50, 99, 100].map(|percent| format!("{:.2}", millis(percentile(&mut took, percent))));
    format!("{count} | {}", ms.join(" | "))
}

/// Clusters and workloads, with what each has of them.
struct World {
    clusters: Vec<Cluster>,
    rooms: Vec<Room>,
    workloads: Vec<Workload>,
}

impl World {
    fn new(clusters: Vec<Cluster>, tasks: &[Task], rng: &mut Rng) -> Self {
        let workload = |number: usize| {
            let need = need(&tasks[rng.below(tasks.len())]);
            let place = |_| Place {
                now: 0,
                held: 0,
                may: May::Grow,
                weight: 1 + rng.below(10) as u32,
                most: None,
                need,
            };
            let places = (0..CLUSTERS).map(place).collect();
            let wanted = [4, 20, 100, 1_000][rng.below(4)];
            Workload { number, wanted, rules: POLICIES[number % POLICIES.len()].1, steady: true, places }
        };
        let workloads = (0..WORKLOADS).map(workload).collect();
        let rooms = clusters.iter().map(|cluster| (*cluster.room).clone()).collect();
        Self { clusters, rooms, workloads }
    }

    /// Nothing may be there any more.
    fn lose(&mut self, cluster: usize) {
        for workload in &mut self.workloads {
            workload.places[cluster].may = May::Leave(ClusterRule::Unreachable);
        }
    }

    /// Spreads some of them, one after the other as a round does. Returns how long each took, by policy.
    fn spread_all(&mut self, which: impl Fn(&Workload) -> bool) -> Result<Vec<Vec<Duration>>> {
        let mut took = vec![Vec::new(); POLICIES.len()];
        for at in 0..self.workloads.len() {
            if !which(&self.workloads[at]) {
                continue;
            }
            // What is timed is all that a decision takes, with the room that it takes away.
            let (found, time) = timed(|| spread(&self.clusters, &self.rooms, &self.workloads[at]));
            let broken = check(&self.clusters, &self.rooms, &self.workloads[at], &found);
            ensure!(broken.is_ok(), "{broken:?}");
            let ((), taken) = timed(|| {
                for ((place, room), replicas) in
                    self.workloads[at].places.iter().zip(&mut self.rooms).zip(&found.replicas)
                {
                    room.take(&place.need, replicas.saturating_sub(place.now));
                }
            });
            took[at % POLICIES.len()].push(time + taken);
            for (place, replicas) in self.workloads[at].places.iter_mut().zip(&found.replicas) {
                place.now = *replicas;
            }
        }
        Ok(took)
    }
}

/// A node of the trace with up to three of its tasks on it, as far as they fit.
fn free(nodes: &[Node], tasks: &[Task], rng: &mut Rng) -> NodeClass {
    let node = &nodes[rng.below(nodes.len())];
    let (mut cpu, mut memory) = (node.cpu_milli, node.memory_mib);
    let mut devices = vec![MILLI_GPU_WHOLE; node.devices.len()];
    for _ in 0..rng.below(4) {
        let task = &tasks[rng.below(tasks.len())];
        let fitting: Vec<usize> = (0..devices.len()).filter(|at| devices[*at] >= task.device_milli).collect();
        let wanted = usize::from(task.devices);
        if task.cpu_milli <= cpu && task.memory_mib <= memory && wanted <= fitting.len() {
            cpu -= task.cpu_milli;
            memory -= task.memory_mib;
            fitting.into_iter().take(wanted).for_each(|at| devices[at] -= task.device_milli);
        }
    }
    let devices =
        devices.into_iter().map(|milli_gpu| FreeDevices { count: 1, milli_gpu, memory_mib: 16_000 });
    NodeClass { nodes: 1, cpu_milli: cpu, memory_mib: memory.into(), devices: devices.collect() }
}

fn need(task: &Task) -> Need {
    Need {
        cpu_milli: task.cpu_milli,
        memory_mib: task.memory_mib.into(),
        gpus: task.devices,
        milli_gpu: task.device_milli,
        gpu_memory_mib: if task.devices == 0 { 0 } else { 2_000 },
    }
}
