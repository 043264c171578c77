//! Nodes, models and workloads of a run, small enough that everything is short of something.

use paceline_model::edge::label::{LabelKey, LabelValue, RACK, ZONE};
use paceline_model::edge::limits::REPLACE_AFTER;
use paceline_model::edge::{
    Allocatable, Device, DeviceUuid, Mbps, Mebibytes, MilliCpu, MilliGpu, ModelId, ModelSpec, ModelVersion,
    NodeFingerprint, NodeId, NodeSpec, Operator, Percent, Place, Power, Precision, Release, Requests,
    Requirement, SliceProfile, Taint, TaintEffect, Toleration, TopologySpread, Trust, Variant,
    WhenUnreachable, WorkloadId, WorkloadSpec,
};
use paceline_model::limits::MILLI_GPU_WHOLE;
use paceline_model::{Millis, Tag};
use paceline_plan::Rng;
use std::collections::{BTreeMap, BTreeSet};

fn key(text: &str) -> LabelKey {
    LabelKey::new(text).expect("a key")
}

fn value(text: &str) -> LabelValue {
    LabelValue::new(text).expect("a value")
}

fn tag(text: &str) -> Tag {
    Tag::new(text).expect("a tag")
}

/// A detector with two versions; the exact variant runs on new drivers of one architecture alone.
pub(super) fn model(rng: &mut Rng) -> ModelSpec {
    let mut variant = |precision, memory: u64, cuda: u32, accuracy_permille| Variant {
        precision,
        size: Mebibytes(memory / 2),
        memory: Mebibytes(memory),
        cuda_min: Some(Release(cuda, rng.below(3) as u32, 0)),
        architectures: BTreeSet::new(),
        latency: Millis(10 + rng.below(30) as u32),
        accuracy_permille,
        artefact: None,
    };
    let full = variant(Precision::Fp16, 6_000, 12, 960);
    let small = variant(Precision::Int8, 2_500, 11, 930);
    let old = variant(Precision::Fp16, 5_000, 11, 940);
    let version = |text: &str, variants| ModelVersion { version: text.parse().expect("a version"), variants };
    let versions = vec![version("2.0.0", vec![full, small]), version("1.3.0", vec![old])];
    let spec = ModelSpec { id: ModelId::new("detector").expect("a name"), versions };
    spec.validate().expect("a sound model")
}

/// What the box of that number is called.
pub(super) fn node_id(number: usize) -> NodeId {
    NodeId::new(&format!("n{number}")).expect("a name")
}

/// One of a dozen small boxes in three zones; drawn again, it has other devices, drivers and labels.
pub(super) fn node(number: usize, rng: &mut Rng) -> NodeSpec {
    let id = node_id(number);
    // What is cut stays so: one that was shared and is in use would be refused for it.
    let cut = number.is_multiple_of(2);
    let device = |at: usize| Device {
        uuid: DeviceUuid::new(&format!("GPU-{number}-{at}")).expect("a UUID"),
        product: tag("T4"),
        memory: Mebibytes(if at == 0 { 8_000 } else { 15_109 }),
        slices: if at == 1 && cut { slices() } else { Vec::new() },
    };
    let tainted = rng.below(6) == 0;
    let effect = if rng.below(2) == 0 { TaintEffect::NoSchedule } else { TaintEffect::NoExecute };
    let taint = Taint { key: key("reserved"), value: value(""), effect };
    let spec = NodeSpec {
        id,
        fingerprint: NodeFingerprint {
            architecture: tag(if rng.below(4) == 0 { "arm64" } else { "amd64" }),
            cuda: (rng.below(8) > 0).then(|| Release(11 + rng.below(2) as u32, 2 + rng.below(3) as u32, 0)),
            driver: None,
            firmware: None,
        },
        devices: (0..rng.below(4)).map(device).collect(),
        allocatable: Allocatable {
            cpu: MilliCpu(2_000 + 500 * rng.below(8) as u32),
            memory: Mebibytes(4_096 + 1_024 * rng.below(8) as u64),
            pcie: Mbps(8_000 + 4_000 * rng.below(4) as u32),
            storage: (rng.below(2) == 0).then(|| Mebibytes(2_000 + 1_500 * rng.below(6) as u64)),
        },
        place: Place {
            zone: (rng.below(8) > 0).then(|| value(&format!("z{}", number % 3))),
            rack: Some(value(&format!("r{}", number / 2))),
            ..Place::default()
        },
        power: if rng.below(4) == 0 { Power::Battery { reserve: Percent(30) } } else { Power::Mains },
        labels: BTreeMap::from([(key("tier"), value(if rng.below(2) == 0 { "near" } else { "far" }))]),
        taints: if tainted { vec![taint] } else { Vec::new() },
        trust: if rng.below(12) == 0 { Trust::Untrusted } else { Trust::Trusted },
        neighbours: (0..rng.below(3))
            .map(|_| node_id(rng.below(14)))
            .filter(|other| *other != node_id(number))
            .collect(),
    };
    spec.validate().expect("a sound node")
}

