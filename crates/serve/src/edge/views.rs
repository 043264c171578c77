//! Rows of an edge region as the wire shows them.

use paceline_api::edge as api;
use paceline_engine::edge::{Explanation, NodeRow, Replica, TrustStep, WorkloadRow};
use paceline_model::Instant;
use paceline_model::edge::Reading;
use paceline_model::edge::sensor::Disbelieved;
use paceline_model::edge::{DeviceState, Disbelief, ReplicaId, ReplicaPhase, SliceProfile};
use paceline_model::limits::MILLI_GPU_WHOLE;
use std::collections::BTreeSet;

/// A node.
pub(crate) fn node(row: &NodeRow, now: Instant) -> api::NodeView {
    let (spec, used, heard) = (&row.spec, row.used(), row.heard());
    api::NodeView {
        id: spec.id.to_string(),
        spec: (&**spec).into(),
        cordoned: row.cordoned,
        draining: row.draining,
        conditions: row.conditions.iter().map(Into::into).collect(),
        trust: trust(row),
        devices: devices(row),
        free_cpu_milli: spec.allocatable.cpu.0.saturating_sub(used.cpu),
        free_memory_mib: spec.allocatable.memory.0.saturating_sub(used.memory),
        free_pcie_mbps: spec.allocatable.pcie.0.saturating_sub(used.pcie),
        free_storage_mib: spec.allocatable.storage.map(|all| all.0.saturating_sub(used.files.mib())),
        running: row.running() as u64,
        heard_at: heard.at,
        driver_silent_since: heard.driver_silent_since,
        temperatures: temperatures(row),
        trends: trends(row, now),
        silence: row.is_silent().then(|| silence(row, now)),
        battery_percent: heard
            .battery
            .as_ref()
            .and_then(|(_, gauge)| gauge.reading.known())
            .map(|percent| percent.0),
        blind: blind(row),
        replicas: heard.replicas.iter().flat_map(|(_, all)| all.iter().map(Into::into)).collect(),
        replicas_at: heard.replicas.as_ref().map(|(at, _)| *at),
    }
}

fn trust(row: &NodeRow) -> api::TrustView {
    let reason =
        |step: &TrustStep| api::TrustReason { at: step.at, state: step.state.into(), why: step.why.clone() };
    api::TrustView {
        state: row.trust.state.into(),
        trusted: row.is_trusted(),
        why_not: row.distrust(),
        tpm: row.trust.key.as_ref().map(|key| key.tpm()),
        proved_at: row.last_proof().map(|(at, _)| at),
        reasons: row.trust.steps.iter().map(reason).collect(),
    }
}

fn devices(row: &NodeRow) -> Vec<api::DeviceView> {
    let used = |device: &paceline_engine::edge::DeviceRow| row.heard().uses.get(&device.uuid);
    let device = |(listed, known): (&paceline_model::edge::Device, &paceline_engine::edge::DeviceRow)| {
        let (milli, memory) = row.used().devices.get(&known.uuid).copied().unwrap_or_default();
        let serves = known.state == DeviceState::Serving;
        let shared = serves && listed.slices.is_empty();
        api::DeviceView {
            uuid: known.uuid.to_string(),
            state: known.state.into(),
            since: known.since,
            free_milli_gpu: if shared { MILLI_GPU_WHOLE.saturating_sub(milli) } else { 0 },
            free_memory_mib: if shared { listed.memory.0.saturating_sub(memory) } else { 0 },
            free_slots: if serves { free_slots(row, listed) } else { Vec::new() },
            busy_percent: used(known).and_then(|of| of.busy_percent),
            reported_free_mib: used(known).and_then(|of| of.free_mib),
        }
    };
    row.spec.devices.iter().zip(&row.devices).map(device).collect()
}

/// Slots of a device that no slice has.
fn free_slots(row: &NodeRow, device: &paceline_model::edge::Device) -> Vec<u8> {
    let taken = row.used().slots.get(&device.uuid).copied().unwrap_or_default();
    let of = |profile: &SliceProfile| {
        let slots = profile.slots;
        profile.starts.iter().flat_map(move |start| *start..start + slots).collect::<Vec<u8>>()
    };
    let all: BTreeSet<u8> = device.slices.iter().flat_map(of).collect();
    all.into_iter().filter(|slot| taken >> slot & 1 == 0).collect()
}

