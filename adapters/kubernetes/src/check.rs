//! Judges who stands where by the rules of the API, read a second time from its text and from the objects as the API has them.
//!
//! Nothing of the decision is used here but quantities, and the language of expressions. Source: Kubernetes, "Assigning Pods to Nodes", "Taints and Tolerations", "Pod Topology
//! Spread Constraints", "Resource Management for Pods and Containers", "Dynamic Resource Allocation". Volumes are left to the server's own controllers.

mod devices;
mod judge;
mod placed;
mod pools;
mod selectors;
mod violation;

pub use placed::Placed;
pub use violation::Violation;

use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::resource::v1::ResourceClaim;

/// Which rules a pod would break on a node, all others being where they are. A pod that runs already is not counted beside itself.
pub fn broken(placed: &Placed<'_>, pod: &Pod, node: &Node) -> Vec<&'static str> {
    let mut rules = judge::broken(placed, pod, node);
    let mut claims = claims_of(placed, pod);
    if claims.any(|claim| claim.is_some_and(|claim| !pools::reaches(claim, node))) {
        rules.push("the devices of a claim cannot be used from the node");
    }
    rules
}

/// Everybody who stands where a rule forbids it, and all devices that were given as a rule forbids it, as things are now: what was right when a pod
/// was bound may no longer be.
pub fn all(placed: &Placed<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for pod in placed.pods.iter().filter(|pod| !judge::is_over(pod)) {
        let Some(name) = judge::node_name(pod) else { continue };
        let node = placed.nodes.iter().find(|node| node.metadata.name.as_deref() == Some(name));
        let mut rules = node.map_or_else(|| vec!["its node is not there"], |node| broken(placed, pod, node));
        let is_its = |claim: Option<&ResourceClaim>| claim.is_some_and(|claim| is_reserved(claim, pod));
        if !claims_of(placed, pod).all(is_its) {
            rules.push("a claim of it has no devices, or not for it");
        }
        let violation =
            |rule| Violation { subject: judge::full_name(pod), node: Some(name.to_owned()), rule };
        found.extend(rules.into_iter().map(violation));
    }
    found.extend(devices(placed));
    found
}

/// All devices that were given as a rule forbids it, as things are now.
pub fn devices(placed: &Placed<'_>) -> Vec<Violation> {
    devices::all(placed)
}

/// The claims to devices that a pod uses; `None`: one that is not there.
fn claims_of<'a>(placed: &Placed<'a>, pod: &'a Pod) -> impl Iterator<Item = Option<&'a ResourceClaim>> {
    let used = pod.spec.iter().flat_map(|spec| spec.resource_claims.iter().flatten());
    let status = pod.status.iter().flat_map(|status| status.resource_claim_statuses.iter().flatten());
    let made: Vec<_> = status.collect();
    let claims = placed.claims;
    let names = used.filter_map(move |one| match &one.resource_claim_name {
        Some(name) => Some(Some(name)),
        None => match made.iter().find(|made| made.name == one.name) {
            // Of a template that turned out to need none.
            Some(made) => made.resource_claim_name.as_ref().map(Some),
            None => Some(None),
        },
    });
    names.map(move |name| {
        claims.iter().find(|claim| {
            claim.metadata.namespace == pod.metadata.namespace
                && name.is_some()
                && claim.metadata.name.as_ref() == name
        })
    })
}

fn is_reserved(claim: &ResourceClaim, pod: &Pod) -> bool {
    claim.status.as_ref().is_some_and(|status| {
        let mut users = status.reserved_for.iter().flatten();
        status.allocation.is_some() && users.any(|one| Some(&one.uid) == pod.metadata.uid.as_ref())
    })
}
