//! A node: what it is, what it has, where it stands. Capacity is what may be given away (Kubernetes' `allocatable`).

use super::id::{DeviceUuid, NodeId};
use super::label::{self, LabelKey, LabelValue};
use super::release::Release;
use super::scheduling::Taint;
use super::slices::SliceProfile;
use super::units::{Mbps, Mebibytes, MilliCpu, Percent};
use crate::limits::{
    Invalid, LABELS_MAX, NEIGHBOURS_MAX, NODE_DEVICES_MAX, Rule, SCHEDULING_RULES_MAX, at_most,
};
use crate::{Position, Tag};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a node's hardware and drivers are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFingerprint {
    /// As Kubernetes calls it: `amd64`, `arm64`.
    pub architecture: Tag,
    /// The newest CUDA that the driver runs; `None`: it runs none.
    pub cuda: Option<Release>,
    /// The driver's version.
    pub driver: Option<Release>,
    /// The box's firmware, as its maker writes it.
    pub firmware: Option<Tag>,
}

/// One GPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its lasting name; never its index.
    pub uuid: DeviceUuid,
    /// The GPU's model, such as `Tesla-T4`.
    pub product: Tag,
    /// Memory as the driver reports it, which is less than the data sheet says.
    pub memory: Mebibytes,
    /// How it may be cut; empty: it is shared. It is either cut or shared. A spec is written down with it at its end.
    #[serde(skip)]
    pub slices: Vec<SliceProfile>,
}

/// What may be given away besides devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocatable {
    /// CPU.
    pub cpu: MilliCpu,
    /// Memory of the host.
    pub memory: Mebibytes,
    /// Bandwidth between host and devices.
    pub pcie: Mbps,
    /// Room for models' files on its disk; `None`: that is not counted. A spec is written down with it at its end.
    #[serde(skip)]
    pub storage: Option<Mebibytes>,
}

/// Where a node stands. Each part is a label too, under a key of `label`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The site.
    pub site: Option<LabelValue>,
    /// The rack, turbine or station.
    pub rack: Option<LabelValue>,
    /// The zone, as Kubernetes has it.
    pub zone: Option<LabelValue>,
    /// The cluster that it belongs to.
    pub cluster: Option<LabelValue>,
    /// On the map.
    pub position: Option<Position>,
}

/// What a node runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// The grid.
    #[default]
    Mains,
    /// A battery, of which so much stays for what the node itself needs.
    Battery {
        /// Below, work leaves.
        reserve: Percent,
    },
}

/// Whether a node is trusted with work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// With any work.
    #[default]
    Trusted,
    /// With none: nothing new is placed there.
    Untrusted,
}

/// A node, as its owner registers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredNodeSpec", into = "StoredNodeSpec")]
pub struct NodeSpec {
    /// Lasting name.
    pub id: NodeId,
    /// Hardware and drivers.
    pub fingerprint: NodeFingerprint,
    /// GPUs, by UUID and in its order.
    pub devices: Vec<Device>,
    /// What else may be given away.
    pub allocatable: Allocatable,
    /// Where it stands.
    pub place: Place,
    /// What it runs on.
    pub power: Power,
    /// Whatever else its owner says of it.
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// Whom it keeps off.
    pub taints: Vec<Taint>,
    /// Whether it is trusted.
    pub trust: Trust,
    /// Nodes near it: its work moves there first, and they are asked about it when it is silent. Its own word alone: who is named here need
    /// not name it, nor be known yet.
    pub neighbours: BTreeSet<NodeId>,
}

impl NodeSpec {
    /// Errors: more of something than is kept; slices that no GPU has; two devices of one UUID; a label that the place or fingerprint says; its own neighbour.
    pub fn validate(mut self) -> Result<Self, Invalid> {
        at_most("devices", self.devices.len(), NODE_DEVICES_MAX)?;
        self.devices.iter().try_for_each(|device| SliceProfile::check(&device.slices))?;
        at_most("labels", self.labels.len(), LABELS_MAX)?;
        at_most("taints", self.taints.len(), SCHEDULING_RULES_MAX)?;
        at_most("neighbours", self.neighbours.len(), NEIGHBOURS_MAX)?;
        if self.neighbours.contains(&self.id) {
            let rule = Rule::Shape("must name other nodes".into());
            return Err(Invalid::new("neighbours", &self.id, rule));
        }
        self.devices.sort_by(|a, b| a.uuid.cmp(&b.uuid));
        let mut known = BTreeSet::new();
        if let Some(twice) = self.devices.iter().find(|device| !known.insert(&device.uuid)) {
            let rule = Rule::Shape("must be the UUID of one device alone".into());
            return Err(Invalid::new("devices.uuid", &twice.uuid, rule));
        }
        let own = self.labels.keys().find(|key| label::OF_THE_NODE.contains(&key.as_str()));
        if let Some(key) = own {
            let rule = Rule::Shape("must be left out: the node's place and fingerprint say it".into());
            return Err(Invalid::new("labels", key, rule));
        }
        Ok(self)
    }

