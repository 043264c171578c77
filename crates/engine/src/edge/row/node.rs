//! Rows of nodes: what is true of a node, and beside it what follows from the placements or was only reported.

use super::files::Files;
use crate::edge::trust::{NodeTrust, Provable};
use paceline_model::edge::limits::LOSSES_WITHIN;
use paceline_model::edge::sensor::{Gauge, Thermometer};
use paceline_model::edge::{
    Bound, Condition, Dbm, DeciCelsius, DeviceState, DeviceUse, DeviceUuid, MoveCause, NodeId, NodeSpec,
    Power, PowerSupply, ProofClock, Reach, ReplicaReport, Requests, SensorKind, Slice, TaintEffect, Trust,
    TrustState, WhenUnreachable, WorkloadIdx, WorkloadSpec,
};
use paceline_model::limits::MILLI_GPU_WHOLE;
use paceline_model::{Instant, Millis, Row};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A device and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Its name; specs and rows have the same devices in the same order.
    pub uuid: DeviceUuid,
    /// Where it stands.
    pub state: DeviceState,
    /// Since when.
    pub since: Instant,
    /// When it was lost, within a day.
    pub losses: Vec<Instant>,
}

impl DeviceRow {
    pub(in crate::edge) fn new(uuid: DeviceUuid, at: Instant) -> Self {
        Self { uuid, state: DeviceState::Serving, since: at, losses: Vec::new() }
    }
    /// Losses that count at `at`.
    pub(in crate::edge) fn losses_at(&self, at: Instant) -> usize {
        self.losses.iter().filter(|lost| at.since(**lost) <= LOSSES_WITHIN).count()
    }
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeRow {
    /// What its owner says it is.
    pub spec: Arc<NodeSpec>,
    /// Nothing new is placed there.
    pub cordoned: bool,
    /// What runs there is to move away.
    pub draining: bool,
    /// What is true of it for a time.
    pub conditions: BTreeSet<Condition>,
    /// Its devices.
    pub devices: Vec<DeviceRow>,
    /// Where it stands with its proofs.
    pub trust: NodeTrust,
    pub(in crate::edge) derived: NodeDerived,
}

/// What follows from the placements, or was only reported: no part of the world, and begun anew by a restart.
#[derive(Clone, Debug, Default)]
pub(in crate::edge) struct NodeDerived {
    pub(in crate::edge) used: Used,
    /// What runs there.
    pub(in crate::edge) runs: BTreeSet<(WorkloadIdx, u32)>,
    pub(in crate::edge) heard: Heard,
    /// Devices on trial whose probe was right.
    pub(in crate::edge) proved: BTreeSet<DeviceUuid>,
    /// When something that was wrong with it last ended.
    pub(in crate::edge) eased_at: Option<Instant>,
    /// For how long it has been silent while no neighbour reaches it, as last looked at.
    pub(in crate::edge) unreachable_for: Millis,
    /// What is known of its proofs besides.
    pub(in crate::edge) provable: Provable,
}

/// Equal worlds need not have heard the same.
impl PartialEq for NodeDerived {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What is taken of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Milli-CPU.
    pub cpu: u32,
    /// MiB.
    pub memory: u64,
    /// Mbit/s.
    pub pcie: u32,
    /// Of each device that something is taken of: milli-GPU and MiB.
    pub devices: BTreeMap<DeviceUuid, (u16, u64)>,
    /// Slots of devices that are cut, a bit each.
    pub slots: BTreeMap<DeviceUuid, u16>,
    /// What is on its disk; nothing where room for that is not counted.
    pub files: Files,
}

/// The newest that a node said of itself.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// When it last spoke.
    pub at: Option<Instant>,
    /// Since when its driver does not answer.
    pub driver_silent_since: Option<Instant>,
    /// Temperatures, by sensor and device.
    pub sensors: BTreeMap<(SensorKind, Option<DeviceUuid>), Thermometer>,
    /// The battery, and what the node runs on.
    pub battery: Option<(PowerSupply, Gauge)>,
    /// To the region and back.
    pub round_trip: Option<Millis>,
    /// Of its radio.
    pub rssi: Option<Dbm>,
    /// Free on its link, in Mbit/s.
    pub bandwidth: Option<u32>,
    /// How its devices are used.
    pub uses: BTreeMap<DeviceUuid, DeviceUse>,
    /// What its neighbours say of it.
    pub reach: Reach,
    /// What it runs or tries to, and when it said so; `None`: it has not said.
    pub replicas: Option<(Instant, Arc<Vec<ReplicaReport>>)>,
}

