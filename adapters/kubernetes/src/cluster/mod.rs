//! A mirror of the cluster: what the API server said of it, and what was decided since that the server does not show yet.
//!
//! What was said comes in as [`Change`]s, twice, late or listed anew as it may; what was decided is a [`Promise`]. A promise ends when the
//! server shows what was promised, when the pod is gone, or when it could not be kept.

mod affinity;
mod allotted;
mod budget;
mod devices;
mod gang;
mod gangs;
mod kept;
mod labels;
mod node;
mod pod;
mod requests;
mod selector;
mod spread;
mod taint;
mod volume;

pub use affinity::{NodeWishes, PodTerm, PodWishes};
pub use allotted::Allotment;
pub use budget::{BEYOND_BUDGETS, Budget, Class};
pub use devices::{
    Allocation, Alternative, Attribute, Capacity, Constraint, Consumes, Count, Device, DeviceClaim,
    DeviceClass, DeviceId, DeviceRequest, Given, PROTECTION, PodDevices, Policy, QualifiedName, Reach, Slice,
    written,
};
pub use gang::{GANG, GANG_SIZE, Gang};
pub use kept::{Became, Heard, Kept, Version};
pub use labels::{Labels, Name, labels_of};
pub use node::Node;
pub use pod::{Demand, HostPort, Phase, Pod, PodKey};
pub use selector::{NodeTerm, NodeTerms, Operator, Requirement, Selector};
pub use spread::Spread;
pub use taint::{Effect, Taint, Toleration};
pub use volume::{Claim, PodVolume, VOLUME_IS_BOUND, Volume, VolumeLimits, WaitsForConsumer};

use allotted::DeviceFacts;
use gangs::Gangs;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that the API server said.
#[derive(Clone, Debug)]
pub enum Change {
    /// Of nodes.
    Node(Heard<Name, Node>),
    /// Of pods.
    Pod(Heard<PodKey, Pod>),
    /// Of namespaces: their labels.
    Namespace(Heard<Name, Labels>),
    /// Of priority classes.
    Class(Heard<Name, Class>),
    /// Of disruption budgets.
    Budget(Heard<PodKey, Budget>),
    /// Of volume claims.
    Claim(Heard<PodKey, Claim>),
    /// Of volumes.
    Volume(Heard<Name, Volume>),
    /// Of storage classes.
    StorageClass(Heard<Name, WaitsForConsumer>),
    /// Of how many volumes nodes take.
    VolumeLimits(Heard<Name, VolumeLimits>),
    /// Of claims to devices.
    DeviceClaim(Heard<PodKey, DeviceClaim>),
    /// Of classes of devices.
    DeviceClass(Heard<Name, DeviceClass>),
    /// Of devices.
    Slice(Heard<Name, Slice>),
}

/// What was decided of a pod, and is not shown by the server yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promise {
    /// It runs on this node.
    Bound(Name),
    /// Room is made for it on this node.
    Nominated(Name),
    /// It ends, so that another finds room.
    Ending,
}

/// What may have become possible since a pod was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Since {
    /// Counts whatever may have given room to anybody.
    pub room: u64,
    /// Counts pods that were bound: good for those alone who want to be near others, or evenly spread.
    pub bound: u64,
}

/// The cluster.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    nodes: Kept<Name, Node>,
    pods: Kept<PodKey, Pod>,
    namespaces: Kept<Name, Labels>,
    classes: Kept<Name, Class>,
    budgets: Kept<PodKey, Budget>,
    claims: Kept<PodKey, Claim>,
    volumes: Kept<Name, Volume>,
    storage_classes: Kept<Name, WaitsForConsumer>,
    volume_limits: Kept<Name, VolumeLimits>,
    devices: DeviceFacts,
    gangs: Gangs,
    promises: BTreeMap<PodKey, (Arc<str>, Promise)>,
    refused: BTreeMap<PodKey, Since>,
    since: Since,
}

impl Cluster {
    /// Takes in what the server said. Whether anything is not what it was.
    pub fn hear(&mut self, change: Change) -> bool {
        let changed = match change {
            Change::Pod(heard) => return self.hear_of_pods(heard),
            Change::Node(heard) => self.nodes.hear(heard).len(),
            Change::Namespace(heard) => self.namespaces.hear(heard).len(),
            Change::Class(heard) => self.classes.hear(heard).len(),
            Change::Budget(heard) => self.budgets.hear(heard).len(),
            Change::Claim(heard) => self.claims.hear(heard).len(),
            Change::Volume(heard) => self.volumes.hear(heard).len(),
            Change::StorageClass(heard) => self.storage_classes.hear(heard).len(),
            Change::VolumeLimits(heard) => self.volume_limits.hear(heard).len(),
            Change::DeviceClaim(heard) => {
                let (is_new, makes_room) = self.devices.hear_of_claims(heard);
                self.since.room += u64::from(makes_room);
                return is_new;
            }
            Change::DeviceClass(heard) => self.devices.classes.hear(heard).len(),
            Change::Slice(heard) => self.devices.slices.hear(heard).len(),
        };
        self.since.room += changed as u64;
        changed > 0
    }

