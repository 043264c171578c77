//! What a run adds up to.

use super::kpis::{Course, KubernetesKpis, Look, Worst};
use super::lives::{End, LifeId};
use super::policy::KubernetesPolicy;
use super::record::ClusterRecord;
use super::stage::Stage;
use crate::kpi::{quantile, ratio};
use crate::run::memory_mb;
use crate::run::rounds::Decisions;
use crate::stopwatch::Stopwatch;
use paceline_kubernetes::cluster::{Cluster, Name};
use paceline_model::Instant;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Times at which the cluster is looked at, all alike far apart: a picture has so many points.
const LOOKS: u64 = 240;
/// Pods of which it is said why they waited.
const WORST_MAX: usize = 10;
/// Rules that were broken and are said in words.
const BROKEN_MAX: usize = 20;

/// What came of a run.
#[derive(Debug)]
pub struct KubernetesOutcome {
    /// The table.
    pub kpis: KubernetesKpis,
    /// What is drawn over time.
    pub course: Course,
    /// The first rules that were broken, in words. Of a replay each is a bug.
    pub broken: Vec<String>,
}

/// Counts while a run is under way.
pub(super) struct Tally {
    start: Instant,
    end: Instant,
    looks: Vec<Look>,
    bound: BTreeMap<LifeId, (Name, Instant)>,
    left: BTreeMap<LifeId, Instant>,
    why: BTreeMap<LifeId, String>,
    /// Pods that ended for others.
    pub(super) preempted: u64,
    /// Pods whose node went away under them.
    pub(super) lost: u64,
    broken: Vec<String>,
    broken_count: u64,
    decisions: Decisions,
    watch: Stopwatch,
}

impl Tally {
    pub(super) fn new(record: &ClusterRecord) -> Self {
        Self {
            start: record.start,
            end: record.end,
            looks: Vec::new(),
            bound: BTreeMap::new(),
            left: BTreeMap::new(),
            why: BTreeMap::new(),
            preempted: 0,
            lost: 0,
            broken: Vec::new(),
            broken_count: 0,
            decisions: Decisions::default(),
            watch: Stopwatch::start(),
        }
    }

    /// How much of the record lies before then.
    pub(super) fn share(&self, at: Instant) -> f64 {
        ratio(at.0.saturating_sub(self.start.0) as f64, self.end.0.saturating_sub(self.start.0) as f64)
    }

    /// When the next look is.
    fn next_look(&self) -> Instant {
        let span = self.end.0.saturating_sub(self.start.0);
        Instant(self.start.0 + span * self.looks.len() as u64 / LOOKS)
    }

    /// Looks at the cluster as it was until then, as often as is due.
    pub(super) fn look_until(&mut self, at: Instant, stage: &Stage) {
        while (self.looks.len() as u64) < LOOKS && self.next_look() < at {
            self.looks.push(look(&stage.cluster));
        }
    }

    pub(super) fn bound(&mut self, id: LifeId, node: Name, at: Instant) {
        self.bound.insert(id, (node, at));
    }

    /// A pod went away without ever having had a node.
    pub(super) fn left(&mut self, id: LifeId, at: Instant) {
        self.left.insert(id, at);
    }

    pub(super) fn why(&mut self, id: LifeId, why: String) {
        self.why.insert(id, why);
    }

    pub(super) fn decided(&mut self, took: Duration) {
        self.decisions.count(took);
    }

    pub(super) fn broken(&mut self, rules: Vec<String>) {
        self.broken_count += rules.len() as u64;
        let room = BROKEN_MAX.saturating_sub(self.broken.len());
        self.broken.extend(rules.into_iter().take(room));
    }

    /// Adds everything up.
    pub(super) fn close(
        mut self,
        record: &ClusterRecord,
        policy: KubernetesPolicy,
        stage: &Stage,
    ) -> KubernetesOutcome {
        while (self.looks.len() as u64) < LOOKS {
            self.looks.push(look(&stage.cluster));
        }
        if policy == KubernetesPolicy::Recorded {
            let ends = record.lives.iter().filter_map(|(_, life)| life.end);
            self.preempted = ends.filter(|(end, _)| *end == End::Preempted).count() as u64;
        }
        let mean =
            |share: fn(&Look) -> f64| ratio(self.looks.iter().map(share).sum(), self.looks.len() as f64);
        let mut kpis = KubernetesKpis {
            record: record.name.clone(),
            policy: policy.to_string(),
            nodes: stage.cluster.nodes().count() as u64,
            lasted_s: self.end.0.saturating_sub(self.start.0) as f64 / 1_000.0,
            preempted: self.preempted,
            lost: self.lost,
            cpu_mean: mean(|look| look.cpu),
            memory_mean: mean(|look| look.memory),
            gpus: self.looks.iter().map(|look| look.gpus).fold(0.0, f64::max),
            gpu_mean: mean(|look| look.gpu),
            broken: self.broken_count,
            gaps: record.gaps.len() as u64,
            sim_seconds: self.watch.elapsed().as_secs_f64(),
            memory_mb: memory_mb(),
            ..KubernetesKpis::default()
        };
        self.count_pods(record, &mut kpis);
        if policy == KubernetesPolicy::Paceline {
            kpis.worst = self.worst(record);
        }
        kpis.decisions = self.decisions.number();
        [kpis.decision_p50_ms, kpis.decision_p99_ms, _] = self.decisions.quantiles_ms();
        let course = Course { start: self.start, end: self.end, looks: self.looks };
        KubernetesOutcome { kpis, course, broken: self.broken }
    }