impl Row for NodeRow {
    type Id = NodeId;
    fn id(&self) -> &NodeId {
        &self.spec.id
    }
}

impl NodeRow {
    pub(in crate::edge) fn new(spec: Arc<NodeSpec>, at: Instant) -> Self {
        let devices = spec.devices.iter().map(|device| DeviceRow::new(device.uuid.clone(), at)).collect();
        Self {
            spec,
            cordoned: false,
            draining: false,
            conditions: BTreeSet::new(),
            devices,
            trust: NodeTrust::default(),
            derived: NodeDerived::default(),
        }
    }

    /// What is taken of it.
    pub fn used(&self) -> &Used {
        &self.derived.used
    }
    /// What it last said of itself.
    pub fn heard(&self) -> &Heard {
        &self.derived.heard
    }
    /// Takes over what it said of itself, for whoever keeps a copy of the row.
    pub fn hear(&mut self, heard: Heard) {
        self.derived.heard = heard;
    }
    /// How many replicas run there.
    pub fn running(&self) -> usize {
        self.derived.runs.len()
    }
    /// Whether it is too hot.
    pub fn is_hot(&self) -> bool {
        self.conditions.iter().any(|condition| matches!(condition, Condition::Hot { .. }))
    }
    /// Whether it is too hot soon.
    pub fn is_heating(&self) -> bool {
        self.conditions.iter().any(|condition| matches!(condition, Condition::Heating { .. }))
    }
    /// Whether it may have new work, and artefacts: its owner trusts it, and it has proved itself if it is to.
    pub fn is_trusted(&self) -> bool {
        let proved = match self.trust.state {
            TrustState::Proved => true,
            TrustState::Unverified => self.trust.key.is_none() && !self.derived.provable.required,
            TrustState::Stale | TrustState::Failed | TrustState::Contested => false,
        };
        proved && self.spec.trust == Trust::Trusted
    }
    /// Whether what runs there is to leave at once: its owner does not trust it, or it has failed.
    pub fn is_expelled(&self) -> bool {
        self.spec.trust == Trust::Untrusted || self.trust.state == TrustState::Failed
    }
    /// Why it is not trusted, in words; `None`: it is.
    pub fn distrust(&self) -> Option<String> {
        let since = |why: &str| format!("{} since {}: {why}", self.trust.state, self.trust.since);
        match () {
            () if self.is_trusted() => None,
            () if self.spec.trust == Trust::Untrusted => Some("its owner says that it is not trusted".into()),
            () if self.trust.key.is_none() && self.trust.state == TrustState::Unverified => {
                Some("unverified: no key is enrolled, and the region asks for proofs".into())
            }
            () => Some(since(self.trust.why().unwrap_or("nothing was proved yet"))),
        }
    }
    /// When it last proved itself, and the TPM's clock then, as far as this program knows.
    pub fn last_proof(&self) -> Option<(Instant, ProofClock)> {
        self.trust.proved_at.zip(self.trust.clock).max(self.derived.provable.renewed)
    }
    /// Whether it has not been heard for too long.
    pub fn is_silent(&self) -> bool {
        self.conditions.contains(&Condition::Silent)
    }
    /// The highest temperature of it that is known.
    pub fn hottest(&self) -> Option<DeciCelsius> {
        self.heard().sensors.values().filter_map(|sensor| sensor.reading.known()).max()
    }
    /// A device's state.
    pub fn device(&self, uuid: &DeviceUuid) -> Option<&DeviceRow> {
        self.devices.iter().find(|device| device.uuid == *uuid)
    }
    pub(in crate::edge) fn device_mut(&mut self, uuid: &DeviceUuid) -> Option<&mut DeviceRow> {
        self.devices.iter_mut().find(|device| device.uuid == *uuid)
    }
    /// Devices of which work may be given.
    pub fn serving(&self) -> usize {
        self.devices.iter().filter(|device| device.state == DeviceState::Serving).count()
    }
    /// The reserve of its battery, if it has one.
    pub fn reserve(&self) -> Option<u8> {
        match self.spec.power {
            Power::Mains => None,
            Power::Battery { reserve } => Some(reserve.0),
        }
    }