    /// Whether everything has been listed once. Before that nothing is decided.
    pub fn is_complete(&self) -> bool {
        self.missing().is_empty()
    }

    /// What has not been listed yet.
    pub fn missing(&self) -> Vec<&'static str> {
        [
            (self.nodes.is_complete(), "nodes"),
            (self.pods.is_complete(), "pods"),
            (self.namespaces.is_complete(), "namespaces"),
            (self.classes.is_complete(), "priorityclasses"),
            (self.budgets.is_complete(), "poddisruptionbudgets"),
            (self.claims.is_complete(), "persistentvolumeclaims"),
            (self.volumes.is_complete(), "persistentvolumes"),
            (self.storage_classes.is_complete(), "storageclasses"),
            (self.volume_limits.is_complete(), "csinodes"),
            (self.devices.claims.is_complete(), "resourceclaims"),
            (self.devices.classes.is_complete(), "deviceclasses"),
            (self.devices.slices.is_complete(), "resourceslices"),
        ]
        .into_iter()
        .filter_map(|(is_complete, kind)| (!is_complete).then_some(kind))
        .collect()
    }

    /// Notes what was decided of a pod. Nothing where it is gone.
    pub fn promise(&mut self, pod: &PodKey, promise: Promise) {
        if let Some(uid) = self.pods.get(pod).map(|pod| pod.uid.clone()) {
            self.promises.insert(pod.clone(), (uid, promise));
        }
    }

    /// Notes which devices a claim is to have, for this pod. Nothing where one of them is gone.
    pub fn allot(&mut self, pod: &PodKey, devices: Allotment) {
        if let Some(pod) = self.pods.get(pod) {
            self.devices.allot(devices, &pod.uid);
        }
    }

    /// Notes that the server has the devices of a claim as of then.
    pub fn note_written(&mut self, claim: &PodKey, at: Version) {
        self.devices.note_written(claim, at);
    }

    /// Takes back what was decided of the pod with this identity: it could not be carried out.
    pub fn take_back(&mut self, pod: &PodKey, uid: &str) {
        if self.devices.take_back(uid) {
            self.since.room += 1;
        }
        if self.promises.get(pod).is_some_and(|(of, _)| of.as_ref() == uid) {
            self.promises.remove(pod);
            self.since.room += 1;
        }
    }

    /// What was decided of a pod, and is not shown yet.
    pub fn promised(&self, pod: &PodKey) -> Option<&Promise> {
        self.promises.get(pod).map(|(_, promise)| promise)
    }

    /// Where a pod runs: as the server shows, or as was decided.
    pub fn node_of<'a>(&'a self, key: &PodKey, pod: &'a Pod) -> Option<&'a Name> {
        pod.node.as_ref().or_else(|| match self.promised(key) {
            Some(Promise::Bound(node)) => Some(node),
            _ => None,
        })
    }

    /// Where room is being made for a pod.
    pub fn nominated<'a>(&'a self, key: &PodKey, pod: &'a Pod) -> Option<&'a Name> {
        match self.promised(key) {
            Some(Promise::Nominated(node)) => Some(node),
            _ => pod.nominated.as_ref(),
        }
    }

    /// Whether a pod was told to end, or is about to be.
    pub fn is_ending(&self, key: &PodKey, pod: &Pod) -> bool {
        pod.phase == Phase::Ending || self.promised(key) == Some(&Promise::Ending)
    }

    /// Whether a pod waits for a decision: it is neither held back nor bound, nor about to end.
    pub fn is_waiting(&self, key: &PodKey, pod: &Pod) -> bool {
        let is_free = pod.phase == Phase::Live && !pod.gated && !self.is_ending(key, pod);
        is_free && self.node_of(key, pod).is_none()
    }

    /// Notes that no node took a pod. It is not asked again until something may have become possible, or the pod is another.
    pub fn refuse(&mut self, pod: &PodKey) {
        self.refused.insert(pod.clone(), self.since);
    }

    /// Whether a pod was refused, and nothing has become possible for it since.
    pub fn is_refused(&self, key: &PodKey, pod: &Pod) -> bool {
        let looks_around = !pod.demand.pods.near.is_empty() || !pod.demand.spread.is_empty();
        self.refused.get(key).is_some_and(|then| {
            then.room == self.since.room && (!looks_around || then.bound == self.since.bound)
        })
    }

    fn hear_of_pods(&mut self, heard: Heard<PodKey, Pod>) -> bool {
        let became = self.pods.hear(heard);
        for one in &became {
            self.settle(&one.key);
            let (was, is) = (one.was.as_ref(), self.pods.get(&one.key));
            if matches!((was, is), (Some(was), Some(is)) if same_but_for_words(was, is)) {
                continue;
            }
            let is_bound = |pod: Option<&Pod>| pod.is_some_and(|pod| pod.node.is_some());
            let nominated = |pod: Option<&Pod>| pod.and_then(|pod| pod.nominated.clone());
            match (is_bound(was), is_bound(is)) {
                (false, true) => self.since.bound += 1,
                (true, _) => self.since.room += 1,
                // One that waits is in nobody's way, but for the room that is made for it.
                (false, false) if nominated(was) != nominated(is) => self.since.room += 1,
                (false, false) => {}
            }
            self.refused.remove(&one.key);
            // Whoever comes, goes or changes, all of its gang are asked again.
            let [was, is] = [was, is].map(|pod| pod.and_then(|pod| pod.gang.as_deref()));
            let gang = self.gangs.note(&one.key, was, is);
            gang.iter().for_each(|member| _ = self.refused.remove(member));
        }
        !became.is_empty()
    }

    /// Ends a promise that the server shows as kept, or whose pod is gone.
    fn settle(&mut self, key: &PodKey) {
        let Some((uid, promise)) = self.promises.get(key) else { return };
        let is_over = self.pods.get(key).is_none_or(|pod| {
            pod.uid != *uid
                || pod.phase == Phase::Finished
                || match promise {
                    Promise::Bound(_) => pod.node.is_some(),
                    Promise::Nominated(node) => pod.node.is_some() || pod.nominated.as_ref() == Some(node),
                    Promise::Ending => pod.phase == Phase::Ending,
                }
        });
        if is_over {
            self.promises.remove(key);
        }
    }
}

