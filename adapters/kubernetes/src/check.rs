//! Judges who stands where by the rules of the API, read a second time from its text and from the objects as the API has them.
//!
//! Nothing of the decision is used here but quantities. Source: Kubernetes, "Assigning Pods to Nodes", "Taints and Tolerations", "Pod Topology
//! Spread Constraints", "Resource Management for Pods and Containers". Volumes are left to the server's own controllers.

mod judge;
mod placed;
mod selectors;

pub use placed::Placed;

use k8s_openapi::api::core::v1::{Node, Pod};
use std::fmt;

/// A pod that stands where a rule forbids it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The pod, as `namespace/name`.
    pub pod: String,
    /// Its node.
    pub node: String,
    /// The rule.
    pub rule: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}: {}", self.pod, self.node, self.rule)
    }
}

/// Which rules a pod would break on a node, all others being where they are. A pod that runs already is not counted beside itself.
pub fn broken(placed: &Placed<'_>, pod: &Pod, node: &Node) -> Vec<&'static str> {
    judge::broken(placed, pod, node)
}

/// Everybody who stands where a rule forbids it, as things are now: what was right when a pod was bound may no longer be.
pub fn all(placed: &Placed<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for pod in placed.pods.iter().filter(|pod| !judge::is_over(pod)) {
        let Some(name) = judge::node_name(pod) else { continue };
        let node = placed.nodes.iter().find(|node| node.metadata.name.as_deref() == Some(name));
        let rules = node.map_or_else(|| vec!["its node is not there"], |node| broken(placed, pod, node));
        let violation = |rule| Violation { pod: judge::full_name(pod), node: name.to_owned(), rule };
        found.extend(rules.into_iter().map(violation));
    }
    found
}
