//! What drivers say of their devices.

use crate::amount::{Amount, Amounts};
use crate::cluster::labels::{Labels, Name};
use crate::cluster::selector::NodeTerms;
use crate::cluster::taint::Taint;
use k8s_openapi::api::core::v1::NodeSelector;
use k8s_openapi::api::resource::v1 as resource;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;

/// A name below a domain. The API leaves out the domain where it is the driver's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QualifiedName {
    /// Whose name it is.
    pub domain: String,
    /// The name.
    pub name: String,
}

impl QualifiedName {
    /// Reads one, of a driver.
    pub fn read(text: &str, driver: &str) -> Self {
        let (domain, name) = text.split_once('/').unwrap_or((driver, text));
        Self { domain: domain.into(), name: name.into() }
    }
}

/// Something that a driver says of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// A version.
    Version(semver::Version),
}

impl Attribute {
    /// Reads one; `None`: it is of a kind that this version does not know, such as a list, and counts as missing.
    fn read(of: &resource::DeviceAttribute) -> Option<Self> {
        let text = of.string.clone().map(Self::Text);
        let version = of.version.as_deref().and_then(|text| semver::Version::parse(text).ok());
        of.bool.map(Self::Flag).or(of.int.map(Self::Number)).or(text).or(version.map(Self::Version))
    }

    /// Whether the two are of one type and equal.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Version(a), Self::Version(b)) => a.cmp_precedence(b).is_eq(),
            (a, b) => a == b,
        }
    }
}

/// How much a share of a capacity may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// As much as is asked for.
    Any,
    /// One of these, from the least up.
    Values(Vec<Amount>),
    /// From the least to the most, in steps.
    Range {
        /// The least.
        least: Amount,
        /// The most, if there is one.
        most: Option<Amount>,
        /// What it grows by, if not by anything.
        step: Option<Amount>,
    },
}

/// A capacity of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// How the driver writes its name.
    pub spelled: Name,
    /// How much there is.
    pub value: Amount,
    /// How much a share has that asks for none; `None`: all of it.
    pub default: Option<Amount>,
    /// How much a share may have.
    pub policy: Policy,
}

impl Capacity {
    fn read(name: &str, of: &resource::DeviceCapacity) -> Self {
        let policy = of.request_policy.as_ref();
        let values = policy.and_then(|policy| policy.valid_values.as_ref()).filter(|list| !list.is_empty());
        let range = policy.and_then(|policy| policy.valid_range.as_ref());
        let read = match (values, range) {
            (Some(values), _) => {
                let mut values: Vec<_> = values.iter().map(asked).collect();
                values.sort_unstable();
                Policy::Values(values)
            }
            (None, Some(range)) => Policy::Range {
                least: asked(&range.min),
                most: range.max.as_ref().map(there),
                step: range.step.as_ref().map(asked),
            },
            (None, None) => Policy::Any,
        };
        let default = policy.and_then(|policy| policy.default.as_ref()).map(asked);
        Self { spelled: name.into(), value: there(&of.value), default, policy: read }
    }
}

/// What there is; what cannot be read is nothing.
fn there(of: &Quantity) -> Amount {
    Amount::read(&of.0).unwrap_or(Amount::ZERO)
}

/// What is asked for; what cannot be read is more than there is of anything.
fn asked(of: &Quantity) -> Amount {
    Amount::read(&of.0).unwrap_or(Amount::MAX)
}

/// Counters of a set of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumes {
    /// The set.
    pub set: Name,
    /// How much of each counter.
    pub counters: Amounts,
}

/// From which nodes a device can be used.
#[derive(Clone, Debug, PartialEq)]
pub enum Reach {
    /// From this one.
    Node(Name),
    /// From those that this takes.
    Selected(Box<(NodeSelector, NodeTerms)>),
    /// From all.
    All,
    /// From none: nothing is said of it, or nothing that this version knows.
    Nowhere,
}

impl Reach {
    fn read(node: Option<&String>, selector: Option<&NodeSelector>, all: Option<bool>) -> Self {
        match (node.filter(|name| !name.is_empty()), selector) {
            (Some(name), _) => Self::Node(name.as_str().into()),
            (None, Some(selector)) => Self::Selected(Box::new((selector.clone(), NodeTerms::read(selector)))),
            (None, None) if all == Some(true) => Self::All,
            (None, None) => Self::Nowhere,
        }
    }