/// Whether all that is new is what the pod was told.
fn same_but_for_words(was: &Pod, is: &Pod) -> bool {
    let silent = |pod: &Pod| Pod { told: None, ..pod.clone() };
    silent(was) == silent(is)
}

/// Reading.
impl Cluster {
    /// All nodes, by name.
    pub fn nodes(&self) -> impl Iterator<Item = (&Name, &Node)> {
        self.nodes.iter()
    }

    /// All pods, by name.
    pub fn pods(&self) -> impl Iterator<Item = (&PodKey, &Pod)> {
        self.pods.iter()
    }

    /// One pod.
    pub fn pod(&self, key: &PodKey) -> Option<&Pod> {
        self.pods.get(key)
    }

    /// All who are of a pod's gang, by name, the pod itself among them.
    pub fn gang<'a>(&'a self, key: &PodKey, gang: &Gang) -> impl Iterator<Item = (&'a PodKey, &'a Pod)> {
        self.gangs.beside(key, gang).filter_map(|member| Some((member, self.pods.get(member)?)))
    }

    /// The labels of a namespace; none where it is not known.
    pub fn namespace(&self, name: &str) -> &Labels {
        static NONE: Labels = Labels::new();
        self.namespaces.get(name).unwrap_or(&NONE)
    }

    /// All disruption budgets.
    pub fn budgets(&self) -> impl Iterator<Item = (&PodKey, &Budget)> {
        self.budgets.iter()
    }

    /// Whether pods of a priority class make room beyond budgets.
    pub fn is_beyond_budgets(&self, class: Option<&Name>) -> bool {
        class.and_then(|name| self.classes.get(name)).is_some_and(|class| class.is_beyond_budgets)
    }

    /// A volume claim.
    pub fn claim(&self, key: &PodKey) -> Option<&Claim> {
        self.claims.get(key)
    }

    /// A volume.
    pub fn volume(&self, name: &Name) -> Option<&Volume> {
        self.volumes.get(name)
    }

    /// Whether volumes of a storage class wait for who needs them.
    pub fn waits_for_consumer(&self, class: Option<&Name>) -> bool {
        class.and_then(|name| self.storage_classes.get(name)).is_some_and(|waits| waits.0)
    }

    /// A claim to devices.
    pub fn device_claim(&self, key: &PodKey) -> Option<&DeviceClaim> {
        self.devices.claims.get(key)
    }

    /// All claims to devices, with the devices that they have: as the server shows, or as was decided.
    pub fn device_claims(&self) -> impl Iterator<Item = (&PodKey, &DeviceClaim, Option<&Arc<Allocation>>)> {
        self.devices.claims.iter().map(|(key, claim)| (key, claim, self.allocation(key)))
    }

    /// The devices that a claim has: as the server shows, or as was decided.
    pub fn allocation(&self, key: &PodKey) -> Option<&Arc<Allocation>> {
        let shown = self.devices.claims.get(key).and_then(|claim| claim.allocation.as_ref());
        shown.or_else(|| Some(self.devices.allotted(key)?.0))
    }

    /// Whether the devices of a claim were decided for the pod with this identity, and are not shown yet.
    pub fn is_allotted_for(&self, claim: &PodKey, pod: &str) -> bool {
        self.devices.allotted(claim).is_some_and(|(_, of)| of.as_ref() == pod)
    }

    /// A class of devices.
    pub fn device_class(&self, name: &Name) -> Option<&DeviceClass> {
        self.devices.classes.get(name)
    }

    /// All that drivers say of their devices.
    pub fn slices(&self) -> impl Iterator<Item = &Slice> {
        self.devices.slices.iter().map(|(_, slice)| slice)
    }

    /// How many volumes of a driver a node takes.
    pub fn volumes_max(&self, node: &Name, driver: &Name) -> Option<i32> {
        self.volume_limits.get(node)?.0.get(driver).copied()
    }
}
