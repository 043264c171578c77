//! Claims to devices on the server: what a claim is given, and for whom it is reserved, before its pod is bound; and taken back where it is not.

use super::word::Subject;
use crate::cluster::{Allocation, Cluster, PROTECTION, PodKey, Version, written};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::resource::v1::{AllocationResult, ResourceClaim};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// What a claim is to be before its pod is bound.
#[derive(Debug)]
pub(super) struct ClaimWish {
    claim: PodKey,
    uid: Arc<str>,
    /// As of when the claim was known.
    version: Arc<str>,
    is_protected: bool,
    allocation: Arc<Allocation>,
    /// The same as the API has it; `None`: the claim has these devices already.
    result: Option<AllocationResult>,
}

/// Why a claim is not as it has to be.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClaimError {
    #[error("resource claim {0} has got other devices meanwhile")]
    Other(PodKey),
    #[error("resource claim {0}: {1}")]
    Server(PodKey, kube::Error),
}

/// A server that does not answer is asked again after so long.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

impl ClaimWish {
    /// What the claims of a pod are to be. Those that are reserved for it already are as they should be.
    pub(super) fn all(cluster: &Cluster, of: &Subject) -> Vec<Self> {
        let pod = cluster.pod(&of.pod);
        let used = pod.into_iter().flat_map(|pod| &pod.demand.devices);
        let wishes = used.filter_map(|used| {
            let key = PodKey { namespace: of.pod.namespace.clone(), name: used.claim.clone()? };
            let claim = cluster.device_claim(&key)?;
            let allocation = cluster.allocation(&key)?.clone();
            let is_new = claim.allocation.is_none() && cluster.is_allotted_for(&key, &of.uid);
            (!claim.reserved_for.contains(&of.uid)).then(|| Self {
                uid: claim.uid.clone(),
                version: claim.version.clone(),
                is_protected: claim.is_protected,
                result: is_new.then(|| written(cluster, claim, &allocation)),
                claim: key,
                allocation,
            })
        });
        wishes.collect()
    }
}

/// Claims on the server.
pub(super) struct Claims {
    pub(super) client: Client,
}

impl Claims {
    fn api(&self, of: &PodKey) -> Api<ResourceClaim> {
        Api::namespaced(self.client.clone(), &of.namespace)
    }

    /// Gives a claim its devices and reserves it for a pod. As of when the server has that.
    ///
    /// Errors: the claim is not what it was known to be any more, or the server does not answer; then it is to be given back.
    pub(super) async fn take(&self, of: &Subject, wish: &ClaimWish) -> Result<(PodKey, Version), ClaimError> {
        let wrong = |error| ClaimError::Server(wish.claim.clone(), error);
        let (api, name) = (self.api(&wish.claim), wish.claim.name.as_ref());
        let mut metadata = json!({ "uid": wish.uid.as_ref() });
        let mut status = json!({ "reservedFor": [{ "resource": "pods", "name": of.pod.name.as_ref(), "uid": of.uid.as_ref() }] });
        if let Some(result) = &wish.result {
            let protected =
                if wish.is_protected { None } else { Some(self.protect(wish).await.map_err(wrong)?) };
            // Written over nothing newer: somebody else may be giving it devices too.
            metadata["resourceVersion"] = json!(protected.as_deref().unwrap_or(&wish.version));
            status["allocation"] = json!(result);
        }
        let patch = Patch::Strategic(json!({ "metadata": metadata, "status": status }));
        let has = api.patch_status(name, &PatchParams::default(), &patch).await.map_err(wrong)?;
        let version = Version::read(has.metadata.resource_version.as_deref());
        let is_it = has_devices(&has, &wish.allocation);
        if is_it { Ok((wish.claim.clone(), version)) } else { Err(ClaimError::Other(wish.claim.clone())) }
    }

    /// Keeps a claim from being deleted while it has devices. As of when that is so.
    async fn protect(&self, wish: &ClaimWish) -> kube::Result<String> {
        let metadata = json!({
            "uid": wish.uid.as_ref(), "resourceVersion": wish.version.as_ref(), "finalizers": [PROTECTION],
        });
        let patch = Patch::Strategic(json!({ "metadata": metadata }));
        let api = self.api(&wish.claim);
        let has = api.patch_metadata(&wish.claim.name, &PatchParams::default(), &patch).await?;
        Ok(has.metadata.resource_version.unwrap_or_default())
    }

    /// Takes claims back from a pod that was not bound, until the server has said so. It may be bound all the same, if the answer was lost: whether
    /// it is.
    pub(super) async fn give_back(&self, of: &Subject, wishes: &[ClaimWish]) -> bool {
        if self.until_answered(|| self.is_bound(of)).await {
            return true;
        }
        for wish in wishes {
            self.until_answered(|| self.release(of, wish)).await;
        }
        false
    }

    async fn until_answered<T, F: Future<Output = kube::Result<T>>>(&self, ask: impl Fn() -> F) -> T {
        loop {
            match ask().await {
                Ok(answer) => return answer,
                Err(error) => tracing::warn!(%error, "asking again"),
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    async fn is_bound(&self, of: &Subject) -> kube::Result<bool> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &of.pod.namespace);
        let pod =
            pods.get_opt(&of.pod.name).await?.filter(|pod| pod.metadata.uid.as_deref() == Some(&of.uid));
        Ok(pod.and_then(|pod| pod.spec).is_some_and(|spec| spec.node_name.is_some()))
    }

    async fn release(&self, of: &Subject, wish: &ClaimWish) -> kube::Result<()> {
        let api = self.api(&wish.claim);
        let Some(mut claim) = api.get_opt(&wish.claim.name).await? else { return Ok(()) };
        let Some(status) = claim.status.as_mut().filter(|_| claim.metadata.uid.as_deref() == Some(&wish.uid))
        else {
            return Ok(());
        };
        let reserved = status.reserved_for.get_or_insert_default();
        let before = reserved.len();
        reserved.retain(|one| one.uid != of.uid.as_ref());
        if before == reserved.len() {
            return Ok(());
        }
        if wish.result.is_some() && reserved.is_empty() {
            status.allocation = None;
        }
        api.replace_status(&wish.claim.name, &PostParams::default(), &claim).await.map(|_| ())
    }
}

fn has_devices(claim: &ResourceClaim, wanted: &Allocation) -> bool {
    let has = claim.status.as_ref().and_then(|status| status.allocation.as_ref()).map(Allocation::read);
    let devices = |of: &Allocation| of.given.iter().map(|given| given.device.clone()).collect::<Vec<_>>();
    has.is_some_and(|has| devices(&has) == devices(wanted))
}
