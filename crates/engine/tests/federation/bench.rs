//! A federation with a journal on disk and a solver, and the clusters that it speaks to: each places as many replicas as it has cores, does what it is told,
//! and goes on with what it has while its link is down.

use crate::journaled::{Journaled, Outward};
use paceline_engine::federation::{ClusterReport, FederatedRow, Federation, FederationOptions, Told};
use paceline_engine::ledger::Entry;
use paceline_engine::region::{Input, RegionOptions};
use paceline_model::edge::{
    Mebibytes, MilliCpu, ModelId, Precision, Requests, SemanticVersion, WhenUnreachable, WorkloadId,
    WorkloadSpec,
};
use paceline_model::federation::{
    CapacitySummary, ClusterId, ClusterSpec, Command, Event, FederatedWorkload, ModelSummary, NodeClass,
    PropagationPolicy, Refusal, VariantSummary, WorkloadSummary,
};
use paceline_model::{Answer, Instant, Millis, Tag};
use paceline_plan::Budget;
use paceline_plan::edge::federation::{Plan, Room, check, solve};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const TICK: Millis = Millis(200);
pub(crate) const START: Instant = Instant(1_800_000_000_000);

/// A cluster as it is in truth.
#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    /// Cores, one a replica.
    pub(crate) cores: u32,
    /// Replicas that are asked of it.
    pub(crate) asked: BTreeMap<WorkloadId, u32>,
    /// Its link is down: it is neither heard nor told.
    pub(crate) cut: bool,
    /// It does not run at all.
    pub(crate) dead: bool,
}

impl Truth {
    /// Replicas that run: as many as have cores, in the order of their names.
    pub(crate) fn running(&self, workload: &WorkloadId) -> u32 {
        if self.dead {
            return 0;
        }
        let mut free = self.cores;
        for (id, asked) in &self.asked {
            let placed = free.min(*asked);
            free -= placed;
            if id == workload {
                return placed;
            }
        }
        0
    }

    fn summary(&self) -> CapacitySummary {
        let of = |id: &WorkloadId, asked: u32| WorkloadSummary {
            wanted: asked,
            placed: self.running(id),
            versions: BTreeMap::new(),
        };
        let taken: u32 = self.asked.keys().map(|id| self.running(id)).sum();
        let free = self.cores - taken;
        let class = NodeClass { nodes: free, cpu_milli: 1_000, memory_mib: 1_024, devices: Vec::new() };
        let variant = VariantSummary {
            version: SemanticVersion::new(1, 0, 0),
            precision: Precision::Int8,
            memory_mib: 64,
        };
        CapacitySummary {
            nodes: self.cores,
            ready: self.cores,
            classes: if free > 0 { vec![class] } else { Vec::new() },
            models: BTreeMap::from([(model(), ModelSummary { variants: vec![variant] })]),
            workloads: self.asked.iter().map(|(id, asked)| (id.clone(), of(id, *asked))).collect(),
        }
    }
}

/// A federation and its clusters.
pub(crate) struct Bench {
    journaled: Journaled<Federation>,
    pub(crate) truth: BTreeMap<ClusterId, Truth>,
    pub(crate) events: Vec<(Instant, Event)>,
    dir: PathBuf,
    snapshot_every: u64,
    /// The step by which clusters were told last.
    told_by: u64,
}

impl std::ops::Deref for Bench {
    type Target = Journaled<Federation>;
    fn deref(&self) -> &Journaled<Federation> {
        &self.journaled
    }
}

impl Bench {
    pub(crate) fn open(dir: &Path, snapshot_every: u64) -> Self {
        Self::at(dir, snapshot_every, START)
    }

    fn at(dir: &Path, snapshot_every: u64, now: Instant) -> Self {
        let options = RegionOptions { tick: TICK, snapshot_every };
        let world = Federation::new(FederationOptions::default().validate().expect("options that can be"));
        let journaled = Journaled::open(dir, world, options, now);
        let (truth, events) = (BTreeMap::new(), Vec::new());
        Self { journaled, truth, events, dir: dir.into(), snapshot_every, told_by: 0 }
    }

    /// The process dies and goes on from its journal.
    pub(crate) fn restarts(self) -> Self {
        let Self { journaled, truth, events, dir, snapshot_every, .. } = self;
        let (before, now) = (journaled.region.ledger().checkpoint().encode(), journaled.now);
        drop(journaled);
        let after = Self::at(&dir, snapshot_every, now);
        assert_eq!(
            after.region.ledger().checkpoint().encode(),
            before,
            "the world is the replay of its records"
        );
        Self { truth, events, ..after }
    }

