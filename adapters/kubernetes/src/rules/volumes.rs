//! What volumes ask of a node. Source: Kubernetes, "Persistent Volumes", "Node-specific Volume Limits".

use super::layout::{Guest, Layout, Row};
use super::obstacle::{Bar, Obstacle};
use crate::cluster::{Cluster, Name, PodKey, Volume};
use std::collections::{BTreeMap, BTreeSet};

/// What a pod's volumes ask for.
pub(super) struct VolumeNeeds<'c> {
    cluster: &'c Cluster,
    volumes: Vec<&'c Volume>,
    /// Names of volumes by driver.
    by_driver: BTreeMap<&'c Name, BTreeSet<&'c Name>>,
    /// Whether a claim that is for one pod alone is in use.
    is_in_use: bool,
    /// Whether there is such a claim.
    has_exclusive: bool,
}

impl<'c> VolumeNeeds<'c> {
    pub(super) fn of(layout: &Layout<'c>, asked: Guest<'c>) -> Result<Self, Bar> {
        let cluster = layout.cluster;
        let mut exclusive = BTreeSet::new();
        let mut volumes = Vec::new();
        for wanted in &asked.pod.demand.volumes {
            let key = PodKey { namespace: asked.key.namespace.clone(), name: wanted.claim.clone() };
            volumes.push(volume_of(cluster, &key)?);
            if cluster.claim(&key).is_some_and(|claim| claim.is_for_one_pod) {
                exclusive.insert(&wanted.claim);
            }
        }
        let uses = |guest: Guest<'c>| {
            guest.key.namespace == asked.key.namespace
                && guest.pod.demand.volumes.iter().any(|other| exclusive.contains(&other.claim))
        };
        let is_in_use = !exclusive.is_empty() && layout.guests().any(|(_, guest)| uses(guest));
        let by_driver = by_driver(volumes.iter().copied());
        Ok(Self { cluster, volumes, by_driver, is_in_use, has_exclusive: !exclusive.is_empty() })
    }

    pub(super) fn looks_around(&self) -> bool {
        self.has_exclusive
    }

    pub(super) fn obstacle(&self, row: &Row<'c>) -> Option<Obstacle> {
        if !self.volumes.iter().all(|volume| volume.reaches(row.name, &row.node.labels)) {
            return Some(Obstacle::VolumeOutOfReach);
        }
        if self.is_in_use {
            return Some(Obstacle::ClaimInUse);
        }
        (!self.by_driver.is_empty() && !self.has_room(row)).then_some(Obstacle::TooManyVolumes)
    }

    /// A volume that is there already takes no room twice.
    fn has_room(&self, row: &Row<'c>) -> bool {
        let limited = self.by_driver.iter().filter_map(|(driver, wanted)| {
            Some((driver, wanted, self.cluster.volumes_max(row.name, driver)?))
        });
        let mut limited = limited.peekable();
        if limited.peek().is_none() {
            return true;
        }
        let there = row.pods.iter().flat_map(|guest| volumes_of(self.cluster, *guest));
        let there = by_driver(there);
        let mut enough = limited.map(|(driver, wanted, most)| {
            let all = there.get(driver).into_iter().flatten().chain(wanted).collect::<BTreeSet<_>>();
            all.len() <= usize::try_from(most).unwrap_or(0)
        });
        enough.all(|is_enough| is_enough)
    }
}

/// The volume of a claim.
fn volume_of<'c>(cluster: &'c Cluster, key: &PodKey) -> Result<&'c Volume, Bar> {
    let name = || key.name.clone();
    let claim = cluster.claim(key).ok_or_else(|| Bar::ClaimMissing(name()))?;
    if claim.is_ending {
        return Err(Bar::ClaimEnding(name()));
    }
    let Some(volume) = &claim.volume else {
        let waits = cluster.waits_for_consumer(claim.class.as_ref());
        return Err(if waits { Bar::ClaimWaits(name()) } else { Bar::ClaimUnbound(name()) });
    };
    cluster.volume(volume).ok_or_else(|| Bar::VolumeMissing(name()))
}

/// The volumes that a pod has, as far as they are known.
fn volumes_of<'c>(cluster: &'c Cluster, guest: Guest<'c>) -> impl Iterator<Item = &'c Volume> {
    let keys = guest
        .pod
        .demand
        .volumes
        .iter()
        .map(|one| PodKey { namespace: guest.key.namespace.clone(), name: one.claim.clone() });
    keys.filter_map(|key| cluster.volume(cluster.claim(&key)?.volume.as_ref()?))
}

fn by_driver<'c>(volumes: impl Iterator<Item = &'c Volume>) -> BTreeMap<&'c Name, BTreeSet<&'c Name>> {
    let mut by_driver: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (driver, handle) in volumes.filter_map(|volume| volume.csi.as_ref()) {
        by_driver.entry(driver).or_default().insert(handle);
    }
    by_driver
}
