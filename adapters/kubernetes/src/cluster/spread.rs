//! How evenly pods stand. Source: Kubernetes, "Pod Topology Spread Constraints".

use super::labels::Labels;
use super::selector::{Requirement, Selector};
use k8s_openapi::api::core::v1 as core;

/// A topology spread constraint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spread {
    /// The label of nodes whose values are compared.
    pub topology_key: String,
    /// By how many pods the fullest may differ from the emptiest.
    pub max_skew: i64,
    /// Whether a node that breaks it is no place, or only a worse one.
    pub is_hard: bool,
    /// With fewer values than so many the emptiest counts as empty.
    pub domains_min: usize,
    /// Whether only nodes that the pod's node selector and affinity take are compared.
    pub honors_affinity: bool,
    /// Whether only nodes whose taints it tolerates are.
    pub honors_taints: bool,
    selector: Option<Selector>,
}

impl Spread {
    /// Reads one of a pod with these labels.
    pub fn read(of: &core::TopologySpreadConstraint, labels: &Labels) -> Self {
        let mut selector = of.label_selector.as_ref().map(Selector::read);
        for key in of.match_label_keys.iter().flatten() {
            if let (Some(selector), Some(value)) = (&mut selector, labels.get(key)) {
                selector.and(Requirement::is(key, value));
            }
        }
        Self {
            topology_key: of.topology_key.clone(),
            max_skew: i64::from(of.max_skew),
            is_hard: of.when_unsatisfiable == "DoNotSchedule",
            domains_min: of.min_domains.and_then(|least| usize::try_from(least).ok()).unwrap_or(1),
            honors_affinity: of.node_affinity_policy.as_deref() != Some("Ignore"),
            honors_taints: of.node_taints_policy.as_deref() == Some("Honor"),
            selector,
        }
    }

    /// Whether a pod of the same namespace counts.
    pub fn counts(&self, labels: &Labels) -> bool {
        self.selector.as_ref().is_some_and(|selector| selector.takes(labels))
    }
}