    fn with<T>(
        &mut self,
        drive: impl FnOnce(
            &mut Journaled<Federation>,
            &mut dyn FnMut(Outward<Federation>) -> Option<Box<Plan>>,
        ) -> T,
    ) -> T {
        let Self { journaled, events, .. } = self;
        let mut outward = |outward: Outward<Federation>| match outward {
            Outward::Solve(problem) => {
                let plan = solve(&problem, &mut Budget::steps(1_000_000));
                let mut rooms: Vec<Room> = problem.clusters.iter().map(|of| (*of.room).clone()).collect();
                for (workload, spread) in problem.workloads.iter().zip(&plan.spreads) {
                    check(&problem.clusters, &rooms, workload, spread).expect("a plan keeps the rules");
                    for ((place, room), replicas) in
                        workload.places.iter().zip(&mut rooms).zip(&spread.replicas)
                    {
                        room.take(&place.need, replicas.saturating_sub(place.now + place.held));
                    }
                }
                Some(Box::new(plan))
            }
            Outward::Publish(change) => {
                if let Entry::Event(event) = &change.event {
                    events.push((change.at, event.clone()));
                }
                None
            }
        };
        drive(journaled, &mut outward)
    }

    pub(crate) fn ask(&mut self, command: Command) -> Answer<Refusal> {
        self.with(|journaled, mut outward| journaled.ask(command, None, &mut outward))
    }

    pub(crate) fn must(&mut self, command: Command) {
        self.ask(command).expect("it is allowed");
    }

    /// A cluster with so many cores.
    pub(crate) fn cluster(&mut self, name: &str, cores: u32, location: &str) {
        self.truth.insert(cluster_id(name), Truth { cores, ..Truth::default() });
        self.must(Command::PutCluster(cluster(name, location)));
    }

    pub(crate) fn truth(&mut self, name: &str) -> &mut Truth {
        self.truth.get_mut(&cluster_id(name)).expect("a known cluster")
    }

    /// All clusters are asked, and told what they are to have, each second.
    pub(crate) fn wait(&mut self, seconds: u32) {
        for _ in 0..seconds {
            let names: Vec<ClusterId> = self.truth.keys().cloned().collect();
            let report = |cluster: &ClusterId| {
                let truth = &self.truth[cluster];
                let heard = !truth.cut && !truth.dead;
                let summary = if heard { Ok(Arc::new(truth.summary())) } else { Err("no answer".to_owned()) };
                ClusterReport {
                    cluster: cluster.clone(),
                    summary,
                    told_by: Some(self.told_by),
                    refused: BTreeMap::new(),
                }
            };
            let reports = names.iter().map(report).collect();
            self.with(|journaled, mut outward| journaled.input(Input::Telemetry(reports), &mut outward));
            let until = self.now + Millis::from_secs(1);
            self.with(|journaled, mut outward| journaled.until(until, &mut outward));
            self.told_by = self.region.ledger().steps();
            for cluster in names {
                let told = self.region.ledger().told(&cluster);
                let truth = self.truth.get_mut(&cluster).expect("a known cluster");
                if !truth.cut && !truth.dead {
                    told.into_iter().for_each(|told| obey(truth, &told));
                }
            }
        }
    }

    pub(crate) fn row(&self, name: &str) -> &FederatedRow {
        self.region.ledger().workload(&workload_id(name)).expect("a known workload")
    }

    /// Replicas that run in truth, by cluster.
    pub(crate) fn running(&self, workload: &str) -> Vec<u32> {
        self.truth.values().map(|truth| truth.running(&workload_id(workload))).collect()
    }

    /// Replicas that clusters are to have, by cluster.
    pub(crate) fn wanted(&self, workload: &str) -> Vec<u32> {
        let row = self.row(workload);
        self.truth.keys().map(|cluster| row.of(cluster)).collect()
    }
}

fn obey(truth: &mut Truth, told: &Told) {
    match told.part.replicas {
        0 => _ = truth.asked.remove(&told.part.id),
        replicas => _ = truth.asked.insert(told.part.id.clone(), replicas),
    }
}

pub(crate) fn cluster_id(name: &str) -> ClusterId {
    ClusterId::new(name).expect("a good name")
}

pub(crate) fn workload_id(name: &str) -> WorkloadId {
    WorkloadId::new(name).expect("a good name")
}

fn model() -> ModelId {
    ModelId::new("weld").expect("a good name")
}

pub(crate) fn cluster(name: &str, location: &str) -> ClusterSpec {
    let location = Some(Tag::new(location).expect("a good name"));
    let url = format!("https://{name}.example");
    ClusterSpec { id: cluster_id(name), url, region: None, location }.validate().expect("a good address")
}

/// So many replicas of one core, shared out evenly.
pub(crate) fn spread(name: &str, replicas: u32) -> FederatedWorkload {
    let requests = Requests { cpu: MilliCpu(1_000), memory: Mebibytes(64), ..Requests::default() };
    let workload = WorkloadSpec::new(workload_id(name), model(), Precision::Int8, requests);
    let workload = WorkloadSpec { replicas, ..workload };
    FederatedWorkload { workload, policy: PropagationPolicy::default() }
}

/// The same, that runs elsewhere once its cluster has been silent for so long.
pub(crate) fn replaced(name: &str, replicas: u32, after_s: u32) -> FederatedWorkload {
    let mut of = spread(name, replicas);
    of.policy.when_unreachable = WhenUnreachable::ReplaceAfter(Millis::from_secs(after_s));
    of.validate().expect("it can be")
}

/// One of which there may never be two.
pub(crate) fn single(name: &str) -> FederatedWorkload {
    let mut of = spread(name, 1);
    of.workload.single = true;
    of.validate().expect("it can be")
}