fn temperatures(row: &NodeRow) -> Vec<api::Temperature> {
    let known = row.heard().sensors.iter().filter_map(|((sensor, device), known)| match known.reading {
        Reading::Known { value, at } => Some(api::Temperature {
            sensor: (*sensor).into(),
            device: device.as_ref().map(ToString::to_string),
            celsius: value.as_celsius(),
            at,
        }),
        Reading::Unknown { .. } => None,
    });
    known.collect()
}

fn trends(row: &NodeRow, now: Instant) -> Vec<api::TemperatureTrend> {
    let known = row.heard().sensors.iter().filter_map(|((sensor, device), known)| {
        let forecast = known.trend.forecast(now)?;
        Some(api::TemperatureTrend {
            sensor: (*sensor).into(),
            device: device.as_ref().map(ToString::to_string),
            celsius: forecast.level(),
            celsius_per_minute: forecast.per_minute(),
        })
    });
    known.collect()
}

fn silence(row: &NodeRow, now: Instant) -> api::SilenceView {
    let reach = &row.heard().reach;
    let by = |answered| reach.by(answered, now).map(ToString::to_string).collect();
    api::SilenceView {
        last_heard: row.heard().at,
        broken: reach.broken(now).into(),
        asked: row.spec.neighbours.iter().map(ToString::to_string).collect(),
        reached_by: by(true),
        not_reached_by: by(false),
    }
}

fn blind(row: &NodeRow) -> Vec<api::BlindSensor> {
    let of = |sensor: String, device, (why, since): (Disbelief, Instant), counts: &Disbelieved| {
        api::BlindSensor { sensor, device, since, why: why.to_string(), disbelieved: counts.values().sum() }
    };
    let sensors = row.heard().sensors.iter().filter_map(|((sensor, device), known)| {
        let Reading::Unknown { why, since } = known.reading else { return None };
        let device = device.as_ref().map(ToString::to_string);
        Some(of(format!("{sensor:?}").to_lowercase(), device, (why, since), &known.disbelieved))
    });
    let battery = row.heard().battery.iter().filter_map(|(_, gauge)| {
        let Reading::Unknown { why, since } = gauge.reading else { return None };
        Some(of("battery".to_owned(), None, (why, since), &gauge.disbelieved))
    });
    sensors.chain(battery).collect()
}

/// A workload.
pub(crate) fn workload(row: &WorkloadRow) -> api::WorkloadView {
    let count = |phase| row.replicas.iter().filter(|replica| replica.phase == phase).count() as u64;
    api::WorkloadView {
        id: row.spec.id.to_string(),
        spec: (&*row.spec).into(),
        put_at: row.put_at,
        placed: count(ReplicaPhase::Placed),
        pending: count(ReplicaPhase::Pending),
    }
}

/// A replica.
pub(crate) fn placement(id: &ReplicaId, replica: &Replica) -> api::PlacementView {
    api::PlacementView {
        id: id.to_string(),
        workload: id.workload.to_string(),
        phase: replica.phase.into(),
        since: replica.since,
        bound: replica.bound.as_deref().map(Into::into),
    }
}

/// Why a replica stands as it does.
pub(crate) fn explained(of: &Explanation) -> api::PlacementExplained {
    let room = of.preemption.room.as_deref();
    let names = |ids: &[ReplicaId]| ids.iter().map(ToString::to_string).collect();
    let (decision, why_not) = (of.decision.as_deref(), of.why_not.as_deref());
    api::PlacementExplained {
        placement: api::PlacementView {
            id: of.replica.to_string(),
            workload: of.replica.workload.to_string(),
            phase: of.phase.into(),
            since: of.since,
            bound: of.bound.as_deref().map(Into::into),
        },
        considered: why_not
            .map(|why_not| why_not.considered)
            .or(decision.map(|decision| decision.considered)),
        score: decision.map(|decision| decision.score),
        scored_by: decision.map(|decision| decision.scored_by.clone()),
        downgraded: decision.is_some_and(|decision| decision.downgraded),
        leaves: of.leaves.map(Into::into),
        home: of.home.as_ref().map(|(node, _)| node.to_string()),
        excluded: why_not.map(api::counts).unwrap_or_default(),
        gave_way_to: of.preemption.gave_way.as_ref().map(|(_, made)| made.replica.to_string()),
        moved_for_it: room.map(|made| names(&made.moved)).unwrap_or_default(),
        evicted_for_it: room.map(|made| names(&made.evicted)).unwrap_or_default(),
        help: None,
        words: of.in_words(),
    }
}