    fn count_pods(&self, record: &ClusterRecord, kpis: &mut KubernetesKpis) {
        let mut waits_ms = Vec::new();
        for (id, life, asked) in record.lives.asked() {
            kpis.pods += 1;
            if let Some((node, at)) = self.bound.get(&id) {
                waits_ms.push(at.0.saturating_sub(asked.0));
                let is_there = life.bound.as_ref().is_some_and(|(recorded, _)| recorded == node);
                kpis.elsewhere += u64::from(!is_there);
            } else if self.left.contains_key(&id) {
                kpis.never += 1;
            } else {
                kpis.waiting += 1;
            }
        }
        kpis.given = record.lives.iter().count() as u64 - kpis.pods;
        kpis.placed = waits_ms.len() as u64;
        waits_ms.sort_unstable();
        [kpis.wait_p50_s, kpis.wait_p99_s, kpis.wait_max_s] =
            [0.5, 0.99, 1.0].map(|share| quantile(&waits_ms, share) as f64 / 1_000.0);
    }

    /// Those who waited longest, here or in the record, and why they did here.
    fn worst(&mut self, record: &ClusterRecord) -> Vec<Worst> {
        let waited = |bound: Option<Instant>, left: Option<Instant>, asked: Instant| {
            bound.or(left).unwrap_or(record.end).0.saturating_sub(asked.0)
        };
        let all = record.lives.asked().map(|(id, life, asked)| {
            let own = self.bound.get(&id);
            let here = waited(own.map(|(_, at)| *at), self.left.get(&id).copied(), asked);
            let recorded = life.bound.as_ref().map(|(_, at)| *at);
            let there = waited(recorded, life.end.map(|(_, at)| at), asked);
            (Reverse(here.max(there)), id, life, own, here, there)
        });
        let mut all: Vec<_> = all.filter(|(waited, ..)| waited.0 > 0).collect();
        all.sort_by_key(|(waited, id, ..)| (*waited, *id));
        let worst = all.into_iter().take(WORST_MAX).map(|(_, id, life, own, here, there)| Worst {
            pod: life.key.to_string(),
            wait_s: here as f64 / 1_000.0,
            node: own.map(|(node, _)| node.to_string()),
            recorded_wait_s: there as f64 / 1_000.0,
            recorded_node: life.bound.as_ref().map(|(node, _)| node.to_string()),
            why: self.why.remove(&id),
        });
        worst.collect()
    }
}

/// The cluster at one moment.
fn look(cluster: &Cluster) -> Look {
    let (mut used, mut all) = ([0.0; 3], [0.0; 3]);
    let mut add = |to_used: bool, name: &str, amount: f64| {
        let at = match name {
            "cpu" => 0,
            "memory" => 1,
            name if is_gpu(name) => 2,
            _ => return,
        };
        let sums = if to_used { &mut used } else { &mut all };
        sums[at] += amount;
    };
    for (_, node) in cluster.nodes() {
        node.allocatable.iter().for_each(|(name, amount)| add(false, name, amount.as_float()));
    }
    let mut waiting = 0;
    for (key, pod) in cluster.pods().filter(|(_, pod)| pod.takes_room()) {
        waiting += u32::from(cluster.is_waiting(key, pod));
        if pod.node.is_some() {
            pod.demand.requests.iter().for_each(|(name, amount)| add(true, name, amount.as_float()));
        }
    }
    let devices: BTreeSet<_> = cluster
        .slices()
        .flat_map(|slice| slice.devices.iter().map(|device| (&slice.driver, &slice.pool, &device.name)))
        .collect();
    let given: BTreeSet<_> = cluster
        .device_claims()
        .filter_map(|(_, _, allocation)| allocation)
        .flat_map(|allocation| &allocation.given)
        .map(|given| &given.device)
        .collect();
    let (used_gpus, gpus) = (used[2] + given.len() as f64, all[2] + devices.len() as f64);
    Look {
        cpu: ratio(used[0], all[0]),
        memory: ratio(used[1], all[1]),
        gpu: ratio(used_gpus, gpus),
        gpus,
        waiting,
    }
}

/// Whether an extended resource is GPUs, by what vendors call theirs: `nvidia.com/gpu`, `amd.com/gpu`.
fn is_gpu(name: &str) -> bool {
    name.ends_with("/gpu")
}
