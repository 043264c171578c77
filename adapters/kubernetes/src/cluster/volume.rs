//! Volumes, their claims, and what of them binds a pod to nodes. Source: Kubernetes, "Persistent Volumes", "Node-specific Volume Limits".

use super::labels::{Labels, labels_of};
use super::selector::NodeTerms;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::storage::v1 as storage;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Labels of a volume that bind it to nodes with one of the values listed, divided by two underscores.
const TOPOLOGY: [&str; 4] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

/// What a label of a place is called today.
fn renamed(key: &str) -> &str {
    match key {
        "failure-domain.beta.kubernetes.io/zone" => "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region" => "topology.kubernetes.io/region",
        today => today,
    }
}

/// Says that the controller of volumes has finished binding a claim.
pub const VOLUME_IS_BOUND: &str = "pv.kubernetes.io/bind-completed";

/// A claim that a pod uses, by its name in the pod's namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodVolume {
    /// The claim.
    pub claim: Arc<str>,
}

impl PodVolume {
    /// The claims that a pod uses, and the kinds of volumes that are not done.
    pub fn of_pod(of: &core::Pod, spec: &core::PodSpec) -> (Vec<Self>, Vec<&'static str>) {
        let volumes = || spec.volumes.iter().flatten();
        let named = volumes().filter_map(|volume| {
            let claim = volume.persistent_volume_claim.as_ref().map(|claim| claim.claim_name.clone());
            let own = || format!("{}-{}", of.metadata.name.as_deref().unwrap_or_default(), volume.name);
            claim.or_else(|| volume.ephemeral.as_ref().map(|_| own()))
        });
        let claims: BTreeSet<Arc<str>> = named.map(Arc::from).collect();
        let unsupported: BTreeSet<_> = volumes().filter_map(exclusive_disk).collect();
        let unsupported = unsupported.into_iter().chain(group(spec)).collect();
        (claims.into_iter().map(|claim| Self { claim }).collect(), unsupported)
    }
}

/// Disks named in the pod itself, of which one may not be used twice: superseded by claims, and not done.
fn exclusive_disk(volume: &core::Volume) -> Option<&'static str> {
    [
        (volume.aws_elastic_block_store.is_some(), "volumes of the kind awsElasticBlockStore"),
        (volume.gce_persistent_disk.is_some(), "volumes of the kind gcePersistentDisk"),
        (volume.azure_disk.is_some(), "volumes of the kind azureDisk"),
        (volume.cinder.is_some(), "volumes of the kind cinder"),
        (volume.rbd.is_some(), "volumes of the kind rbd"),
        (volume.iscsi.is_some(), "volumes of the kind iscsi"),
    ]
    .into_iter()
    .find_map(|(is_there, name)| is_there.then_some(name))
}

fn group(spec: &core::PodSpec) -> Option<&'static str> {
    spec.scheduling_group.as_ref().map(|_| "gangs (spec.schedulingGroup)")
}

/// A volume claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The volume that it has, once that is settled.
    pub volume: Option<Arc<str>>,
    /// Its storage class.
    pub class: Option<Arc<str>>,
    /// Whether it was told to end.
    pub is_ending: bool,
    /// Whether one pod alone may use it.
    pub is_for_one_pod: bool,
}

impl Claim {
    /// Reads one.
    pub fn read(of: &core::PersistentVolumeClaim) -> Self {
        let spec = of.spec.as_ref();
        let is_settled = of
            .metadata
            .annotations
            .as_ref()
            .is_some_and(|annotations| annotations.contains_key(VOLUME_IS_BOUND));
        let volume = spec.and_then(|spec| spec.volume_name.as_deref()).filter(|name| !name.is_empty());
        let mut modes = spec.and_then(|spec| spec.access_modes.as_ref()).into_iter().flatten();
        Self {
            volume: volume.filter(|_| is_settled).map(Arc::from),
            class: spec.and_then(|spec| spec.storage_class_name.as_deref()).map(Arc::from),
            is_ending: of.metadata.deletion_timestamp.is_some(),
            is_for_one_pod: modes.any(|mode| mode == "ReadWriteOncePod"),
        }
    }
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Which nodes reach it; `None`: all.
    pub nodes: Option<NodeTerms>,
    /// By label of the node, the values of which it needs one.
    pub places: BTreeMap<&'static str, BTreeSet<String>>,
    /// The driver that brings it to a node, and its name there.
    pub csi: Option<(Arc<str>, Arc<str>)>,
}

impl Volume {
    /// Reads one.
    pub fn read(of: &core::PersistentVolume) -> Self {
        let spec = of.spec.as_ref();
        let affinity = spec.and_then(|spec| spec.node_affinity.as_ref());
        let required = affinity.and_then(|affinity| affinity.required.as_ref());
        let labels = labels_of(&of.metadata);
        let places = TOPOLOGY.into_iter().filter_map(|key| {
            let values = labels.get(key)?.split("__").map(String::from).collect();
            Some((key, values))
        });
        let csi = spec.and_then(|spec| spec.csi.as_ref());
        Self {
            nodes: required.map(NodeTerms::read),
            places: places.collect(),
            csi: csi.map(|csi| (csi.driver.as_str().into(), csi.volume_handle.as_str().into())),
        }
    }

    /// Whether a node reaches it. One that names no place of any kind is in a cluster of one place, as kube-scheduler has it too.
    pub fn reaches(&self, name: &str, labels: &Labels) -> bool {
        let in_place = |(key, values): (&&str, &BTreeSet<String>)| {
            let value = labels.get(*key).or_else(|| labels.get(renamed(key)));
            value.is_some_and(|value| values.contains(value))
        };
        let is_somewhere = TOPOLOGY.iter().any(|key| labels.contains_key(*key));
        self.nodes.as_ref().is_none_or(|terms| terms.takes(name, labels))
            && (!is_somewhere || self.places.iter().all(in_place))
    }
}

/// How many volumes of each driver a node takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeLimits(pub BTreeMap<Arc<str>, i32>);

impl VolumeLimits {
    /// Reads them.
    pub fn read(of: &storage::CSINode) -> Self {
        let counted = of.spec.drivers.iter().filter_map(|driver| {
            let most = driver.allocatable.as_ref()?.count?;
            Some((driver.name.as_str().into(), most))
        });
        Self(counted.collect())
    }
}

/// Whether volumes of a storage class are bound once a pod needs them, which is not done yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitsForConsumer(pub bool);

impl WaitsForConsumer {
    /// Reads a storage class.
    pub fn read(of: &storage::StorageClass) -> Self {
        Self(of.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"))
    }
}
