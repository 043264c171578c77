//! What became of each pod of a record: when it waited for a node, where it was bound and when, and how it ended.

use crate::kpi::quantile;
use k8s_openapi::api::core::v1 as core;
use paceline_kubernetes::cluster::{Name, Phase, Pod, PodKey};
use paceline_kubernetes::record::{DISRUPTED, Event, Kind, Object};
use paceline_model::Instant;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A pod of a record, by its number in [`Lives`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LifeId(usize);

/// How a pod ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself: it had succeeded or failed.
    Finished,
    /// Somebody deleted it, or its node was lost.
    Deleted,
    /// It gave way to another.
    Preempted,
}

/// What became of a pod.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) key: PodKey,
    /// Since when it waited for a node; `None`: it had one when it was first heard of, and is given.
    pub(super) asked: Option<Instant>,
    /// Where it was bound, and when.
    pub(super) bound: Option<(Name, Instant)>,
    /// How it ended, and when that began.
    pub(super) end: Option<(End, Instant)>,
}

impl Life {
    /// How long it ran, as far as the record says, in milliseconds.
    fn ran_ms(&self) -> Option<u64> {
        let (_, end) = self.end?;
        Some(end.0.saturating_sub(self.bound.as_ref()?.1.0))
    }
}

/// All pods of a record.
#[derive(Debug, Default)]
pub(super) struct Lives {
    all: Vec<Life>,
    by_identity: BTreeMap<(PodKey, Arc<str>), LifeId>,
    /// How long half of those ran who ended by themselves, in milliseconds.
    median_ran_ms: Option<u64>,
}

/// Why the API says that a pod was ended.
const BY_SCHEDULER: &str = "PreemptionByScheduler";
const BY_EVICTION: &str = "EvictionByEvictionAPI";

impl Lives {
    pub(super) fn of(events: &[(Instant, Event)]) -> Self {
        let mut lives = Self::default();
        let mut current: BTreeMap<PodKey, LifeId> = BTreeMap::new();
        // For whom room is being made, and where.
        let mut nominated: BTreeMap<PodKey, Name> = BTreeMap::new();
        for (at, event) in events {
            match event {
                Event::Is(Object::Pod(of)) => {
                    let (key, pod) = (PodKey::of(&of.metadata), Pod::read(of));
                    match &pod.nominated {
                        Some(node) if pod.node.is_none() => _ = nominated.insert(key.clone(), node.clone()),
                        _ => _ = nominated.remove(&key),
                    }
                    let id = lives.note(*at, &key, &pod, || is_preempted(of, &nominated));
                    current.insert(key, id);
                }
                Event::Gone(Kind::Pod, key) => {
                    nominated.remove(key);
                    if let Some(id) = current.remove(key) {
                        lives.all[id.0].end.get_or_insert((End::Deleted, *at));
                    }
                }
                _ => {}
            }
        }
        let finished = lives.all.iter().filter(|life| matches!(life.end, Some((End::Finished, _))));
        let mut ran_ms: Vec<u64> = finished.filter_map(Life::ran_ms).collect();
        ran_ms.sort_unstable();
        lives.median_ran_ms = (!ran_ms.is_empty()).then(|| quantile(&ran_ms, 0.5));
        lives
    }

    /// After how long a pod ends by itself, once it is bound, in milliseconds. Of one that gave way or never had a node nobody knows: as long as half of those
    /// ran who ended by themselves, and no shorter than it did. `None`: it does not.
    pub(super) fn runs_ms(&self, id: LifeId) -> Option<u64> {
        let life = self.get(id);
        match (&life.bound, life.end) {
            (Some(_), Some((End::Finished, _))) => life.ran_ms(),
            (Some(_), Some((End::Preempted, _))) => Some(self.median_ran_ms?.max(life.ran_ms()?)),
            (None, None) => self.median_ran_ms,
            _ => None,
        }
    }

    fn note(&mut self, at: Instant, key: &PodKey, pod: &Pod, is_preempted: impl Fn() -> bool) -> LifeId {
        let new = LifeId(self.all.len());
        let id = *self.by_identity.entry((key.clone(), pod.uid.clone())).or_insert(new);
        if id == new {
            self.all.push(Life { key: key.clone(), asked: None, bound: None, end: None });
        }
        let life = &mut self.all[id.0];
        match &pod.node {
            Some(node) => _ = life.bound.get_or_insert_with(|| (node.clone(), at)),
            None if pod.phase == Phase::Live && !pod.gated => _ = life.asked.get_or_insert(at),
            None => {}
        }
        match pod.phase {
            Phase::Live => {}
            Phase::Finished => _ = life.end.get_or_insert((End::Finished, at)),
            Phase::Ending if is_preempted() => _ = life.end.get_or_insert((End::Preempted, at)),
            Phase::Ending => _ = life.end.get_or_insert((End::Deleted, at)),
        }
        id
    }

    /// The pod of this name and identity.
    pub(super) fn find(&self, key: &PodKey, uid: Option<&str>) -> Option<LifeId> {
        self.by_identity.get(&(key.clone(), uid.unwrap_or_default().into())).copied()
    }

    pub(super) fn get(&self, id: LifeId) -> &Life {
        &self.all[id.0]
    }

    /// All pods, in the order in which they were first heard of.
    pub(super) fn iter(&self) -> impl Iterator<Item = (LifeId, &Life)> {
        self.all.iter().enumerate().map(|(at, life)| (LifeId(at), life))
    }

    /// Those who waited for a node.
    pub(super) fn asked(&self) -> impl Iterator<Item = (LifeId, &Life, Instant)> {
        self.iter().filter_map(|(id, life)| Some((id, life, life.asked?)))
    }
}

/// Whether a pod that ends gives way to another: kube-scheduler says so, and who evicts for another says first where that one will go.
fn is_preempted(of: &core::Pod, nominated: &BTreeMap<PodKey, Name>) -> bool {
    let conditions = of.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let reason = conditions.filter(|one| one.type_ == DISRUPTED).find_map(|one| one.reason.as_deref());
    let node = of.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
    match reason {
        Some(BY_SCHEDULER) => true,
        Some(BY_EVICTION) => nominated.values().any(|name| Some(name.as_ref()) == node),
        _ => false,
    }
}
