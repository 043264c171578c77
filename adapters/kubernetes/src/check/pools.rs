//! The devices that drivers speak of, in the newest generation of their pools.

use crate::amount::Amount;
use crate::cluster::{Slice, labels_of};
use crate::expression::Described;
use k8s_openapi::api::core::v1::{Node, NodeSelector};
use k8s_openapi::api::resource::v1::{Device, DeviceRequestAllocationResult, ResourceClaim, ResourceSlice};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;

/// A device with the slice that has it.
pub(super) struct Unit<'a> {
    pub(super) device: &'a Device,
    pub(super) described: Described,
    slice: &'a ResourceSlice,
}

pub(super) struct Pools<'a> {
    units: Vec<Unit<'a>>,
    counters: BTreeMap<(String, String), Amount>,
}

pub(super) fn amount(of: &Quantity) -> Amount {
    Amount::read(&of.0).unwrap_or(Amount::MAX)
}

fn pool_of(slice: &ResourceSlice) -> String {
    format!("{}/{}", slice.spec.driver, slice.spec.pool.name)
}

impl<'a> Pools<'a> {
    pub(super) fn of(slices: &'a [ResourceSlice]) -> Self {
        let mut newest = BTreeMap::new();
        for slice in slices {
            let generation = newest.entry(pool_of(slice)).or_insert(slice.spec.pool.generation);
            *generation = (*generation).max(slice.spec.pool.generation);
        }
        let mut pools = Self { units: Vec::new(), counters: BTreeMap::new() };
        let counts =
            |slice: &&ResourceSlice| newest.get(&pool_of(slice)) == Some(&slice.spec.pool.generation);
        for slice in slices.iter().filter(counts) {
            let described = Slice::read(slice).devices;
            let devices = slice.spec.devices.iter().flatten().zip(&described);
            pools.units.extend(devices.map(|(device, read)| Unit {
                device,
                described: Described::of(&slice.spec.driver, read),
                slice,
            }));
            for set in slice.spec.shared_counters.iter().flatten() {
                let counters = set.counters.iter();
                pools.counters.extend(
                    counters.map(|(name, of)| {
                        ((pool_of(slice), format!("{}/{name}", set.name)), amount(&of.value))
                    }),
                );
            }
        }
        pools
    }

    pub(super) fn units(&self) -> impl Iterator<Item = &Unit<'a>> {
        self.units.iter()
    }

    pub(super) fn find(&self, driver: &str, pool: &str, device: &str) -> Option<&Unit<'a>> {
        self.units.iter().find(|unit| {
            let spec = &unit.slice.spec;
            spec.driver == driver && spec.pool.name == pool && unit.device.name == device
        })
    }

    pub(super) fn counter(&self, pool: &str, counter: &str) -> Amount {
        self.counters.get(&(pool.to_owned(), counter.to_owned())).copied().unwrap_or(Amount::ZERO)
    }
}

impl Unit<'_> {
    pub(super) fn name(&self) -> String {
        format!("device {}/{}", self.pool_name(), self.device.name)
    }

    pub(super) fn pool_name(&self) -> String {
        pool_of(self.slice)
    }

    pub(super) fn is(&self, given: &DeviceRequestAllocationResult) -> bool {
        let spec = &self.slice.spec;
        spec.driver == given.driver && spec.pool.name == given.pool && self.device.name == given.device
    }

    /// A name with the driver's domain, if it has none of its own.
    pub(super) fn full_name(&self, name: &str) -> String {
        if name.contains('/') { name.to_owned() } else { format!("{}/{name}", self.slice.spec.driver) }
    }

    /// The value of an attribute, with its type.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.device.attributes.iter().flatten();
        let (_, value) = attributes.find(|(other, _)| self.full_name(other) == name)?;
        let text = value.string.as_ref().map(|text| format!("string {text}"));
        let version =
            value.version.as_ref().map(|text| format!("version {}", text.split('+').next().unwrap_or("")));
        let flag = value.bool.map(|flag| format!("bool {flag}"));
        value.int.map(|number| format!("int {number}")).or(flag).or(text).or(version)
    }

    /// Whether it can be used from a node.
    pub(super) fn is_for(&self, node: &Node) -> bool {
        let spec = &self.slice.spec;
        let is_by_device = spec.per_device_node_selection == Some(true);
        let (name, selector, all) = match is_by_device {
            true => (&self.device.node_name, &self.device.node_selector, self.device.all_nodes),
            false => (&spec.node_name, &spec.node_selector, spec.all_nodes),
        };
        all == Some(true)
            || (name.is_some() && *name == node.metadata.name)
            || selector.as_ref().is_some_and(|selector| takes(selector, node))
    }
}

/// Whether a node selector takes a node.
pub(super) fn takes(selector: &NodeSelector, node: &Node) -> bool {
    let labels = labels_of(&node.metadata);
    selector.node_selector_terms.iter().any(|term| super::selectors::term_takes(term, node, &labels))
}

/// Whether what a claim was given can be used from a node.
pub(super) fn reaches(claim: &ResourceClaim, node: &Node) -> bool {
    let allocation = claim.status.as_ref().and_then(|status| status.allocation.as_ref());
    let selector = allocation.and_then(|allocation| allocation.node_selector.as_ref());
    selector.is_none_or(|selector| takes(selector, node))
}