    /// What the node says under a key: its labels, and what its name, place and fingerprint say.
    pub fn label(&self, key: &str) -> Option<&str> {
        match key {
            label::HOSTNAME => Some(self.id.as_str()),
            label::ARCH => Some(self.fingerprint.architecture.as_str()),
            label::ZONE => self.place.zone.as_ref().map(LabelValue::as_str),
            label::SITE => self.place.site.as_ref().map(LabelValue::as_str),
            label::RACK => self.place.rack.as_ref().map(LabelValue::as_str),
            label::CLUSTER => self.place.cluster.as_ref().map(LabelValue::as_str),
            _ => self.labels.get(key).map(LabelValue::as_str),
        }
    }
}

/// A node as it is written down, fields in the order in which they always stood. What was added since it was first written stands behind the
/// byte that once said only whether it is trusted: its first values mean what they always did, and nothing more follows.
#[derive(Serialize, Deserialize)]
struct StoredNodeSpec {
    id: NodeId,
    fingerprint: NodeFingerprint,
    devices: Vec<Device>,
    allocatable: Allocatable,
    place: Place,
    power: Power,
    labels: BTreeMap<LabelKey, LabelValue>,
    taints: Vec<Taint>,
    rest: NodeRest,
}

/// What ends a node: its trust alone, or more. New variants follow at the end.
#[derive(Serialize, Deserialize)]
enum NodeRest {
    Trusted,
    Untrusted,
    With {
        trust: Trust,
        storage: Option<Mebibytes>,
        neighbours: BTreeSet<NodeId>,
    },
    /// With the slices of each device, in their order.
    Cut {
        trust: Trust,
        storage: Option<Mebibytes>,
        neighbours: BTreeSet<NodeId>,
        slices: Vec<Vec<SliceProfile>>,
    },
}

impl From<NodeSpec> for StoredNodeSpec {
    fn from(of: NodeSpec) -> Self {
        let NodeSpec { id, fingerprint, mut devices, allocatable, place, power, labels, taints, .. } = of;
        let slices: Vec<_> = devices.iter_mut().map(|device| std::mem::take(&mut device.slices)).collect();
        let is_cut = slices.iter().any(|profiles| !profiles.is_empty());
        let rest = match (of.trust, allocatable.storage, of.neighbours) {
            (trust, storage, neighbours) if is_cut => NodeRest::Cut { trust, storage, neighbours, slices },
            (Trust::Trusted, None, neighbours) if neighbours.is_empty() => NodeRest::Trusted,
            (Trust::Untrusted, None, neighbours) if neighbours.is_empty() => NodeRest::Untrusted,
            (trust, storage, neighbours) => NodeRest::With { trust, storage, neighbours },
        };
        Self { id, fingerprint, devices, allocatable, place, power, labels, taints, rest }
    }
}

impl From<StoredNodeSpec> for NodeSpec {
    fn from(of: StoredNodeSpec) -> Self {
        let StoredNodeSpec { id, fingerprint, mut devices, allocatable, place, power, labels, taints, rest } =
            of;
        let (trust, storage, neighbours, slices) = match rest {
            NodeRest::Trusted => (Trust::Trusted, None, BTreeSet::new(), Vec::new()),
            NodeRest::Untrusted => (Trust::Untrusted, None, BTreeSet::new(), Vec::new()),
            NodeRest::With { trust, storage, neighbours } => (trust, storage, neighbours, Vec::new()),
            NodeRest::Cut { trust, storage, neighbours, slices } => (trust, storage, neighbours, slices),
        };
        devices.iter_mut().zip(slices).for_each(|(device, slices)| device.slices = slices);
        let allocatable = Allocatable { storage, ..allocatable };
        Self { id, fingerprint, devices, allocatable, place, power, labels, taints, trust, neighbours }
    }
}
