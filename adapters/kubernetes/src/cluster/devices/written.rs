//! An allocation as it is written to the server.

use super::allocation::{Allocation, Given};
use super::claim::DeviceClaim;
use crate::cluster::Cluster;
use k8s_openapi::api::resource::v1::{
    AllocationResult, DeviceAllocationConfiguration, DeviceAllocationResult, DeviceRequestAllocationResult,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// An allocation as the API has it.
pub fn written(cluster: &Cluster, claim: &DeviceClaim, allocation: &Allocation) -> AllocationResult {
    let given = allocation.given.iter().enumerate();
    let results = given.map(|(at, given)| device_result(claim, at, given)).collect();
    AllocationResult {
        allocation_timestamp: None,
        devices: Some(DeviceAllocationResult {
            config: config(cluster, claim, allocation),
            results: Some(results),
        }),
        node_selector: allocation.nodes.as_ref().map(|(selector, _)| selector.clone()),
    }
}

fn device_result(claim: &DeviceClaim, at: usize, given: &Given) -> DeviceRequestAllocationResult {
    let mut ways = claim.requests.iter().flat_map(|request| &request.alternatives);
    let way = ways.find(|way| way.name == given.request);
    let share = given.share.as_ref();
    DeviceRequestAllocationResult {
        request: given.request.to_string(),
        driver: given.device.driver.to_string(),
        pool: given.device.pool.to_string(),
        device: given.device.device.to_string(),
        share_id: share.map(|_| share_id(&claim.uid, at)),
        consumed_capacity: share.map(|share| {
            share.iter().map(|(name, amount)| (name.to_string(), Quantity(amount.to_string()))).collect()
        }),
        tolerations: way.and_then(|way| way.written_tolerations.clone()),
        ..DeviceRequestAllocationResult::default()
    }
}

/// The identity of a share: of no other claim, and of no other device of this one.
fn share_id(claim: &str, at: usize) -> String {
    let name = format!("{claim}/{at}");
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

/// What drivers are told: of the classes of what was chosen, then of the claim.
fn config(
    cluster: &Cluster,
    claim: &DeviceClaim,
    allocation: &Allocation,
) -> Option<Vec<DeviceAllocationConfiguration>> {
    let is_chosen = |name: &str| {
        allocation
            .given
            .iter()
            .any(|given| given.request.as_ref() == name || given.request.split('/').next() == Some(name))
    };
    let ways = claim.requests.iter().flat_map(|request| &request.alternatives);
    let of_classes = ways.filter(|way| is_chosen(&way.name)).flat_map(|way| {
        let class = cluster.device_class(&way.class);
        class.into_iter().flat_map(|class| &class.config).map(|config| DeviceAllocationConfiguration {
            opaque: config.opaque.clone(),
            requests: Some(vec![way.name.to_string()]),
            source: "FromClass".into(),
        })
    });
    let of_claim = claim.config.iter().filter(|config| {
        let named = config.requests.as_deref().unwrap_or_default();
        named.is_empty() || named.iter().any(|name| is_chosen(name))
    });
    let of_claim = of_claim.map(|config| DeviceAllocationConfiguration {
        opaque: config.opaque.clone(),
        requests: config.requests.clone(),
        source: "FromClaim".into(),
    });
    let all: Vec<_> = of_classes.chain(of_claim).collect();
    (!all.is_empty()).then_some(all)
}
