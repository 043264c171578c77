//! What is judged.

use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use k8s_openapi::api::resource::v1::{DeviceClass, ResourceClaim, ResourceSlice};

/// A cluster, as the API has it.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// All nodes.
    pub nodes: &'a [Node],
    /// All pods.
    pub pods: &'a [Pod],
    /// All namespaces.
    pub namespaces: &'a [Namespace],
    /// All claims to devices.
    pub claims: &'a [ResourceClaim],
    /// All classes of devices.
    pub classes: &'a [DeviceClass],
    /// All that drivers say of their devices.
    pub slices: &'a [ResourceSlice],
}
