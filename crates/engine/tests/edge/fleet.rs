//! Nodes with scripted agents for tests of rollouts: each fetches what it is ordered, loads it, and says what it runs and has served.

use crate::bench::{Bench, node, variant, workload};
use paceline_engine::edge::EdgeOptions;
use paceline_model::edge::{
    Command, GateRules, ModelId, ModelSpec, ModelVersion, NodeId, NodeReport, OnPatience, Precision,
    ReplicaId, ReplicaProbe, ReplicaReport, ReplicaState, RolloutOrder, RolloutPhase, RolloutSpec, Served,
    VariantRef, WorkloadId, WorkloadSpec,
};
use paceline_model::{Instant, Millis};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// How a version does on nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    /// Errors in a thousand requests.
    pub(crate) errors: u64,
    /// Requests in a thousand that take over 250 ms.
    pub(crate) slow: u64,
    /// Whether it dies while it loads.
    pub(crate) dies: bool,
}

pub(crate) const GOOD: Quality = Quality { errors: 1, slow: 1, dies: false };

/// What one agent remembers.
#[derive(Clone, Debug)]
struct Agent {
    runs: VariantRef,
    ordered: VariantRef,
    ordered_at: u64,
    failed: Option<VariantRef>,
    requests: u64,
}

/// A region, and the agents of its nodes.
pub(crate) struct Fleet {
    pub(crate) dir: TempDir,
    pub(crate) bench: Bench,
    agents: BTreeMap<NodeId, Agent>,
    /// From when to when nodes say nothing.
    pub(crate) silent: Vec<(&'static str, u64, u64)>,
    pub(crate) quality: BTreeMap<&'static str, Quality>,
    /// Requests that each node serves in ten seconds.
    pub(crate) rate: u64,
    pub(crate) second: u64,
    pub(crate) snapshot_every: u64,
}

pub(crate) fn versions(all: &[&str]) -> ModelSpec {
    let variants = vec![variant(Precision::Fp16, 4_000, 920), variant(Precision::Int8, 1_500, 905)];
    let version = |text: &&str| {
        let (version, variants) = (text.parse().expect("a version"), variants.clone());
        ModelVersion { version, variants }
    };
    ModelSpec { id: ModelId::new("detector").expect("a name"), versions: all.iter().map(version).collect() }
}

pub(crate) fn w() -> WorkloadId {
    WorkloadId::new("w").expect("a name")
}

pub(crate) fn to(version: &str, percents: &[u8]) -> RolloutSpec {
    RolloutSpec {
        workload: w(),
        to: version.parse().expect("a version"),
        percents: percents.to_vec(),
        unavailable_max: 4,
        gate: GateRules { p99_max: Some(Millis(250)), on_patience: OnPatience::Hold, ..GateRules::default() },
    }
}

impl Fleet {
    /// So many nodes, `n01` and on, each of which runs version 1.0.0; 2.0.0 and 3.0.0 are known.
    pub(crate) fn of(nodes: u32, snapshot_every: u64) -> Self {
        Self::run_by(EdgeOptions::default(), nodes, snapshot_every)
    }

    /// The same by other options than the usual ones, until it is killed.
    pub(crate) fn run_by(options: EdgeOptions, nodes: u32, snapshot_every: u64) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = Bench::run_by(options, dir.path(), snapshot_every, Instant(0));
        bench.ask(Command::PutModel(versions(&["1.0.0"])));
        for number in 1..=nodes {
            let name = format!("n{number:02}");
            bench.ask(Command::PutNode(node(&name, &name, &[&format!("GPU-{name}")])));
        }
        let version = ">=1".parse().expect("a requirement");
        let downgrades = vec![Precision::Int8];
        let spec = WorkloadSpec { version, downgrades, ..workload("w", nodes, 1, 1_000) };
        bench.ask(Command::PutWorkload(spec));
        let (agents, quality) = (BTreeMap::new(), BTreeMap::new());
        let mut fleet =
            Self { dir, bench, agents, silent: Vec::new(), quality, rate: 100, second: 0, snapshot_every };
        fleet.until(20);
        fleet.bench.ask(Command::PutModel(versions(&["1.0.0", "2.0.0", "3.0.0"])));
        fleet
    }

    /// Lets ten seconds after ten go by, in which whoever is not silent reports.
    pub(crate) fn until(&mut self, second: u64) {
        while self.second < second {
            let names = self.ten_seconds();
            self.report(&names);
        }
    }

    /// Lets ten seconds go by; names who is to report then.
    fn ten_seconds(&mut self) -> Vec<NodeId> {
        self.second += 10;
        self.bench.until(self.second);
        self.bench.region.ledger().nodes().map(|row| row.spec.id.clone()).collect()
    }

    fn report(&mut self, names: &[NodeId]) {
        for name in names {
            let at = self.second;
            let silent = self
                .silent
                .iter()
                .any(|(node, from, to)| *node == name.as_str() && (*from..*to).contains(&at));
            let now = self.bench.now;
            let replicas = self.reports(name, silent);
            if !silent {
                let report = NodeReport::heartbeat(name.clone(), now);
                self.bench.say(NodeReport { replicas: Some(replicas), ..report });
            }
        }
    }

    /// As [`Self::until`], and in the next ten seconds the scheduler is killed and started again once so many nodes have reported: the others speak to
    /// the new one.
    pub(crate) fn until_killed(mut self, second: u64, reported: usize) -> Self {
        self.until(second);
        let names = self.ten_seconds();
        let (before, after) = names.split_at(reported.min(names.len()));
        self.report(before);
        let mut fleet = self.kill(0);
        fleet.report(after);
        fleet
    }

