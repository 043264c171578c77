//! What is judged.

use k8s_openapi::api::core::v1::{Namespace, Node, Pod};

/// A cluster, as the API has it.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// All nodes.
    pub nodes: &'a [Node],
    /// All pods.
    pub pods: &'a [Pod],
    /// All namespaces.
    pub namespaces: &'a [Namespace],
}
