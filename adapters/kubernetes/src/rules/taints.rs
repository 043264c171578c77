//! Whether taints of a node keep a pod off.

use crate::cluster::{Effect, Node, Taint, Toleration};

/// Whether a taint is tolerated.
pub(super) fn tolerates(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations.iter().any(|toleration| toleration.covers(taint))
}

/// Whether every taint that keeps pods off a node is tolerated.
pub(super) fn tolerates_node(tolerations: &[Toleration], node: &Node) -> bool {
    let mut forbidding = node.taints.iter().filter(|taint| taint.effect != Effect::PreferNoSchedule);
    forbidding.all(|taint| tolerates(tolerations, taint))
}

/// Taints of a node that the pod had better keep away from.
pub fn unwanted_taints(tolerations: &[Toleration], node: &Node) -> usize {
    let soft = node.taints.iter().filter(|taint| taint.effect == Effect::PreferNoSchedule);
    soft.filter(|taint| !tolerates(tolerations, taint)).count()
}
