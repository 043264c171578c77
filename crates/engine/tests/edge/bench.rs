//! A region of edge nodes with a journal on disk and a solver: what tests say to it, and what it says.

use crate::journaled::{Journaled, Outward};
use paceline_engine::edge::{Edge, EdgeOptions};
use paceline_engine::ledger::Entry;
use paceline_engine::region::{Input, RegionOptions};
use paceline_model::edge::{
    Allocatable, Command, Device, DeviceListing, DeviceUuid, Event, LabelValue, Mbps, Mebibytes, MilliCpu,
    MilliGpu, ModelId, ModelSpec, ModelVersion, MoveCause, NodeFingerprint, NodeId, NodeReport, NodeSpec,
    Place, Power, Precision, RawNumber, Refusal, ReplicaId, Requests, SensorKind, TemperatureReport, Trust,
    Variant, WorkloadId, WorkloadSpec,
};
use paceline_model::{Answer, Instant, Millis, Tag};
use paceline_plan::Budget;
use paceline_plan::edge::round::{Plan, check, solve};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tempfile::TempDir;

const TICK: Millis = Millis(200);

/// A region with its journal.
pub(crate) struct Bench {
    journaled: Journaled<Edge>,
    pub(crate) events: Vec<Event>,
    /// Proposals come back a tick late, after what was said meanwhile.
    pub(crate) late: bool,
    proposed: Option<Box<Plan>>,
}

impl std::ops::Deref for Bench {
    type Target = Journaled<Edge>;
    fn deref(&self) -> &Journaled<Edge> {
        &self.journaled
    }
}

impl Bench {
    /// Begins anew or goes on, by what the directory holds.
    pub(crate) fn open(dir: &Path, snapshot_every: u64, now: Instant) -> Self {
        Self::run_by(EdgeOptions::default(), dir, snapshot_every, now)
    }

    /// The same by other options than the usual ones.
    pub(crate) fn run_by(edge: EdgeOptions, dir: &Path, snapshot_every: u64, now: Instant) -> Self {
        let options = RegionOptions { tick: TICK, snapshot_every };
        let edge = edge.validate().expect("options that can be");
        let journaled = Journaled::open(dir, Edge::new(edge), options, now);
        Self { journaled, events: Vec::new(), late: false, proposed: None }
    }

    /// The region, and what solves and listens.
    fn parts(&mut self) -> (&mut Journaled<Edge>, impl FnMut(Outward<Edge>) -> Option<Box<Plan>>) {
        let Self { journaled, events, late, proposed } = self;
        let outward = |outward: Outward<Edge>| match outward {
            Outward::Solve(problem) => {
                let mut placer = problem.placer();
                let plan = Box::new(solve(&problem, &mut placer, &mut Budget::unlimited()));
                check(&problem, &plan).expect("a plan keeps the rules");
                if *late {
                    *proposed = Some(plan);
                    return None;
                }
                Some(plan)
            }
            Outward::Publish(change) => {
                if let Entry::Event(event) = &change.event {
                    events.push(event.clone());
                }
                None
            }
        };
        (journaled, outward)
    }

    pub(crate) fn input(&mut self, input: Input<Edge>) {
        let (journaled, mut outward) = self.parts();
        journaled.input(input, &mut outward);
    }

    /// Hands in what was proposed late.
    pub(crate) fn hand_in(&mut self) {
        if let Some(plan) = self.proposed.take() {
            self.input(Input::Proposed(plan));
        }
    }

    pub(crate) fn ask_under(&mut self, command: Command, key: Option<(&str, u64)>) -> Answer<Refusal> {
        let (journaled, mut outward) = self.parts();
        journaled.ask(command, key, &mut outward)
    }

    pub(crate) fn ask(&mut self, command: Command) {
        self.ask_under(command, None).expect("it is allowed");
    }

    /// Lets ticks come until `second`.
    pub(crate) fn until(&mut self, second: u64) {
        let (journaled, mut outward) = self.parts();
        journaled.until(Instant(second * 1_000), &mut outward);
    }

    /// What a node's GPU says, at `now`.
    pub(crate) fn measures(&mut self, name: &str, celsius: f64) {
        let temperature = TemperatureReport {
            sensor: SensorKind::Gpu,
            device: None,
            celsius: RawNumber(Some(celsius)),
            watts: Some(280.0),
        };
        let report = NodeReport::heartbeat(node_id(name), self.now);
        self.say(NodeReport { temperatures: vec![temperature], ..report });
    }

    /// Which replicas have moved since this was last asked, in order, and why.
    pub(crate) fn moves(&mut self) -> Vec<(String, MoveCause)> {
        let moves = std::mem::take(&mut self.events).into_iter().filter_map(|event| match event {
            Event::ReplicaMoved { replica, cause, .. } => Some((replica.to_string(), cause)),
            _ => None,
        });
        moves.collect()
    }