    /// Why what runs there should leave, if it should. A silent node is no reason, since it may well go on working, unless the owner says
    /// so; nor is what it said before. What must be single stays there whatever an operator wants.
    pub(in crate::edge) fn leaves(&self, workload: &WorkloadSpec) -> Option<MoveCause> {
        let evicts = |taint: &&paceline_model::edge::Taint| {
            taint.effect == TaintEffect::NoExecute
                && !workload.tolerations.iter().any(|toleration| toleration.tolerates(taint))
        };
        let tainted = || self.spec.taints.iter().find(evicts).map(|_| MoveCause::Tainted);
        match () {
            () if self.is_silent() && workload.single => None,
            () if self.is_expelled() => Some(MoveCause::Untrusted),
            () if self.draining => Some(MoveCause::Drained),
            () if self.is_silent() => tainted().or_else(|| self.unreachable(workload)),
            () if self.is_hot() => Some(MoveCause::Hot),
            () if self.conditions.contains(&Condition::LowBattery) => Some(MoveCause::LowBattery),
            () if self.is_heating() => Some(MoveCause::Heating),
            () => tainted(),
        }
    }

    fn unreachable(&self, workload: &WorkloadSpec) -> Option<MoveCause> {
        match workload.when_unreachable {
            WhenUnreachable::ReplaceAfter(after) if self.derived.unreachable_for >= after => {
                Some(MoveCause::Unreachable)
            }
            WhenUnreachable::ReplaceAfter(_) | WhenUnreachable::Leave => None,
        }
    }

    /// Whether anything may have to leave.
    pub(in crate::edge) fn may_lose_work(&self) -> bool {
        let evicts = |taint: &paceline_model::edge::Taint| taint.effect == TaintEffect::NoExecute;
        self.is_expelled()
            || self.draining
            || self.conditions.iter().any(|condition| *condition != Condition::Silent)
            || self.spec.taints.iter().any(evicts)
    }

    /// Whether what a replica asks for is free, on devices that serve.
    pub(in crate::edge) fn has_room(&self, spec: &WorkloadSpec, bound: &Bound) -> bool {
        let requests = &spec.requests;
        let (used, has) = (&self.derived.used, &self.spec.allocatable);
        let device = |uuid: &DeviceUuid| {
            let serving = self.device(uuid).is_some_and(|device| device.state == DeviceState::Serving);
            serving && self.gives(uuid, requests, bound)
        };
        used.cpu.saturating_add(requests.cpu.0) <= has.cpu.0
            && used.memory.saturating_add(requests.memory.0) <= has.memory.0
            && used.pcie.saturating_add(requests.pcie.0) <= has.pcie.0
            && bound.devices.len() == usize::from(requests.gpus)
            && bound.slice.as_ref().map(|slice| &slice.profile) == spec.slice.as_ref()
            && bound.devices.iter().all(device)
            && self.stores(spec, None, bound)
    }

