//! A region of edge nodes with a journal on disk and a solver: what tests say to it, and what it says.

use paceline_engine::edge::{Edge, EdgeOptions, Recorded};
use paceline_engine::ledger::{Entry, World};
use paceline_engine::region::{Input, Output, Region, RegionOptions};
use paceline_engine::{Ledger, Ticket};
use paceline_journal::{Journal, Options, Seq};
use paceline_model::edge::{
    Allocatable, Command, Device, DeviceListing, DeviceUuid, Event, LabelValue, Mbps, Mebibytes, MilliCpu,
    MilliGpu, ModelId, ModelSpec, ModelVersion, NodeFingerprint, NodeId, NodeReport, NodeSpec, Place, Power,
    Precision, Refusal, ReplicaId, Requests, Trust, Variant, WorkloadId, WorkloadSpec,
};
use paceline_model::{Answer, Fingerprint, IdempotencyKey, Instant, Millis, Request, Tag};
use paceline_plan::Budget;
use paceline_plan::edge::placement::{Mix, Placer, scores::BestFit};
use paceline_plan::edge::round::{check, solve};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const TICK: Millis = Millis(200);

/// A region with its journal.
pub(crate) struct Bench {
    pub(crate) region: Region<Edge>,
    journal: Journal,
    pub(crate) now: Instant,
    tickets: u64,
    answers: Vec<Answer<Refusal>>,
    pub(crate) events: Vec<Event>,
    /// Proposals come back a tick late, after what was said meanwhile.
    pub(crate) late: bool,
    proposed: Option<Box<paceline_plan::edge::round::Plan>>,
}

impl Bench {
    /// Begins anew or goes on, by what the directory holds.
    pub(crate) fn open(dir: &Path, snapshot_every: u64, now: Instant) -> Self {
        let opened = Journal::open(dir, Options::default()).expect("a sound journal");
        let empty = Edge::new(EdgeOptions::default());
        let (mut ledger, from) = match opened.snapshot {
            Some(found) => {
                let restore = |format, bytes| Ledger::restore(empty, format, bytes);
                (found.state.read(restore).expect("its own snapshot"), found.at)
            }
            None => (Ledger::new(empty), Seq(0)),
        };
        for record in Journal::replay(dir, from).expect("a sound journal") {
            let record = record.expect("a sound record").payload;
            ledger.replay(record.read(Edge::decode).expect("its own record")).expect("records follow");
        }
        let region = Region::new(ledger, RegionOptions { tick: TICK, snapshot_every }, now + TICK);
        let (answers, events, proposed) = (Vec::new(), Vec::new(), None);
        Self { region, journal: opened.journal, now, tickets: 0, answers, events, late: false, proposed }
    }

    pub(crate) fn input(&mut self, input: Input<Edge>) {
        self.region.handle(self.now, input);
        while let Some(output) = self.region.poll() {
            match output {
                Output::Append(record) => {
                    let stored = Edge::encode(&record);
                    self.journal.append(stored.format, &stored.bytes).expect("there is room");
                    self.journal.commit().expect("there is room");
                    self.region.handle(self.now, Input::Durable(record.version));
                }
                Output::Snapshot(checkpoint) => {
                    let (at, stored) = (self.journal.last(), checkpoint.encode());
                    self.journal.snapshot(at, stored.format, &stored.bytes).expect("there is room");
                }
                Output::Solve(problem, _) => {
                    let mut placer = Placer::new(Mix::of(BestFit));
                    let plan = solve(&problem, &mut placer, &mut Budget::unlimited());
                    check(&problem, &plan).expect("a plan keeps the rules");
                    match self.late {
                        true => self.proposed = Some(Box::new(plan)),
                        false => self.region.handle(self.now, Input::Proposed(Box::new(plan))),
                    }
                }
                Output::Publish(change) => self.publish(&change.event),
                Output::Reply(_, answer) => self.answers.push(answer),
                Output::Tick(_) | Output::Round(_) => {}
            }
        }
    }

    fn publish(&mut self, recorded: &Recorded) {
        if let Entry::Event(event) = recorded {
            self.events.push(event.clone());
        }
    }

    /// Hands in what was proposed late.
    pub(crate) fn hand_in(&mut self) {
        if let Some(plan) = self.proposed.take() {
            self.input(Input::Proposed(plan));
        }
    }

    pub(crate) fn ask_under(&mut self, command: Command, key: Option<(&str, u64)>) -> Answer<Refusal> {
        self.tickets += 1;
        let key = key.map(|(key, sent)| (IdempotencyKey::new(key).expect("a key"), Fingerprint(sent)));
        self.input(Input::Command(Ticket(self.tickets), Request { command, key }));
        self.answers.pop().expect("what is durable is answered")
    }

    pub(crate) fn ask(&mut self, command: Command) {
        self.ask_under(command, None).expect("it is allowed");
    }

    /// Lets ticks come until `second`.
    pub(crate) fn until(&mut self, second: u64) {
        let until = Instant(second * 1_000);
        while let Some(due) = self.region.due().filter(|due| *due <= until) {
            self.now = due;
            self.input(Input::Elapsed);
        }
        self.now = until;
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
    let device = |name: &&str| Device { uuid: uuid(name), product: tag("T4"), memory: Mebibytes(15_109) };
    NodeSpec {
        id: node_id(name),
        fingerprint: NodeFingerprint {
            architecture: tag("amd64"),
            cuda: Some("12.4".parse().expect("a release")),
            driver: None,
            firmware: None,
        },
        devices: devices.iter().map(device).collect(),
        allocatable: Allocatable { cpu: MilliCpu(8_000), memory: Mebibytes(32_768), pcie: Mbps(64_000) },
        place: Place { zone: Some(LabelValue::new(zone).expect("a zone")), ..Place::default() },
        power: Power::Mains,
        labels: BTreeMap::new(),
        taints: Vec::new(),
        trust: Trust::Trusted,
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
    WorkloadSpec {
        id: WorkloadId::new(name).expect("a name"),
        model: ModelId::new("detector").expect("a name"),
        version: "^1".parse().expect("a requirement"),
        precision: Precision::Fp16,
        downgrades: Vec::new(),
        accuracy_permille_min: 0,
        replicas,
        requests: Requests {
            cpu: MilliCpu(500),
            memory: Mebibytes(1_024),
            gpus,
            milli_gpu: MilliGpu(milli),
            pcie: Mbps(1_000),
        },
        priority: 0,
        spread: Vec::new(),
        affinity: Vec::new(),
        tolerations: Vec::new(),
        latency_max: None,
        gang: false,
    }
}