    /// What a node's agent runs, in truth.
    pub(crate) fn runs(&self, node: &NodeId) -> Option<String> {
        self.agents.get(node).map(|agent| agent.runs.version.to_string())
    }

    /// What an agent does in ten seconds, and would say. One that is silent hears no order.
    fn reports(&mut self, name: &NodeId, silent: bool) -> Vec<ReplicaReport> {
        let row = self.bench.region.ledger().workload(&w()).expect("it is there");
        let own = (0..).zip(&row.replicas).find_map(|(ordinal, replica)| {
            let bound = replica.bound.as_ref().filter(|bound| bound.node == *name)?;
            Some((ordinal, bound.variant.clone()))
        });
        let Some((ordinal, ordered)) = own else { return Vec::new() };
        let fresh = Agent {
            runs: ordered.clone(),
            ordered: ordered.clone(),
            ordered_at: 0,
            failed: None,
            requests: 0,
        };
        let agent = self.agents.entry(name.clone()).or_insert(fresh);
        if !silent && agent.ordered != ordered {
            (agent.ordered, agent.ordered_at, agent.failed) = (ordered, self.second, None);
        }
        let quality = self.quality.get(agent.ordered.version.to_string().as_str()).copied().unwrap_or(GOOD);
        let under_way = agent.runs != agent.ordered && agent.failed.is_none();
        let state = match self.second - agent.ordered_at {
            _ if !under_way => None,
            0 => Some(ReplicaState::Fetching),
            1..=10 => Some(ReplicaState::Loading),
            _ if quality.dies => {
                agent.failed = Some(agent.ordered.clone());
                None
            }
            _ => {
                (agent.runs, agent.requests) = (agent.ordered.clone(), 0);
                None
            }
        };
        let mut reports = Vec::new();
        if state != Some(ReplicaState::Loading) {
            agent.requests += self.rate;
            let own = self.quality.get(agent.runs.version.to_string().as_str()).copied().unwrap_or(GOOD);
            let served = served(agent.requests, own);
            reports.push(ReplicaReport {
                served: Some(served),
                ..report(ordinal, &agent.runs, ReplicaState::Running)
            });
        }
        if let Some(state) = state {
            reports.push(report(ordinal, &agent.ordered, state));
        }
        if let Some(failed) = &agent.failed {
            let error = Some("out of memory".to_owned());
            reports.push(ReplicaReport { tries: 3, error, ..report(ordinal, failed, ReplicaState::Failed) });
        }
        reports
    }

    /// Has the scheduler killed, and started again `seconds` later.
    pub(crate) fn kill(self, seconds: u64) -> Self {
        let Self { dir, bench, agents, silent, quality, rate, second, snapshot_every } = self;
        let now = Instant(bench.now.0 + seconds * 1_000);
        drop(bench);
        let bench = Bench::open(dir.path(), snapshot_every, now);
        Self { dir, bench, agents, silent, quality, rate, second: second + seconds, snapshot_every }
    }

    pub(crate) fn start(&mut self, spec: RolloutSpec) {
        self.bench.ask(Command::StartRollout(spec));
    }
    pub(crate) fn steer(&mut self, order: RolloutOrder) -> Result<(), String> {
        let answer = self.bench.ask_under(Command::SteerRollout(w(), order), None);
        answer.map(drop).map_err(|refusal| refusal.to_string())
    }
    pub(crate) fn phase(&self) -> Option<RolloutPhase> {
        self.bench.region.ledger().rollout(&w()).map(|rollout| rollout.phase)
    }
    /// Nodes that were ordered a version.
    pub(crate) fn ordered(&self, version: &str) -> Vec<String> {
        let row = self.bench.region.ledger().workload(&w()).expect("it is there");
        let bound = row.replicas.iter().filter_map(|replica| replica.bound.as_ref());
        let of = bound.filter(|bound| bound.variant.version.to_string() == version);
        let mut names: Vec<String> = of.map(|bound| bound.node.to_string()).collect();
        names.sort();
        names
    }
    pub(crate) fn reasons(&self) -> Vec<String> {
        let known = self.bench.region.ledger().rollout(&w());
        known
            .into_iter()
            .flat_map(|rollout| &rollout.reasons)
            .map(|(at, why)| format!("{}: {why}", at.0 / 1_000))
            .collect()
    }
    pub(crate) fn status(&self) -> paceline_engine::edge::RolloutStatus {
        self.bench.region.ledger().rollout_status(&w()).expect("there is one")
    }
}

fn report(ordinal: u32, variant: &VariantRef, state: ReplicaState) -> ReplicaReport {
    let right = ReplicaProbe { right: true, latency: Some(Millis(12)) };
    ReplicaReport {
        replica: ReplicaId { workload: w(), ordinal },
        variant: variant.clone(),
        artefact: None,
        state,
        tries: 1,
        error: None,
        probe: (state == ReplicaState::Running).then_some(right),
        served: None,
    }
}

fn served(requests: u64, quality: Quality) -> Served {
    let part = |permille: u64| requests * permille / 1_000;
    Served {
        requests: Some(requests),
        errors: Some(part(quality.errors)),
        p99: None,
        within: vec![(Millis(250), requests - part(quality.slow)), (Millis(10_000), requests)],
    }
}
