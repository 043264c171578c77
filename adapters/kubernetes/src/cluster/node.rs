//! A node, as far as decisions read it.

use super::labels::{Labels, labels_of};
use super::taint::Taint;
use crate::amount::Amounts;
use k8s_openapi::api::core::v1 as core;

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its labels.
    pub labels: Labels,
    /// Whom it keeps off.
    pub taints: Vec<Taint>,
    /// Whether it was cordoned.
    pub unschedulable: bool,
    /// What may be given away; `pods` is how many it takes.
    pub allocatable: Amounts,
}

impl Node {
    /// Reads one.
    pub fn read(of: &core::Node) -> Self {
        let spec = of.spec.as_ref();
        let taints = spec.and_then(|spec| spec.taints.as_ref()).into_iter().flatten();
        let status = of.status.as_ref();
        Self {
            labels: labels_of(&of.metadata),
            taints: taints.map(Taint::read).collect(),
            unschedulable: spec.and_then(|spec| spec.unschedulable).unwrap_or(false),
            allocatable: Amounts::read(status.and_then(|status| status.allocatable.as_ref())),
        }
    }

    /// What it says under a key.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(String::as_str)
    }
}