/// A small A30.
fn slices() -> Vec<SliceProfile> {
    let profile = |name: &str, slots: u8, starts: &[u8], memory| SliceProfile {
        name: tag(name),
        slots,
        starts: starts.iter().copied().collect(),
        memory: Mebibytes(memory),
    };
    vec![profile("1g", 1, &[0, 1, 2, 3], 3_000), profile("2g", 2, &[0, 2], 6_500)]
}

/// A workload of any kind.
pub(super) fn workload(number: usize, rng: &mut Rng) -> WorkloadSpec {
    let gpus = [0, 1, 1, 1, 1, 2][rng.below(6)];
    let milli = match gpus {
        0 => 0,
        1 => [100, 250, 400, 500, 700, 1_000][rng.below(6)],
        _ => MILLI_GPU_WHOLE,
    };
    let spec = WorkloadSpec {
        id: WorkloadId::new(&format!("w{number}")).expect("a name"),
        model: ModelId::new("detector").expect("a name"),
        version: ["*", "^1", "^2", ">=1.3"][rng.below(4)].parse().expect("a requirement"),
        precision: Precision::Fp16,
        downgrades: if rng.below(2) == 0 { vec![Precision::Int8] } else { Vec::new() },
        accuracy_permille_min: [0, 935, 950][rng.below(3)],
        replicas: 1 + rng.below(5) as u32,
        requests: Requests {
            cpu: MilliCpu(100 * (1 + rng.below(12) as u32)),
            memory: Mebibytes(256 * (1 + rng.below(8) as u64)),
            gpus,
            milli_gpu: MilliGpu(milli),
            pcie: Mbps(500 * rng.below(8) as u32),
        },
        priority: rng.below(3) as i32 * 100,
        spread: Vec::new(),
        affinity: Vec::new(),
        tolerations: Vec::new(),
        latency_max: (rng.below(4) == 0).then(|| Millis(15 + rng.below(40) as u32)),
        gang: rng.below(4) == 0,
        when_unreachable: WhenUnreachable::Leave,
        disruption_budget: None,
        single: rng.below(5) == 0,
        slice: None,
    };
    let spec = if number % 4 == 3 { sliced(spec, rng) } else { spec };
    let replaced = !spec.gang && !spec.single && rng.below(3) == 0;
    let when_unreachable =
        if replaced { WhenUnreachable::ReplaceAfter(REPLACE_AFTER.0) } else { WhenUnreachable::Leave };
    let spec = WorkloadSpec { when_unreachable, ..spec };
    placed(spec, rng).validate().expect("a sound workload")
}

/// The same with a slice of one GPU.
fn sliced(mut spec: WorkloadSpec, rng: &mut Rng) -> WorkloadSpec {
    (spec.requests.gpus, spec.requests.milli_gpu) = (1, MilliGpu(0));
    WorkloadSpec { slice: Some(tag(["1g", "2g"][rng.below(2)])), ..spec }
}

/// The same workload with another number of replicas, priority and places.
pub(super) fn changed(spec: &WorkloadSpec, rng: &mut Rng) -> WorkloadSpec {
    let replicas = 1 + rng.below(5) as u32;
    placed(WorkloadSpec { replicas, priority: rng.below(3) as i32 * 100, ..spec.clone() }, rng)
}

/// Where it may go.
fn placed(spec: WorkloadSpec, rng: &mut Rng) -> WorkloadSpec {
    let spread = |topology_key: &str, rng: &mut Rng| TopologySpread {
        max_skew: 1 + rng.below(2) as u32,
        topology_key: key(topology_key),
    };
    let near = Requirement { key: key("tier"), operator: Operator::In, values: vec![value("near")] };
    let spreads = match rng.below(5) {
        0 => vec![spread(ZONE, rng)],
        1 => vec![spread(ZONE, rng), spread(RACK, rng)],
        _ => Vec::new(),
    };
    let tolerates = Toleration { key: Some(key("reserved")), value: None, effect: None };
    WorkloadSpec {
        spread: spreads,
        affinity: if rng.below(5) == 0 { vec![near] } else { Vec::new() },
        tolerations: if rng.below(3) == 0 { vec![tolerates] } else { Vec::new() },
        ..spec
    }
}
