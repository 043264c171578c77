//! Who waits for a decision, in which order, and who with whom.
//!
//! By priority, then by age, then by name. A gang is one of those who wait: its priority is the lowest of its pods that wait, its age that of
//! the oldest, so that nobody gets ahead by it.

use super::gang::Gang;
use crate::cluster::{Cluster, PodKey};
use crate::rules::Guest;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Who is decided about at once.
pub(super) enum Turn<'c> {
    Alone(Guest<'c>),
    Together(Gang<'c>),
}

impl<'c> Turn<'c> {
    /// The pod, with those who wait with it.
    pub(super) fn of(cluster: &'c Cluster, guest: Guest<'c>) -> Self {
        match &guest.pod.gang {
            Some(gang) => Self::Together(Gang::of(cluster, guest, gang)),
            None => Self::Alone(guest),
        }
    }

    fn place(&self) -> (Reverse<i32>, Option<(i64, &'c PodKey)>) {
        let guests = match self {
            Self::Alone(guest) => std::slice::from_ref(guest),
            Self::Together(gang) => &gang.waiting,
        };
        let priority = guests.iter().map(|guest| guest.pod.priority).min().unwrap_or(0);
        let first = guests.iter().map(|guest| (guest.pod.created_s, guest.key)).min();
        (Reverse(priority), first)
    }
}

/// All who are to be decided about, in order.
pub(super) fn turns<'c>(cluster: &'c Cluster, scheduler: &str) -> Vec<Turn<'c>> {
    let mut seen = BTreeSet::new();
    let asked = cluster.pods().map(|(key, pod)| Guest { key, pod }).filter(|guest| {
        let waits = cluster.is_waiting(guest.key, guest.pod) && guest.pod.scheduler.as_ref() == scheduler;
        waits && !cluster.is_refused(guest.key, guest.pod)
    });
    let asked = asked.filter(|guest| {
        guest.pod.gang.as_ref().is_none_or(|gang| seen.insert((&guest.key.namespace, &gang.name)))
    });
    let mut turns: Vec<_> = asked.map(|guest| Turn::of(cluster, guest)).collect();
    turns.sort_by_cached_key(Turn::place);
    turns
}
