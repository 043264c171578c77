//! Devices that a claim was given.

use crate::amount::Amounts;
use crate::cluster::labels::Name;
use crate::cluster::selector::NodeTerms;
use crate::cluster::taint::Toleration;
use k8s_openapi::api::core::v1::NodeSelector;
use k8s_openapi::api::resource::v1 as resource;
use std::sync::Arc;

/// The name of a device in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceId {
    /// Its driver.
    pub driver: Name,
    /// Its pool.
    pub pool: Name,
    /// Its name in the pool.
    pub device: Name,
}

/// A device, or a share of one, that a request was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The request, as `name`, or `name/alternative`.
    pub request: Name,
    /// The device.
    pub device: DeviceId,
    /// How much of the device's capacity, under the names that its driver gives them; `None`: the device as a whole.
    pub share: Option<Amounts>,
    /// Whether it was given for looking after it: then it is not taken.
    pub is_admin: bool,
    /// Which taints of devices the request does not mind.
    pub tolerations: Vec<Toleration>,
}

/// What a claim was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// By request.
    pub given: Vec<Given>,
    /// From which nodes it can be used: as the API has it, and as it is judged. `None`: from all.
    pub nodes: Option<(NodeSelector, NodeTerms)>,
}

impl Allocation {
    /// Reads one.
    pub fn read(of: &resource::AllocationResult) -> Self {
        let results = of.devices.iter().flat_map(|devices| devices.results.iter().flatten());
        let nodes = of.node_selector.clone();
        Self {
            given: results.map(given).collect(),
            nodes: nodes.map(|selector| {
                let terms = NodeTerms::read(&selector);
                (selector, terms)
            }),
        }
    }
}

fn given(of: &resource::DeviceRequestAllocationResult) -> Given {
    let device = DeviceId {
        driver: of.driver.as_str().into(),
        pool: of.pool.as_str().into(),
        device: of.device.as_str().into(),
    };
    let is_share = of.share_id.is_some() || of.consumed_capacity.is_some();
    Given {
        request: Arc::from(of.request.as_str()),
        device,
        share: is_share.then(|| Amounts::read(of.consumed_capacity.as_ref())),
        is_admin: of.admin_access == Some(true),
        tolerations: of.tolerations.iter().flatten().map(Toleration::of_claim).collect(),
    }
}
