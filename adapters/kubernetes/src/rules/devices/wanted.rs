//! What the claims of a pod ask for that have no devices yet.

use crate::cluster::{Alternative, Cluster, Count, DeviceClaim, DeviceClass, PodKey};
use crate::rules::Bar;

/// A claim that has no devices yet.
#[derive(Clone, Debug)]
pub(super) struct Wanted<'c> {
    pub(super) key: PodKey,
    pub(super) claim: &'c DeviceClaim,
    /// By request, the ways to meet it, best first.
    pub(super) requests: Vec<Vec<Way<'c>>>,
}

/// A way to meet a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way<'c> {
    pub(super) alternative: &'c Alternative,
    pub(super) class: &'c DeviceClass,
}

impl<'c> Wanted<'c> {
    /// Errors: a class is not there.
    pub(super) fn of(cluster: &'c Cluster, key: PodKey, claim: &'c DeviceClaim) -> Result<Self, Bar> {
        let way = |alternative: &'c Alternative| {
            let missing = || Bar::DeviceClassMissing(alternative.class.clone());
            Ok(Way { alternative, class: cluster.device_class(&alternative.class).ok_or_else(missing)? })
        };
        let ways = claim.requests.iter().map(|request| request.alternatives.iter().map(way).collect());
        Ok(Self { key, claim, requests: ways.collect::<Result<_, Bar>>()? })
    }
}

impl<'c> Way<'c> {
    /// All expressions that have to select a device: those of the class first.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &'c str> {
        self.class.selectors.iter().chain(&self.alternative.selectors).map(AsRef::as_ref)
    }

    /// How many devices; `None`: all.
    pub(super) fn count(&self) -> Option<usize> {
        match self.alternative.count {
            Count::Exactly(count) => Some(count),
            Count::All => None,
        }
    }
}
