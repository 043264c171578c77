//! Claims to devices, and which of them a pod uses.

use super::allocation::Allocation;
use super::class::selectors;
use super::slice::QualifiedName;
use crate::amount::Amounts;
use crate::cluster::labels::Name;
use crate::cluster::taint::Toleration;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::resource::v1 as resource;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The finalizer that keeps a claim from being deleted while it has devices.
pub const PROTECTION: &str = "resource.kubernetes.io/delete-protection";

/// A claim that a pod uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodDevices {
    /// How the pod calls it.
    pub name: Name,
    /// The claim, in the pod's namespace; `None`: it is made of a template, and not made yet.
    pub claim: Option<Name>,
    /// Whether it is made for this pod, and for no other.
    pub is_own: bool,
}

impl PodDevices {
    /// The claims that a pod uses. One of a template that turned out to need none is left out.
    pub fn of_pod(spec: &core::PodSpec, status: Option<&core::PodStatus>) -> Vec<Self> {
        let made = || status.into_iter().flat_map(|status| status.resource_claim_statuses.iter().flatten());
        let used = spec.resource_claims.iter().flatten().filter_map(|one| {
            let named = one.resource_claim_name.as_deref().map(Arc::from);
            let of_template = made().find(|made| made.name == one.name);
            let claim = match (named, of_template) {
                (Some(named), _) => Some(named),
                (None, Some(made)) => Some(Arc::from(made.resource_claim_name.as_deref()?)),
                (None, None) => None,
            };
            let is_own = one.resource_claim_name.is_none();
            Some(Self { name: one.name.as_str().into(), claim, is_own })
        });
        used.collect()
    }
}

/// How many devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exactly(usize),
    /// All that there are for the node, and at least one.
    All,
}

/// One way to meet a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// Its name as an allocation has it: the request's, or `request/alternative`.
    pub name: Name,
    /// The class.
    pub class: Name,
    /// Expressions, all of which have to select a device.
    pub selectors: Vec<Arc<str>>,
    /// How many devices.
    pub count: Count,
    /// How much each has to have; of a shared one, how much of it is asked for. The names are as the request writes them.
    pub capacity: Amounts,
    /// Which taints it does not mind.
    pub tolerations: Vec<Toleration>,
    /// The same as the API has them.
    pub written_tolerations: Option<Vec<resource::DeviceToleration>>,
}

/// A request of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceRequest {
    /// Its name.
    pub name: Name,
    /// How it may be met, best first.
    pub alternatives: Vec<Alternative>,
}

/// What the devices of several requests have to have in common, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// Of which requests, as `name` or `name/alternative`; none: of all.
    pub requests: Vec<String>,
    /// Which attribute.
    pub attribute: QualifiedName,
    /// Whether it has to be the same for all of them; otherwise it has to be another for each.
    pub is_same: bool,
}

impl Constraint {
    /// Whether it is about a request, named as allocations do.
    pub fn is_about(&self, request: &str) -> bool {
        let main = request.split('/').next().unwrap_or(request);
        self.requests.is_empty() || self.requests.iter().any(|named| named == request || named == main)
    }
}

/// A claim.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceClaim {
    /// Its identity.
    pub uid: Arc<str>,
    /// As of when this is so; what is written says it, so that it is not written over something newer.
    pub version: Arc<str>,
    /// The identity of the pod for which it was made.
    pub owner: Option<Arc<str>>,
    /// Whether it was told to end.
    pub is_ending: bool,
    /// Whether it is kept from being deleted while it has devices.
    pub is_protected: bool,
    /// What it asks for.
    pub requests: Vec<DeviceRequest>,
    /// What has to hold between requests.
    pub constraints: Vec<Constraint>,
    /// What drivers are told.
    pub config: Vec<resource::DeviceClaimConfiguration>,
    /// What it was given.
    pub allocation: Option<Arc<Allocation>>,
    /// The identities of the pods that may use it.
    pub reserved_for: BTreeSet<Arc<str>>,
    /// What it asks for that Paceline does not do yet.
    pub unsupported: Option<&'static str>,
}

