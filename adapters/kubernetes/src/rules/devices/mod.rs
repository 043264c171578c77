//! What claims to devices ask of a node, and which devices they get there. Source: Kubernetes, "Dynamic Resource Allocation".
//!
//! A claim that has devices binds its pods to the nodes from which these can be used. One that has none yet gets them with the pod's node: whatever
//! the devices of that node that are free make possible, found by an exact search.

mod fits;
mod given;
mod inventory;
mod search;
mod share;
mod taken;
mod wanted;

use super::obstacle::{Bar, Obstacle};
use super::taints::tolerates;
use crate::cluster::{
    Allocation, Allotment, Cluster, DeviceClaim, Effect, Name, Node, Pod, PodDevices, PodKey,
};
use inventory::Inventory;
use search::{NoDevices, search};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use taken::Taken;
use wanted::Wanted;

/// The API takes so many pods that use a claim at a time.
const RESERVED_MAX: usize = 256;

/// All devices, and who has them as a round goes on. Copies share what is the same.
#[derive(Clone, Debug)]
pub(super) struct Devices<'c> {
    inventory: Rc<Inventory<'c>>,
    taken: Rc<Taken>,
    /// What claims were given in this round.
    allotted: Rc<BTreeMap<PodKey, Arc<Allocation>>>,
}

impl<'c> Devices<'c> {
    pub(super) fn of(cluster: &'c Cluster) -> Self {
        let inventory = Inventory::of(cluster);
        let mut taken = Taken::default();
        for (_, _, allocation) in cluster.device_claims() {
            let given = allocation.into_iter().flat_map(|allocation| &allocation.given);
            given.for_each(|given| taken.take(&inventory, given));
        }
        Self { inventory: Rc::new(inventory), taken: Rc::new(taken), allotted: Rc::default() }
    }

    /// Gives claims devices.
    pub(super) fn give(&mut self, allotments: &[Allotment]) {
        for Allotment { claim, allocation } in allotments {
            let taken = Rc::make_mut(&mut self.taken);
            allocation.given.iter().for_each(|given| taken.take(&self.inventory, given));
            Rc::make_mut(&mut self.allotted).insert(claim.clone(), allocation.clone());
        }
    }
}

/// What a pod's claims ask for.
pub(super) struct DeviceNeeds<'l, 'c> {
    devices: &'l Devices<'c>,
    /// What claims have already.
    given: Vec<Arc<Allocation>>,
    wanted: Vec<Wanted<'c>>,
}

impl<'l, 'c> DeviceNeeds<'l, 'c> {
    pub(super) fn of(
        cluster: &'c Cluster,
        devices: &'l Devices<'c>,
        pod_key: &PodKey,
        pod: &'c Pod,
    ) -> Result<Self, Bar> {
        let mut needs = Self { devices, given: Vec::new(), wanted: Vec::new() };
        for used in &pod.demand.devices {
            let name = used.claim.as_ref().ok_or_else(|| Bar::DevicesNotMade(used.name.clone()))?;
            let key = PodKey { namespace: pod_key.namespace.clone(), name: name.clone() };
            let claim = cluster.device_claim(&key).ok_or_else(|| Bar::DevicesMissing(name.clone()))?;
            may_use(claim, used, pod)?;
            let given = devices.allotted.get(&key).or_else(|| cluster.allocation(&key));
            match given {
                Some(given) => {
                    devices
                        .is_healthy(given)
                        .then_some(())
                        .ok_or_else(|| Bar::DevicesTainted(name.clone()))?;
                    needs.given.push(given.clone());
                }
                // The same claim under two names is one.
                None if needs.wanted.iter().any(|wanted| wanted.key == key) => {}
                None => needs.wanted.push(Wanted::of(cluster, key, claim)?),
            }
        }
        Ok(needs)
    }

    pub(super) fn obstacle(&self, name: &Name, node: &Node) -> Option<Obstacle> {
        if !self.given.iter().all(|given| reaches(given, name, node)) {
            return Some(Obstacle::DevicesOutOfReach);
        }
        self.allot(name, node).err()
    }

    /// The devices that claims without any get on a node.
    pub(super) fn allot(&self, name: &Name, node: &Node) -> Result<Vec<Allotment>, Obstacle> {
        if self.wanted.is_empty() {
            return Ok(Vec::new());
        }
        let inventory = &self.devices.inventory;
        let units = inventory.for_node(name, node);
        let found = search(inventory, &self.devices.taken, &self.wanted, &units);
        let picks = found.map_err(|no| match no {
            NoDevices::Missing => Obstacle::NoDevices,
            NoDevices::Unclear(answer) => Obstacle::SelectorFails(answer.0),
            NoDevices::TooMany => Obstacle::TooManyDevices,
        })?;
        let allotment = |(at, wanted): (usize, &Wanted<'_>)| {
            let own: Vec<_> = picks.iter().filter(|pick| pick.claim == at).collect();
            let allocation = given::allocation(inventory, name, &own);
            Allotment { claim: wanted.key.clone(), allocation: Arc::new(allocation) }
        };
        Ok(self.wanted.iter().enumerate().map(allotment).collect())
    }
}

/// Whether a pod may use a claim.
fn may_use(claim: &DeviceClaim, used: &PodDevices, pod: &Pod) -> Result<(), Bar> {
    let name = || used.claim.clone().unwrap_or_else(|| used.name.clone());
    if claim.is_ending {
        return Err(Bar::DevicesEnding(name()));
    }
    if let Some(what) = claim.unsupported {
        return Err(Bar::DevicesUnsupported(name(), what));
    }
    if used.is_own && claim.owner.as_ref() != Some(&pod.uid) {
        return Err(Bar::DevicesForeign(name()));
    }
    let is_full = claim.reserved_for.len() >= RESERVED_MAX && !claim.reserved_for.contains(&pod.uid);
    if is_full { Err(Bar::DevicesInUse(name())) } else { Ok(()) }
}

fn reaches(given: &Allocation, name: &Name, node: &Node) -> bool {
    given.nodes.as_ref().is_none_or(|(_, terms)| terms.takes(name, &node.labels))
}

impl Devices<'_> {
    /// Whether none of the devices has got a taint that ends those who use it, unless that is tolerated.
    fn is_healthy(&self, given: &Allocation) -> bool {
        given.given.iter().all(|given| {
            let device = self.inventory.find(&given.device).map(|at| self.inventory.units[at].device);
            let taints = device.into_iter().flat_map(|device| &device.taints);
            let mut ending = taints.filter(|taint| taint.effect == Effect::NoExecute);
            ending.all(|taint| tolerates(&given.tolerations, taint))
        })
    }
}