    pub(crate) fn say(&mut self, report: NodeReport) {
        self.input(Input::Telemetry(vec![report]));
    }

    /// What a node's driver lists, at `now`.
    pub(crate) fn lists(&mut self, name: &str, devices: &[&str]) {
        let listing = DeviceListing::Listed(devices.iter().map(|name| uuid(name)).collect());
        let report = NodeReport { listing, ..NodeReport::heartbeat(node_id(name), self.now) };
        self.say(report);
    }

    /// Where a replica runs, with its devices.
    pub(crate) fn place(&self, id: &str) -> Option<String> {
        let replica = self.region.ledger().replica(&replica_id(id))?;
        let bound = replica.bound.as_ref()?;
        let devices: Vec<&str> = bound.devices.iter().map(DeviceUuid::as_str).collect();
        Some(format!("{} {}", bound.node, devices.join(" ")).trim().to_owned())
    }

    /// Why a replica stands as it does, in words.
    pub(crate) fn why(&self, id: &str) -> String {
        self.region.ledger().explain(&replica_id(id)).expect("it is there").in_words()
    }

    pub(crate) fn digest(&self) -> u64 {
        self.region.ledger().checkpoint().digest()
    }
}

pub(crate) fn tag(text: &str) -> Tag {
    Tag::new(text).expect("a tag")
}
pub(crate) fn uuid(text: &str) -> DeviceUuid {
    DeviceUuid::new(text).expect("a UUID")
}
pub(crate) fn node_id(text: &str) -> NodeId {
    NodeId::new(text).expect("a name")
}
pub(crate) fn replica_id(text: &str) -> ReplicaId {
    text.parse().expect("a replica")
}

/// A node on the grid with these GPUs of 16 GiB, in its own zone.
pub(crate) fn node(name: &str, zone: &str, devices: &[&str]) -> NodeSpec {
    let device = |name: &&str| Device {
        uuid: uuid(name),
        product: tag("T4"),
        memory: Mebibytes(15_109),
        slices: Vec::new(),
    };
    NodeSpec {
        id: node_id(name),
        fingerprint: NodeFingerprint {
            architecture: tag("amd64"),
            cuda: Some("12.4".parse().expect("a release")),
            driver: None,
            firmware: None,
        },
        devices: devices.iter().map(device).collect(),
        allocatable: Allocatable {
            cpu: MilliCpu(8_000),
            memory: Mebibytes(32_768),
            pcie: Mbps(64_000),
            storage: None,
        },
        place: Place { zone: Some(LabelValue::new(zone).expect("a zone")), ..Place::default() },
        power: Power::Mains,
        labels: BTreeMap::new(),
        taints: Vec::new(),
        trust: Trust::Trusted,
        neighbours: BTreeSet::new(),
    }
}

pub(crate) fn variant(precision: Precision, memory: u64, accuracy_permille: u16) -> Variant {
    Variant {
        precision,
        size: Mebibytes(memory / 2),
        memory: Mebibytes(memory),
        cuda_min: Some("11.8".parse().expect("a release")),
        architectures: BTreeSet::new(),
        latency: Millis(20),
        accuracy_permille,
        artefact: None,
    }
}

/// A detector in two precisions.
pub(crate) fn detector() -> ModelSpec {
    let variants = vec![variant(Precision::Fp16, 4_000, 920), variant(Precision::Int8, 1_500, 905)];
    let version = "1.2.0".parse().expect("a version");
    ModelSpec {
        id: ModelId::new("detector").expect("a name"),
        versions: vec![ModelVersion { version, variants }],
    }
}

/// Replicas of the detector with `milli` of `gpus` GPUs each.
pub(crate) fn workload(name: &str, replicas: u32, gpus: u8, milli: u16) -> WorkloadSpec {
    let requests = Requests {
        cpu: MilliCpu(500),
        memory: Mebibytes(1_024),
        gpus,
        milli_gpu: MilliGpu(milli),
        pcie: Mbps(1_000),
    };
    let (id, model) = (WorkloadId::new(name), ModelId::new("detector"));
    WorkloadSpec {
        version: "^1".parse().expect("a requirement"),
        replicas,
        ..WorkloadSpec::new(id.expect("a name"), model.expect("a name"), Precision::Fp16, requests)
    }
}

/// A region with the detector and these nodes of one GPU, each in a zone of its own.
pub(crate) fn with(options: EdgeOptions, nodes: &[&str]) -> (TempDir, Bench) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::run_by(options, dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    for name in nodes {
        bench.ask(Command::PutNode(node(name, name, &[&format!("GPU-{name}")])));
    }
    (dir, bench)
}