impl DeviceClaim {
    /// Reads one.
    pub fn read(of: &resource::ResourceClaim) -> Self {
        let devices = of.spec.devices.clone().unwrap_or_default();
        let requests = devices.requests.as_deref().unwrap_or_default();
        let constraints = devices.constraints.as_deref().unwrap_or_default();
        let status = of.status.as_ref();
        let reserved = status.into_iter().flat_map(|status| status.reserved_for.iter().flatten());
        let text = |text: &Option<String>| Arc::from(text.as_deref().unwrap_or_default());
        let owners = of.metadata.owner_references.iter().flatten();
        let mut pods = owners.filter(|owner| owner.kind == "Pod" && owner.controller == Some(true));
        let finalizers = of.metadata.finalizers.as_deref().unwrap_or_default();
        let unsupported = requests.iter().find_map(unsupported_request);
        Self {
            uid: text(&of.metadata.uid),
            version: text(&of.metadata.resource_version),
            owner: pods.next().map(|owner| Arc::from(owner.uid.as_str())),
            is_ending: of.metadata.deletion_timestamp.is_some(),
            is_protected: finalizers.iter().any(|name| name == PROTECTION),
            requests: requests.iter().map(request).collect(),
            constraints: constraints.iter().filter_map(constraint).collect(),
            config: devices.config.clone().unwrap_or_default(),
            allocation: status
                .and_then(|status| status.allocation.as_ref())
                .map(|allocation| Arc::new(Allocation::read(allocation))),
            reserved_for: reserved.map(|one| Arc::from(one.uid.as_str())).collect(),
            unsupported: unsupported.or_else(|| constraints.iter().find_map(unsupported_constraint)),
        }
    }
}

fn unsupported_request(of: &resource::DeviceRequest) -> Option<&'static str> {
    let unknown = |mode: &Option<String>| !matches!(mode.as_deref(), None | Some("" | "ExactCount" | "All"));
    let alternatives = of.first_available.as_deref().unwrap_or_default();
    match &of.exactly {
        Some(exactly) if exactly.admin_access == Some(true) => Some("administrative access to devices"),
        Some(exactly) if unknown(&exactly.allocation_mode) => Some("an unknown mode of allocation"),
        Some(_) => None,
        None if alternatives.is_empty() => Some("an unknown kind of request"),
        None => alternatives
            .iter()
            .any(|one| unknown(&one.allocation_mode))
            .then_some("an unknown mode of allocation"),
    }
}

fn unsupported_constraint(of: &resource::DeviceConstraint) -> Option<&'static str> {
    let is_unknown = of.match_attribute.is_none() && of.distinct_attribute.is_none();
    is_unknown.then_some("an unknown kind of constraint")
}

fn request(of: &resource::DeviceRequest) -> DeviceRequest {
    let exactly = of.exactly.iter().map(|one| alternative(of.name.as_str().into(), only_way(one)));
    let first = of.first_available.iter().flatten();
    let first = first.map(|one| alternative(format!("{}/{}", of.name, one.name).into(), one.clone()));
    DeviceRequest { name: of.name.as_str().into(), alternatives: exactly.chain(first).collect() }
}

/// A request that can be met in one way, as an alternative.
fn only_way(of: &resource::ExactDeviceRequest) -> resource::DeviceSubRequest {
    let resource::ExactDeviceRequest {
        allocation_mode,
        capacity,
        count,
        device_class_name,
        selectors,
        tolerations,
        ..
    } = of.clone();
    let name = String::new();
    resource::DeviceSubRequest {
        allocation_mode,
        capacity,
        count,
        device_class_name,
        name,
        selectors,
        tolerations,
    }
}

fn alternative(name: Name, of: resource::DeviceSubRequest) -> Alternative {
    Alternative {
        name,
        class: of.device_class_name.into(),
        selectors: selectors(of.selectors.as_ref()),
        count: count(of.allocation_mode.as_deref(), of.count),
        capacity: capacity(of.capacity.as_ref()),
        tolerations: of.tolerations.iter().flatten().map(Toleration::of_claim).collect(),
        written_tolerations: of.tolerations,
    }
}

fn count(mode: Option<&str>, count: Option<i64>) -> Count {
    match mode {
        Some("All") => Count::All,
        // A count that is none of the API's asks for more than there is.
        _ => {
            Count::Exactly(usize::try_from(count.unwrap_or(1)).ok().filter(|n| *n > 0).unwrap_or(usize::MAX))
        }
    }
}

fn capacity(of: Option<&resource::CapacityRequirements>) -> Amounts {
    Amounts::read(of.and_then(|of| of.requests.as_ref()))
}

fn constraint(of: &resource::DeviceConstraint) -> Option<Constraint> {
    let (name, is_same) = match (&of.match_attribute, &of.distinct_attribute) {
        (Some(name), _) => (name, true),
        (None, Some(name)) => (name, false),
        (None, None) => return None,
    };
    let requests = of.requests.clone().unwrap_or_default();
    Some(Constraint { requests, attribute: QualifiedName::read(name, ""), is_same })
}
