//! The books of an edge region, kept from its events: nodes with their health, and where each replica is.

use super::defragmentation::Moves;
use super::trust::TrustBook;
use super::{Judged, holds};
use crate::edge::parts::Forbidden;
use paceline_model::edge::{
    Bound, Condition, DeviceState, DeviceTrigger, DeviceUuid, Event, EvictionCause, ModelId, ModelSpec,
    MoveCause, NodeId, NodeSpec, ReplicaId, RoomMade, TaintEffect, Trust, VariantRef, WhenUnreachable,
    WorkloadId, WorkloadSpec,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A node as its events say it is.
pub(super) struct NodeBook {
    pub(super) spec: Arc<NodeSpec>,
    pub(super) cordoned: bool,
    draining: bool,
    pub(super) conditions: BTreeSet<Condition>,
    pub(super) devices: BTreeMap<DeviceUuid, DeviceState>,
    pub(super) trust: TrustBook,
}

/// A workload and where its replicas are, by ordinal; those that are wanted.
pub(super) struct WorkloadBook {
    pub(super) spec: Arc<WorkloadSpec>,
    pub(super) replicas: BTreeMap<u32, Option<Arc<Bound>>>,
}

impl WorkloadBook {
    /// So many are wanted: the highest ordinals end, or the lowest that are free come.
    fn scale(&mut self, wanted: usize) {
        while self.replicas.len() > wanted {
            self.replicas.pop_last();
        }
        while self.replicas.len() < wanted {
            let free = (0..).find(|ordinal| !self.replicas.contains_key(ordinal));
            self.replicas.insert(free.unwrap_or_default(), None);
        }
    }
}

/// All that was published, as it stands.
#[derive(Default)]
pub(crate) struct Books {
    pub(super) nodes: BTreeMap<NodeId, NodeBook>,
    pub(super) models: BTreeMap<ModelId, Arc<ModelSpec>>,
    pub(super) workloads: BTreeMap<WorkloadId, WorkloadBook>,
    pub(super) forbidden: Vec<Forbidden>,
    /// All workloads that there ever were.
    known: BTreeSet<WorkloadId>,
    /// A gang of which a replica was placed just now: the others follow at once.
    placing: Option<WorkloadId>,
    /// Who was evicted for more important work just now, which is named at once.
    preempted: BTreeSet<ReplicaId>,
    moves: Moves,
}

impl Books {
    /// Empty ones, with variants that are forbidden on some nodes.
    pub(crate) fn new(forbidden: Vec<Forbidden>) -> Self {
        Self { forbidden, ..Self::default() }
    }

    /// Enters one event. Errors: a rule that it breaks.
    pub(crate) fn enter(&mut self, event: &Event) -> Judged {
        self.is_complete(event)?;
        self.moves.is_said(event)?;
        match event {
            Event::NodePut(spec) => self.put_node(spec),
            Event::NodeRemoved(node) => self.remove_node(node),
            Event::NodeCordoned { node, drain } => self.cordon(node, true, *drain),
            Event::NodeUncordoned(node) => self.cordon(node, false, false),
            Event::ConditionBegan(node, condition) => {
                let book = self.nodes.get_mut(node).ok_or_else(|| format!("{node} is not known"))?;
                holds(book.conditions.insert(condition.clone()), || format!("{node} is {condition:?} twice"))
            }
            Event::ConditionEnded(node, condition) => {
                let book = self.nodes.get_mut(node).ok_or_else(|| format!("{node} is not known"))?;
                holds(book.conditions.remove(condition), || format!("{node} was not {condition:?}"))
            }
            Event::DeviceChanged { node, device, trigger } => self.device(node, device, *trigger),
            Event::ModelPut(spec) => {
                self.models.insert(spec.id.clone(), spec.clone());
                Ok(())
            }
            Event::ModelRemoved(model) => {
                let used = self.workloads.values().any(|book| book.spec.model == *model);
                self.models.remove(model);
                holds(!used, || format!("{model} is removed and used"))
            }
            Event::WorkloadPut(spec) => {
                self.known.insert(spec.id.clone());
                let book = WorkloadBook { spec: spec.clone(), replicas: BTreeMap::new() };
                let book = self.workloads.entry(spec.id.clone()).or_insert(book);
                book.spec = spec.clone();
                book.scale(spec.replicas as usize);
                Ok(())
            }
            Event::WorkloadRemoved(workload) => {
                let known = self.workloads.remove(workload).is_some();
                holds(known, || format!("{workload} is not known and removed"))
            }
            Event::ReplicaPlaced { replica, bound, .. } => self.place(replica, bound, None),
            Event::ReplicaMoved { replica, bound, cause, .. } => self.place(replica, bound, Some(*cause)),
            Event::ReplicaEvicted { replica, cause } => self.evict(replica, *cause),
            Event::ReplicaSwitched { replica, bound, .. } => self.switch(replica, bound),
            Event::RoomMade(made) => self.room_made(made),
            Event::DefragmentationStarted(_)
            | Event::DefragmentationStepped { .. }
            | Event::DefragmentationEnded(_) => self.moves.enter(event),
            // Who runs what is said by the switches; which of them a rollout may ask for is its own tests' matter.
            Event::RolloutChanged(..) => Ok(()),
            Event::KeyEnrolled { node, .. } => self.trust(node, TrustBook::enrol),
            Event::TrustStepped { node, trigger, .. } => self.trust(node, |book| book.step(*trigger)),
            Event::ReplicaEnded(replica) => {
                let book = self.workloads.get_mut(&replica.workload);
                let ended = book.and_then(|book| book.replicas.remove(&replica.ordinal));
                holds(ended.is_some(), || format!("{replica} ends and was not wanted"))
            }
        }
    }

    /// The ordinals of a workload's replicas that are wanted.
    pub(crate) fn ordinals(&self, workload: &WorkloadId) -> Vec<u32> {
        self.workloads.get(workload).map_or(Vec::new(), |book| book.replicas.keys().copied().collect())
    }

    /// Whether a workload was ever asked for.
    pub(crate) fn has_known(&self, workload: &WorkloadId) -> bool {
        self.known.contains(workload)
    }

    /// What is true of a node for a time.
    pub(crate) fn conditions(&self, node: &NodeId) -> Option<&BTreeSet<Condition>> {
        self.nodes.get(node).map(|book| &book.conditions)
    }

    /// Where a replica is.
    pub(crate) fn bound(&self, id: &ReplicaId) -> Option<&Arc<Bound>> {
        self.workloads.get(&id.workload)?.replicas.get(&id.ordinal)?.as_ref()
    }

    /// Everything that is somewhere.
    pub(crate) fn all_bound(&self) -> impl Iterator<Item = (&Arc<WorkloadSpec>, &Arc<Bound>)> {
        self.workloads.values().flat_map(|book| {
            book.replicas.values().filter_map(move |bound| Some((&book.spec, bound.as_ref()?)))
        })
    }

    /// Of one answer, as it was measured, in milliseconds.
    pub(crate) fn latency_ms(&self, spec: &WorkloadSpec, named: &VariantRef) -> f64 {
        let variant = self.models.get(&spec.model).and_then(|model| model.variant(named));
        variant.map_or(0.0, |variant| f64::from(variant.latency.0))
    }

    /// A gang that was being placed is whole, and who gave way was named, once anything else happens.
    fn is_complete(&mut self, next: &Event) -> Judged {
        let of_one_placement = matches!(
            next,
            Event::RoomMade(_)
                | Event::ReplicaEvicted { cause: EvictionCause::Preempted, .. }
                | Event::ReplicaMoved { cause: MoveCause::MadeRoom, .. }
        );
        let places = |gang: &WorkloadId| matches!(next, Event::ReplicaPlaced { replica, .. } if replica.workload == *gang);
        let evicts = |gang: &WorkloadId| matches!(next, Event::ReplicaEvicted { replica, .. } if replica.workload == *gang);
        // Room is made in its midst, but none of it gives way to another of it.
        let gang = self.placing.take_if(|gang| !(places(gang) || of_one_placement && !evicts(gang)));
        if let Some(book) = gang.as_ref().and_then(|gang| self.workloads.get(gang)) {
            let waits = book.replicas.values().filter(|bound| bound.is_none()).count();
            holds(waits == 0, || format!("{waits} of the gang {} were left behind", book.spec.id))?;
        }
        if of_one_placement {
            return Ok(());
        }
        let placed = matches!(next, Event::ReplicaPlaced { .. } | Event::ReplicaMoved { .. });
        let nobody = self.preempted.is_empty() || placed;
        holds(nobody, || format!("{:?} gave way and nobody says to whom", self.preempted))
    }

    /// Only less important work gives way.
    fn room_made(&mut self, made: &RoomMade) -> Judged {
        let priority = |id: &ReplicaId| self.workloads.get(&id.workload).map(|book| book.spec.priority);
        let mut victims = made.victims();
        let equal = victims.find(|id| priority(id).is_none_or(|theirs| theirs >= made.priority));
        holds(equal.is_none(), || {
            format!("{equal:?} gave way to {}, which is no more important", made.replica)
        })?;
        made.evicted.iter().for_each(|id| _ = self.preempted.remove(id));
        holds(self.preempted.is_empty(), || format!("{:?} gave way to nobody", self.preempted))
    }

    fn put_node(&mut self, spec: &Arc<NodeSpec>) -> Judged {
        let states: BTreeMap<DeviceUuid, DeviceState> =
            self.nodes.get(&spec.id).map(|known| known.devices.clone()).unwrap_or_default();
        let state = |uuid: &DeviceUuid| states.get(uuid).copied().unwrap_or_default();
        let devices: BTreeMap<DeviceUuid, DeviceState> =
            spec.devices.iter().map(|device| (device.uuid.clone(), state(&device.uuid))).collect();
        let forgotten = states.keys().find(|uuid| !devices.contains_key(*uuid));
        holds(forgotten.is_none(), || format!("{} has forgotten a device, {forgotten:?}", spec.id))?;
        let book = self.nodes.entry(spec.id.clone()).or_insert_with(|| NodeBook {
            spec: spec.clone(),
            cordoned: false,
            draining: false,
            conditions: BTreeSet::new(),
            devices: BTreeMap::new(),
            trust: TrustBook::default(),
        });
        (book.spec, book.devices) = (spec.clone(), devices);
        self.is_not_overcommitted(&spec.id)
    }

    fn cordon(&mut self, node: &NodeId, cordoned: bool, draining: bool) -> Judged {
        let book = self.nodes.get_mut(node).ok_or_else(|| format!("{node} is not known"))?;
        (book.cordoned, book.draining) = (cordoned, draining);
        Ok(())
    }

    fn trust(&mut self, node: &NodeId, step: impl FnOnce(&mut TrustBook) -> Judged) -> Judged {
        let book = self.nodes.get_mut(node).ok_or_else(|| format!("{node} is not known"))?;
        step(&mut book.trust).map_err(|why| why.said(|why| format!("{node} {why}")))
    }

    fn remove_node(&mut self, node: &NodeId) -> Judged {
        self.nodes.remove(node);
        let runs = self.all_bound().filter(|(_, bound)| bound.node == *node).count();
        holds(runs == 0, || format!("{node} is removed with {runs} replicas on it"))
    }

    fn device(&mut self, node: &NodeId, device: &DeviceUuid, trigger: DeviceTrigger) -> Judged {
        let book = self.nodes.get_mut(node).ok_or_else(|| format!("{node} is not known"))?;
        let state = book.devices.get_mut(device).ok_or_else(|| format!("{device} is not known"))?;
        let after = match (*state, trigger) {
            (DeviceState::Serving | DeviceState::Trial, DeviceTrigger::Vanish) => DeviceState::Lost,
            (DeviceState::Lost, DeviceTrigger::Return) => DeviceState::Trial,
            (DeviceState::Trial, DeviceTrigger::Prove) => DeviceState::Serving,
            (DeviceState::Lost, DeviceTrigger::Bar) => DeviceState::Barred,
            (DeviceState::Barred, DeviceTrigger::Admit) => DeviceState::Lost,
            (from, _) => return Err(format!("{device} is {from:?} and goes the step {trigger:?}").into()),
        };
        *state = after;
        Ok(())
    }

    fn place(&mut self, id: &ReplicaId, bound: &Arc<Bound>, cause: Option<MoveCause>) -> Judged {
        let was = self.bound(id).cloned();
        match (&was, cause) {
            (None, None) => {}
            (Some(from), Some(cause)) => {
                self.may_leave(id, from, cause)?;
                if cause == MoveCause::Defragmented {
                    self.moves.go(id, from, bound)?;
                }
            }
            (Some(from), None) => {
                return Err(format!("{id} is on {} and placed on {}", from.node, bound.node).into());
            }
            (None, Some(_)) => return Err(format!("{id} is nowhere and moves").into()),
        }
        self.set(id, None)?;
        self.may_go(id, bound)?;
        self.set(id, Some(bound.clone()))?;
        let gang = self.workloads.get(&id.workload).is_some_and(|book| book.spec.gang);
        if gang && cause.is_none() {
            self.placing = Some(id.workload.clone());
        }
        self.is_not_overcommitted(&bound.node)
    }

    fn set(&mut self, id: &ReplicaId, to: Option<Arc<Bound>>) -> Judged {
        let book = self.workloads.get_mut(&id.workload);
        let replica = book.and_then(|book| book.replicas.get_mut(&id.ordinal));
        let replica = replica.ok_or_else(|| format!("{id} is not wanted"))?;
        *replica = to;
        Ok(())
    }

    /// What leaves a node has the reason that was given.
    fn may_leave(&self, id: &ReplicaId, from: &Bound, cause: MoveCause) -> Judged {
        let node = self.nodes.get(&from.node).ok_or_else(|| format!("{} is not known", from.node))?;
        let book = self.workloads.get(&id.workload).ok_or_else(|| format!("{id} is not wanted"))?;
        let is = |wanted: fn(&Condition) -> bool| node.conditions.iter().any(wanted);
        let tainted = || {
            node.spec.taints.iter().any(|taint| {
                taint.effect == TaintEffect::NoExecute
                    && !book.spec.tolerations.iter().any(|toleration| toleration.tolerates(taint))
            })
        };
        // A silent node may well go on working: what leaves it may run twice.
        let silent = is(|condition| *condition == Condition::Silent);
        holds(!silent || !book.spec.single, || {
            format!("{id} must be single and leaves {}, which is silent", from.node)
        })?;
        let so = match cause {
            MoveCause::Tainted => tainted(),
            MoveCause::Unreachable => {
                silent && matches!(book.spec.when_unreachable, WhenUnreachable::ReplaceAfter(_))
            }
            // An operator's word holds of a silent node too; what it said of itself before does not.
            MoveCause::Drained => node.draining,
            MoveCause::Untrusted => node.spec.trust == Trust::Untrusted || node.trust.is_expelled(),
            _ if silent => false,
            MoveCause::Hot => is(|condition| matches!(condition, Condition::Hot { .. })),
            MoveCause::Heating => is(|condition| matches!(condition, Condition::Heating { .. })),
            MoveCause::LowBattery => is(|condition| *condition == Condition::LowBattery),
            // Where it goes must be well, which is asked below.
            MoveCause::Returned | MoveCause::Upgraded => true,
            // For whom, and whether that is more important, is said next.
            MoveCause::MadeRoom => true,
            // Two of it run for a moment, and a gang would stop.
            MoveCause::Defragmented => !book.spec.single && !book.spec.gang,
            // A rollout switches replicas where they are.
            MoveCause::RolledOut => false,
        };
        holds(so, || format!("{id} leaves {} for {cause:?}, which is not so", from.node))
    }

    /// Another variant where it is: on the same GPUs, as far as there is room.
    fn switch(&mut self, id: &ReplicaId, bound: &Arc<Bound>) -> Judged {
        let was = self.bound(id).cloned().ok_or_else(|| format!("{id} is nowhere and switches"))?;
        let stays = was.node == bound.node
            && was.devices == bound.devices
            && was.slice == bound.slice
            && was.variant != bound.variant;
        holds(stays, || format!("{id} switches from {was:?} to {bound:?}"))?;
        self.may_run(id, bound)?;
        self.set(id, Some(bound.clone()))?;
        self.is_not_overcommitted(&bound.node)
    }

    fn evict(&mut self, id: &ReplicaId, cause: EvictionCause) -> Judged {
        let bound = self.bound(id).cloned().ok_or_else(|| format!("{id} is nowhere and evicted"))?;
        match cause {
            EvictionCause::Preempted => _ = self.preempted.insert(id.clone()),
            EvictionCause::DeviceLost => {
                let node =
                    self.nodes.get(&bound.node).ok_or_else(|| format!("{} is not known", bound.node))?;
                let gone = |uuid: &DeviceUuid| {
                    matches!(node.devices.get(uuid), Some(DeviceState::Lost | DeviceState::Barred))
                };
                let lost = bound.devices.iter().any(gone);
                holds(lost, || format!("{id} is evicted for a lost GPU, and has lost none"))?;
            }
        }
        self.set(id, None)
    }
}
