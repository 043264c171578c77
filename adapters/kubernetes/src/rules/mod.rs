//! The rules of the API: whether a node may take a pod, and if not, which rule is in the way.
//!
//! A [`Question`] is about one pod: what it takes a look around the cluster for is counted once, and each node is then judged alone.

mod devices;
mod layout;
pub(crate) mod near;
mod obstacle;
pub(crate) mod spread;
mod taints;
mod volumes;

pub use layout::{Guest, Layout, Row};
pub use obstacle::{Bar, Obstacle};
pub use taints::unwanted_taints;

use crate::amount::Amount;
use crate::cluster::{Allotment, HostPort, Taint};
use devices::DeviceNeeds;
use near::Near;
use spread::Counted;
use std::collections::BTreeMap;
use taints::{tolerates, tolerates_node};
use volumes::VolumeNeeds;

/// May a node take this pod?
pub struct Question<'l, 'c> {
    asked: Guest<'c>,
    /// By row, those for whom room is being made there and who do not stand behind.
    before: BTreeMap<usize, Vec<Guest<'c>>>,
    volumes: VolumeNeeds<'c>,
    near: Near<'l>,
    spread: Vec<Counted<'l>>,
    devices: DeviceNeeds<'l, 'c>,
}

impl<'l, 'c> Question<'l, 'c> {
    /// Asks it of a layout.
    ///
    /// Errors: what keeps it off every node.
    pub fn new(layout: &'l Layout<'c>, asked: Guest<'c>) -> Result<Self, Bar> {
        let unsupported = &asked.pod.demand.unsupported;
        if !unsupported.is_empty() {
            return Err(Bar::Unsupported(unsupported.clone()));
        }
        let before = layout.nominated_before(asked);
        let volumes = VolumeNeeds::of(layout, asked)?;
        let devices = DeviceNeeds::of(layout.cluster, &layout.devices, asked.key, asked.pod)?;
        let near = Near::count(layout, asked, &before);
        let spread = Counted::all(layout, asked, &before);
        Ok(Self { asked, before, volumes, near, spread, devices })
    }

    /// Whether pods on other nodes than the one that is judged matter.
    pub fn looks_around(&self) -> bool {
        self.near.looks_around() || !self.spread.is_empty() || self.volumes.looks_around()
    }

    /// What is in the way on a node; `None`: it may take the pod.
    pub fn obstacle(&self, at: usize, row: &Row<'c>) -> Option<Obstacle> {
        self.of_node(row)
            .or_else(|| self.of_room(at, row))
            .or_else(|| self.volumes.obstacle(row))
            .or_else(|| self.near.obstacle(row.node))
            .or_else(|| self.spread.iter().find_map(|counted| counted.obstacle(row.node)))
            .or_else(|| self.devices.obstacle(row.name, row.node))
    }

    /// The devices that the pod's claims get on a node that may take it.
    pub fn allot(&self, row: &Row<'c>) -> Vec<Allotment> {
        // A node that may take it has them: the search for them has just ended well.
        self.devices.allot(row.name, row.node).unwrap_or_default()
    }

    fn of_node(&self, row: &Row<'c>) -> Option<Obstacle> {
        let demand = &self.asked.pod.demand;
        if row.node.unschedulable && !tolerates(&demand.tolerations, &Taint::cordon()) {
            return Some(Obstacle::Cordoned);
        }
        if !tolerates_node(&demand.tolerations, row.node) {
            return Some(Obstacle::Tainted);
        }
        let takes = demand.nodes.takes(row.name, &row.node.labels);
        (!takes).then_some(Obstacle::NodeAffinity)
    }

    fn of_room(&self, at: usize, row: &Row<'c>) -> Option<Obstacle> {
        let before = self.before.get(&at).map(Vec::as_slice).unwrap_or_default();
        let pods = i64::try_from(row.pods.len() + before.len() + 1).unwrap_or(i64::MAX);
        if Amount::whole(pods) > row.node.allocatable.get("pods") {
            return Some(Obstacle::TooManyPods);
        }
        for (name, asked) in self.asked.pod.demand.requests.iter() {
            let promised =
                before.iter().fold(Amount::ZERO, |sum, guest| sum.plus(guest.pod.demand.requests.get(name)));
            let left = row.node.allocatable.get(name).minus(row.used.get(name)).minus(promised);
            if asked > Amount::ZERO && asked > left {
                return Some(Obstacle::Insufficient(name.clone()));
            }
        }
        let wanted = &self.asked.pod.demand.ports;
        let taken = |guest: &Guest<'c>| clash(wanted, &guest.pod.demand.ports);
        let is_taken = !wanted.is_empty() && (row.pods.iter().any(taken) || before.iter().any(taken));
        is_taken.then_some(Obstacle::HostPort)
    }
}

/// Whether a pod's ports and another's cannot be on one node.
fn clash(wanted: &[HostPort], taken: &[HostPort]) -> bool {
    wanted.iter().any(|port| taken.iter().any(|other| port.clashes(other)))
}
