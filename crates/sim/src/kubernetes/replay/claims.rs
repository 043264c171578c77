//! Claims to devices in a replay: there as long as somebody wants them, with the devices that were given here.

use super::super::stage::Stage;
use k8s_openapi::api::resource::v1::{ResourceClaim, ResourceClaimConsumerReference, ResourceClaimStatus};
use paceline_kubernetes::cluster::{Allotment, Pod, PodKey, written};
use paceline_kubernetes::record::{Kind, Object};
use std::collections::{BTreeMap, BTreeSet};

/// What became of claims.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// What was given here, and for whom it is reserved.
    statuses: BTreeMap<PodKey, ResourceClaimStatus>,
    /// Those that are gone in the record, and wanted here.
    kept_on: BTreeSet<PodKey>,
}

impl Claims {
    /// Takes the devices back of all who are decided about: everybody was listed once.
    pub(super) fn begin(&mut self, stage: &mut Stage) {
        let keys: Vec<_> = stage.cluster.device_claims().map(|(key, ..)| key.clone()).collect();
        for claim in keys.iter().filter_map(|key| stage.claim(key).cloned()).collect::<Vec<_>>() {
            let claim = self.as_played(&claim, stage);
            stage.put(Object::DeviceClaim(claim));
        }
    }

    /// A claim as it is here: with the devices that it was given here. One that pods have that are not decided about is as it was recorded.
    pub(super) fn as_played(&mut self, of: &ResourceClaim, stage: &Stage) -> ResourceClaim {
        let key = PodKey::of(&of.metadata);
        let mut of = of.clone();
        if let Some(own) = self.statuses.get(&key) {
            of.status = Some(own.clone());
        } else if !is_of_given(&of, stage) {
            of.status = None;
        }
        if is_used(&key, stage) {
            of.metadata.deletion_timestamp = None;
        }
        of
    }

    /// Whether a claim that is gone in the record stays here, for who uses it.
    pub(super) fn is_wanted(&mut self, key: &PodKey, stage: &Stage) -> bool {
        let is_used = is_used(key, stage);
        if is_used {
            self.kept_on.insert(key.clone());
        } else {
            self.statuses.remove(key);
        }
        is_used
    }

    /// Gives the claims of a pod these devices, and reserves all of them for it.
    pub(super) fn take(&mut self, pod: &PodKey, devices: Vec<Allotment>, stage: &mut Stage) {
        for Allotment { claim: key, allocation } in devices {
            let Some(claim) = stage.cluster.device_claim(&key) else { continue };
            let result = written(&stage.cluster, claim, &allocation);
            self.change(&key, stage, |status| status.allocation = Some(result));
        }
        let Some(of) = stage.cluster.pod(pod).cloned() else { return };
        let user = ResourceClaimConsumerReference {
            resource: "pods".into(),
            name: pod.name.to_string(),
            uid: of.uid.to_string(),
            ..ResourceClaimConsumerReference::default()
        };
        for claim in used(pod, &of) {
            self.change(&claim, stage, |status| {
                status.reserved_for.get_or_insert_default().push(user.clone())
            });
        }
    }

    /// Takes the claims of a pod back that is gone; those that nobody uses any more have no devices.
    pub(super) fn release(&mut self, key: &PodKey, pod: &Pod, stage: &mut Stage) {
        for claim in used(key, pod) {
            self.change(&claim, stage, |status| {
                let users = status.reserved_for.get_or_insert_default();
                users.retain(|user| user.uid != pod.uid.as_ref());
                if users.is_empty() {
                    status.allocation = None;
                }
            });
            if self.kept_on.contains(&claim) && !is_used(&claim, stage) {
                self.kept_on.remove(&claim);
                self.statuses.remove(&claim);
                stage.gone(Kind::DeviceClaim, &claim);
            }
        }
    }

    fn change(&mut self, key: &PodKey, stage: &mut Stage, change: impl FnOnce(&mut ResourceClaimStatus)) {
        let Some(mut claim) = stage.claim(key).cloned() else { return };
        change(claim.status.get_or_insert_default());
        self.statuses.insert(key.clone(), claim.status.clone().unwrap_or_default());
        stage.put(Object::DeviceClaim(claim));
    }
}

/// The claims that a pod uses.
fn used(key: &PodKey, pod: &Pod) -> Vec<PodKey> {
    let claims = pod.demand.devices.iter().filter_map(|used| used.claim.clone());
    claims.map(|name| PodKey { namespace: key.namespace.clone(), name }).collect()
}

fn is_used(claim: &PodKey, stage: &Stage) -> bool {
    let mut pods =
        stage.cluster.pods().filter(|(key, pod)| pod.takes_room() && key.namespace == claim.namespace);
    pods.any(|(_, pod)| pod.demand.devices.iter().any(|used| used.claim.as_ref() == Some(&claim.name)))
}

/// Whether somebody has it who had a node when it was first heard of.
fn is_of_given(claim: &ResourceClaim, stage: &Stage) -> bool {
    let users = claim.status.iter().flat_map(|status| status.reserved_for.iter().flatten());
    let namespace = claim.metadata.namespace.as_deref().unwrap_or_default();
    let mut pods = users.filter_map(|user| stage.cluster.pod(&PodKey::new(namespace, &user.name)));
    pods.any(|pod| pod.node.is_some())
}