    /// Whether a node is one of them.
    pub fn reaches(&self, name: &Name, labels: &Labels) -> bool {
        match self {
            Self::Node(own) => own == name,
            Self::Selected(selected) => selected.1.takes(name, labels),
            Self::All => true,
            Self::Nowhere => false,
        }
    }
}

/// A device.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Its name in its pool.
    pub name: Name,
    /// From which nodes it can be used.
    pub reach: Reach,
    /// Whether it may be used from the node alone for which it was given.
    pub binds_to_node: bool,
    /// What its driver says of it.
    pub attributes: BTreeMap<QualifiedName, Attribute>,
    /// What it has.
    pub capacity: BTreeMap<QualifiedName, Capacity>,
    /// Whether several claims may have shares of it.
    pub is_shared: bool,
    /// Whom it is kept from.
    pub taints: Vec<Taint>,
    /// What it takes from counters of its pool.
    pub consumes: Vec<Consumes>,
    /// Whether giving it needs something that Paceline does not do yet; it is given to nobody.
    pub is_unsupported: bool,
}

/// Some devices of a pool, or counters that its devices share.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Whose devices they are.
    pub driver: Name,
    /// The pool.
    pub pool: Name,
    /// Only the newest generation of a pool counts.
    pub generation: i64,
    /// How many slices the pool has in this generation.
    pub slices: i64,
    /// The devices.
    pub devices: Vec<Device>,
    /// What there is of each counter, by set.
    pub counters: BTreeMap<Name, Amounts>,
}

impl Slice {
    /// Reads one.
    pub fn read(of: &resource::ResourceSlice) -> Self {
        let spec = &of.spec;
        let reach = Reach::read(spec.node_name.as_ref(), spec.node_selector.as_ref(), spec.all_nodes);
        let is_by_device = spec.per_device_node_selection == Some(true);
        let devices = spec.devices.iter().flatten().map(|one| {
            let own = Reach::read(one.node_name.as_ref(), one.node_selector.as_ref(), one.all_nodes);
            device(one, &spec.driver, if is_by_device { own } else { reach.clone() })
        });
        let counters = spec.shared_counters.iter().flatten();
        Self {
            driver: spec.driver.as_str().into(),
            pool: spec.pool.name.as_str().into(),
            generation: spec.pool.generation,
            slices: spec.pool.resource_slice_count,
            devices: devices.collect(),
            counters: counters.map(|set| (set.name.as_str().into(), amounts(&set.counters, there))).collect(),
        }
    }
}

fn device(of: &resource::Device, driver: &str, reach: Reach) -> Device {
    let attributes = of.attributes.iter().flatten();
    let capacity = of.capacity.iter().flatten();
    let taints = of.taints.iter().flatten();
    let consumes = of.consumes_counters.iter().flatten();
    Device {
        name: of.name.as_str().into(),
        reach,
        binds_to_node: of.binds_to_node == Some(true),
        attributes: attributes
            .filter_map(|(name, value)| Some((QualifiedName::read(name, driver), Attribute::read(value)?)))
            .collect(),
        capacity: capacity
            .map(|(name, value)| (QualifiedName::read(name, driver), Capacity::read(name, value)))
            .collect(),
        is_shared: of.allow_multiple_allocations == Some(true),
        taints: taints.filter_map(Taint::of_device).collect(),
        consumes: consumes
            .map(|one| Consumes {
                set: one.counter_set.as_str().into(),
                counters: amounts(&one.counters, asked),
            })
            .collect(),
        is_unsupported: of.binding_conditions.as_ref().is_some_and(|conditions| !conditions.is_empty())
            || of.node_allocatable_resource_mappings.as_ref().is_some_and(|mapped| !mapped.is_empty()),
    }
}

fn amounts(of: &BTreeMap<String, resource::Counter>, read: fn(&Quantity) -> Amount) -> Amounts {
    let mut amounts = Amounts::default();
    of.iter().for_each(|(name, counter)| amounts.set(&name.as_str().into(), read(&counter.value)));
    amounts
}