    /// Whether a device has what a replica takes of each of its own: a share, or a slice.
    fn gives(&self, uuid: &DeviceUuid, requests: &Requests, bound: &Bound) -> bool {
        let (used, listed) =
            (&self.derived.used, self.spec.devices.iter().find(|device| device.uuid == *uuid));
        let Some(listed) = listed else { return false };
        match &bound.slice {
            Some(slice) => {
                let taken = used.slots.get(uuid).copied().unwrap_or_default();
                taken & slice.mask() == 0
                    && listed.slices.iter().any(|profile| profile.cuts(slice, bound.device_memory))
            }
            None => {
                let (milli, memory) = used.devices.get(uuid).copied().unwrap_or_default();
                listed.slices.is_empty()
                    && milli.saturating_add(requests.milli_gpu.0) <= MILLI_GPU_WHOLE
                    && memory + bound.device_memory.0 <= listed.memory.0
            }
        }
    }

    /// Whether the file of a replica has room on the disk, once what it is instead of has gone.
    fn stores(&self, spec: &WorkloadSpec, now: Option<&Bound>, bound: &Bound) -> bool {
        let Some(all) = self.spec.allocatable.storage else { return true };
        let mut files = self.derived.used.files.clone();
        now.into_iter().for_each(|now| files.remove(spec, now));
        files.add(spec, bound);
        files.mib() <= all.0
    }

    /// Whether there is room for what a replica would take of its devices' memory and of the disk instead of what it takes.
    pub(in crate::edge) fn holds_instead(&self, spec: &WorkloadSpec, now: &Bound, instead: &Bound) -> bool {
        let more = instead.device_memory.0.saturating_sub(now.device_memory.0);
        now.devices.iter().all(|uuid| {
            let (_, taken) = self.derived.used.devices.get(uuid).copied().unwrap_or_default();
            let listed = self.spec.devices.iter().find(|device| device.uuid == *uuid);
            listed.is_some_and(|listed| match &now.slice {
                Some(slice) => listed.slices.iter().any(|profile| profile.cuts(slice, instead.device_memory)),
                None => taken.saturating_add(more) <= listed.memory.0,
            })
        }) && self.stores(spec, Some(now), instead)
    }

    /// Takes what a replica asks for.
    pub(in crate::edge) fn take(&mut self, replica: (WorkloadIdx, u32), spec: &WorkloadSpec, bound: &Bound) {
        let requests = &spec.requests;
        let used = &mut self.derived.used;
        used.cpu += requests.cpu.0;
        used.memory += requests.memory.0;
        used.pcie += requests.pcie.0;
        let slots = bound.slice.as_ref().map(Slice::mask);
        for uuid in &bound.devices {
            if let Some(slots) = slots {
                *used.slots.entry(uuid.clone()).or_default() |= slots;
                continue;
            }
            let (milli, memory) = used.devices.entry(uuid.clone()).or_default();
            *milli += requests.milli_gpu.0;
            *memory += bound.device_memory.0;
        }
        if self.spec.allocatable.storage.is_some() {
            used.files.add(spec, bound);
        }
        self.derived.runs.insert(replica);
    }

    /// Gives it back.
    pub(in crate::edge) fn give_back(
        &mut self,
        replica: (WorkloadIdx, u32),
        spec: &WorkloadSpec,
        bound: &Bound,
    ) {
        let requests = &spec.requests;
        let used = &mut self.derived.used;
        used.cpu = used.cpu.saturating_sub(requests.cpu.0);
        used.memory = used.memory.saturating_sub(requests.memory.0);
        used.pcie = used.pcie.saturating_sub(requests.pcie.0);
        let slots = bound.slice.as_ref().map(Slice::mask);
        for uuid in &bound.devices {
            if let Some(taken) = used.slots.get_mut(uuid).filter(|_| slots.is_some()) {
                *taken &= !slots.unwrap_or_default();
                if *taken == 0 {
                    used.slots.remove(uuid);
                }
                continue;
            }
            if let Some((milli, memory)) = used.devices.get_mut(uuid) {
                *milli = milli.saturating_sub(requests.milli_gpu.0);
                *memory = memory.saturating_sub(bound.device_memory.0);
                if (*milli, *memory) == (0, 0) {
                    used.devices.remove(uuid);
                }
            }
        }
        used.files.remove(spec, bound);
        self.derived.runs.remove(&replica);
    }
}
