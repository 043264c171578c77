//! A pod, as far as decisions read it.

use super::affinity::{NodeWishes, PodWishes};
use super::devices::PodDevices;
use super::gang::Gang;
use super::labels::{Labels, labels_of};
use super::requests;
use super::spread::Spread;
use super::taint::Toleration;
use super::volume::PodVolume;
use crate::amount::Amounts;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::net::IpAddr;
use std::sync::Arc;

/// A pod's name: namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodKey {
    /// The namespace.
    pub namespace: Arc<str>,
    /// The name in it.
    pub name: Arc<str>,
}

impl PodKey {
    /// A name.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// What an object is called; without a namespace where it has none.
    pub fn of(metadata: &ObjectMeta) -> Self {
        Self::new(
            metadata.namespace.as_deref().unwrap_or_default(),
            metadata.name.as_deref().unwrap_or_default(),
        )
    }
}

/// The name of an object that has no namespace.
impl From<PodKey> for Arc<str> {
    fn from(key: PodKey) -> Self {
        key.name
    }
}

impl std::fmt::Display for PodKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// How far a pod has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It takes room, or asks for it.
    Live,
    /// It was told to end, and takes its room until it has.
    Ending,
    /// It has succeeded or failed: it takes no room.
    Finished,
}

/// A port of the node that a pod takes: address, protocol and number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// On which address; `None`: on all of them.
    pub address: Option<IpAddr>,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The number.
    pub port: i32,
}

impl HostPort {
    /// Whether the two cannot be on one node. `::` is every address of IPv6 and none of IPv4.
    pub fn clashes(&self, other: &Self) -> bool {
        let covers = |a: IpAddr, b: IpAddr| a == b || a.is_ipv6() && a.is_unspecified() && b.is_ipv6();
        let meets = match (self.address, other.address) {
            (Some(a), Some(b)) => covers(a, b) || covers(b, a),
            _ => true,
        };
        meets && self.port == other.port && self.protocol == other.protocol
    }
}

/// What a pod asks of the node that it runs on. Pods of one controller ask for the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Demand {
    /// How much of each resource.
    pub requests: Amounts,
    /// Which ports of the node.
    pub ports: Vec<HostPort>,
    /// Which taints it does not mind.
    pub tolerations: Vec<Toleration>,
    /// What the node has to be, and what it had better be.
    pub nodes: NodeWishes,
    /// Beside whom it has to be, or must not be.
    pub pods: PodWishes,
    /// How evenly it stands with its like.
    pub spread: Vec<Spread>,
    /// What it needs of volumes.
    pub volumes: Vec<PodVolume>,
    /// Which claims to devices it uses.
    pub devices: Vec<PodDevices>,
    /// Rules that Paceline does not know yet: the pod waits.
    pub unsupported: Vec<&'static str>,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its identity: another pod of this name has another.
    pub uid: Arc<str>,
    /// Its labels.
    pub labels: Arc<Labels>,
    /// Who is to place it.
    pub scheduler: Arc<str>,
    /// Where it is bound.
    pub node: Option<Arc<str>>,
    /// Where room is being made for it.
    pub nominated: Option<Arc<str>>,
    /// Higher goes first.
    pub priority: i32,
    /// Whether others may have to give way to it.
    pub preempts: bool,
    /// Its priority class.
    pub class: Option<Arc<str>>,
    /// Whether somebody still holds it back.
    pub gated: bool,
    /// How far it has come.
    pub phase: Phase,
    /// With whom it starts.
    pub gang: Option<Arc<Gang>>,
    /// When it was created, in seconds of the epoch.
    pub created_s: i64,
    /// What it asks for.
    pub demand: Arc<Demand>,
    /// What the server has been told of why it waits: reason and message.
    pub told: Option<(String, String)>,
}

impl Pod {
    /// Reads one.
    pub fn read(of: &core::Pod) -> Self {
        let nothing = core::PodSpec::default();
        let spec = of.spec.as_ref().unwrap_or(&nothing);
        let status = of.status.as_ref();
        let named =
            |name: Option<&String>| name.filter(|name| !name.is_empty()).map(|n| Arc::from(n.as_str()));
        Self {
            uid: of.metadata.uid.as_deref().unwrap_or_default().into(),
            labels: Arc::new(labels_of(&of.metadata)),
            scheduler: spec.scheduler_name.as_deref().unwrap_or("default-scheduler").into(),
            node: named(spec.node_name.as_ref()),
            nominated: named(status.and_then(|status| status.nominated_node_name.as_ref())),
            priority: spec.priority.unwrap_or(0),
            preempts: spec.preemption_policy.as_deref() != Some("Never"),
            class: named(spec.priority_class_name.as_ref()),
            gated: spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty()),
            phase: phase(of),
            gang: Gang::read(&of.metadata).map(Arc::new),
            created_s: of.metadata.creation_timestamp.as_ref().map_or(0, |at| at.0.as_second()),
            demand: Arc::new(demand(of, spec)),
            told: told(status),
        }
    }

    /// Whether it takes room where it is.
    pub fn takes_room(&self) -> bool {
        self.phase != Phase::Finished
    }
}

fn phase(of: &core::Pod) -> Phase {
    match of.status.as_ref().and_then(|status| status.phase.as_deref()) {
        Some("Succeeded" | "Failed") => Phase::Finished,
        _ if of.metadata.deletion_timestamp.is_some() => Phase::Ending,
        _ => Phase::Live,
    }
}

fn told(status: Option<&core::PodStatus>) -> Option<(String, String)> {
    let mut conditions = status?.conditions.iter().flatten();
    let no = conditions.find(|one| one.type_ == "PodScheduled" && one.status == "False")?;
    Some((no.reason.clone().unwrap_or_default(), no.message.clone().unwrap_or_default()))
}

fn demand(of: &core::Pod, spec: &core::PodSpec) -> Demand {
    let labels = labels_of(&of.metadata);
    let namespace = of.metadata.namespace.as_deref().unwrap_or_default();
    let affinity = spec.affinity.as_ref();
    let spread = spec.topology_spread_constraints.iter().flatten();
    let (volumes, unsupported) = PodVolume::of_pod(of, spec);
    Demand {
        requests: requests::of_pod(spec, of.status.as_ref()),
        ports: ports(spec),
        tolerations: spec.tolerations.iter().flatten().map(Toleration::read).collect(),
        nodes: NodeWishes::read(spec.node_selector.as_ref(), affinity),
        pods: PodWishes::read(affinity, namespace),
        spread: spread.map(|one| Spread::read(one, &labels)).collect(),
        volumes,
        devices: PodDevices::of_pod(spec, of.status.as_ref()),
        unsupported,
    }
}

fn ports(spec: &core::PodSpec) -> Vec<HostPort> {
    let sidecars = spec.init_containers.iter().flatten().filter(|one| requests::is_sidecar(one));
    let all = spec.containers.iter().chain(sidecars).flat_map(|one| one.ports.iter().flatten());
    let taken = all.filter_map(|port| {
        let number = port.host_port.filter(|number| *number > 0)?;
        let address = port.host_ip.as_deref().and_then(|ip| ip.parse::<IpAddr>().ok());
        Some(HostPort {
            address: address.filter(|address| address.is_ipv6() || !address.is_unspecified()),
            protocol: port.protocol.clone().unwrap_or_else(|| "TCP".into()),
            port: number,
        })
    });
    taken.collect()
}
