//! Devices that were decided to be a claim's, and that the server does not show yet.
//!
//! ```text
//! decided -> written -> shown
//!    \-> taken back
//! ```
//! A claim and its pod are told of on two watches: the pod may be shown as bound before its claims are shown as allocated. So this ends by what
//! is heard of the claim alone.

use super::devices::{Allocation, DeviceClaim, DeviceClass, Slice};
use super::kept::{Heard, Kept, Version};
use super::labels::Name;
use super::pod::PodKey;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A claim with the devices that it is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct Allotment {
    /// The claim.
    pub claim: PodKey,
    /// Its devices.
    pub allocation: Arc<Allocation>,
}

#[derive(Clone, Debug)]
struct Pending {
    /// The identity of the claim.
    claim: Arc<str>,
    /// The identity of the pod for which it was decided.
    pod: Arc<str>,
    allocation: Arc<Allocation>,
    /// As of when the server has it.
    written: Option<Version>,
}

/// Devices and claims as the server shows them, and what was decided of them.
#[derive(Clone, Debug, Default)]
pub(super) struct DeviceFacts {
    pub(super) claims: Kept<PodKey, DeviceClaim>,
    pub(super) classes: Kept<Name, DeviceClass>,
    pub(super) slices: Kept<Name, Slice>,
    allotted: BTreeMap<PodKey, Pending>,
}

impl DeviceFacts {
    /// Whether anything is not what it was, and whether that may make something possible: what is only taken, as was decided, does not.
    pub(super) fn hear_of_claims(&mut self, heard: Heard<PodKey, DeviceClaim>) -> (bool, bool) {
        let became = self.claims.hear(heard);
        let makes_room = became.iter().any(|one| match (&one.was, self.claims.get(&one.key)) {
            (Some(was), Some(is)) => !is_only_taken(was, is, self.allotted.contains_key(&one.key)),
            _ => true,
        });
        self.settle();
        (!became.is_empty(), makes_room)
    }

    /// The devices that were decided to be a claim's, and for the pod with which identity.
    pub(super) fn allotted(&self, claim: &PodKey) -> Option<(&Arc<Allocation>, &Arc<str>)> {
        self.allotted.get(claim).map(|pending| (&pending.allocation, &pending.pod))
    }

    pub(super) fn allot(&mut self, devices: Allotment, pod: &Arc<str>) {
        let Allotment { claim: key, allocation } = devices;
        if let Some(claim) = self.claims.get(&key).map(|claim| claim.uid.clone()) {
            self.allotted.insert(key, Pending { claim, pod: pod.clone(), allocation, written: None });
        }
    }

    /// The server has it as of then.
    pub(super) fn note_written(&mut self, claim: &PodKey, at: Version) {
        if let Some(pending) = self.allotted.get_mut(claim) {
            pending.written = Some(at);
        }
        self.settle();
    }

    /// What was decided for a pod with this identity could not be carried out. Whether there was anything.
    pub(super) fn take_back(&mut self, pod: &str) -> bool {
        let before = self.allotted.len();
        self.allotted.retain(|_, pending| pending.pod.as_ref() != pod);
        before > self.allotted.len()
    }

    /// Ends what the server shows, or has shown and is no more.
    fn settle(&mut self) {
        let claims = &self.claims;
        self.allotted.retain(|key, pending| {
            let Some(claim) = claims.get(key) else { return false };
            let is_heard = pending.written.zip(claims.version(key)).is_some_and(|(at, heard)| heard >= at);
            claim.uid == pending.claim && claim.allocation.is_none() && !is_heard
        });
    }
}

/// Whether all that is new is that somebody has it: with devices that were decided, or more users.
fn is_only_taken(was: &DeviceClaim, is: &DeviceClaim, is_decided: bool) -> bool {
    let rest = |claim: &DeviceClaim| DeviceClaim {
        allocation: None,
        is_protected: false,
        reserved_for: BTreeSet::new(),
        version: "".into(),
        ..claim.clone()
    };
    let is_kept = was.allocation == is.allocation || (was.allocation.is_none() && is_decided);
    is_kept && was.reserved_for.is_subset(&is.reserved_for) && rest(was) == rest(is)
}
