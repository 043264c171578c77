//! Affinity and anti-affinity of pods. Source: Kubernetes, "Inter-pod affinity and anti-affinity".

use super::layout::{Guest, Layout, Row};
use super::obstacle::Obstacle;
use crate::cluster::{Cluster, Node, PodTerm};
use std::collections::{BTreeMap, BTreeSet};

/// Where those are whom a pod has to be near, or apart from.
pub(super) struct Near<'l> {
    /// By required term: its key, and the values under it where somebody is.
    near: Vec<(&'l str, BTreeSet<&'l str>)>,
    /// The pod is of its own kind, and the first of it.
    is_first: bool,
    /// Places, by key and value, where somebody is whom the pod keeps away from.
    apart: BTreeSet<(&'l str, &'l str)>,
    /// Places of those who keep the pod away.
    kept: BTreeSet<(&'l str, &'l str)>,
}

/// Whether a term is about a pod.
pub(crate) fn is_about(term: &PodTerm, cluster: &Cluster, guest: Guest<'_>) -> bool {
    let of_namespace = cluster.namespace(&guest.key.namespace);
    term.is_about(&guest.key.namespace, of_namespace, &guest.pod.labels)
}

impl<'l> Near<'l> {
    /// Looks around. Those for whom room is being made keep others away, and are near nobody yet.
    pub(super) fn count<'c>(
        layout: &'l Layout<'c>,
        asked: Guest<'c>,
        before: &BTreeMap<usize, Vec<Guest<'c>>>,
    ) -> Self {
        let wishes = &asked.pod.demand.pods;
        let is_near = |guest: Guest<'c>| wishes.near.iter().all(|term| is_about(term, layout.cluster, guest));
        let mut near: Vec<_> =
            wishes.near.iter().map(|term| (term.topology_key.as_str(), BTreeSet::new())).collect();
        let mut apart = BTreeSet::new();
        if !near.is_empty() || !wishes.apart.is_empty() {
            for (row, guest) in layout.guests() {
                if is_near(guest) {
                    near.iter_mut().for_each(|(key, values)| values.extend(row.node.label(key)));
                }
                apart.extend(places(&wishes.apart, layout, row, guest));
            }
        }
        let is_nobody = near.iter().all(|(_, values)| values.is_empty());
        let mut kept = BTreeSet::new();
        for row in layout.rows.iter().filter(|row| !row.keepers.is_empty()) {
            row.keepers.iter().for_each(|keeper| kept.extend(kept_off(layout, row, *keeper, asked)));
        }
        for (at, guests) in before {
            for guest in guests {
                apart.extend(places(&wishes.apart, layout, &layout.rows[*at], *guest));
                kept.extend(kept_off(layout, &layout.rows[*at], *guest, asked));
            }
        }
        Self { near, is_first: is_nobody && is_near(asked), apart, kept }
    }

    pub(super) fn looks_around(&self) -> bool {
        !self.near.is_empty() || !self.apart.is_empty() || !self.kept.is_empty()
    }

    pub(super) fn obstacle(&self, node: &Node) -> Option<Obstacle> {
        let is_met = |(key, values): &(&str, BTreeSet<&str>)| {
            node.label(key).is_some_and(|value| self.is_first || values.contains(value))
        };
        let is_in = |places: &BTreeSet<(&str, &str)>| {
            places.iter().any(|(key, forbidden)| node.label(key) == Some(*forbidden))
        };
        if !self.near.iter().all(is_met) {
            return Some(Obstacle::NotNear);
        }
        if is_in(&self.apart) {
            return Some(Obstacle::NotApart);
        }
        is_in(&self.kept).then_some(Obstacle::KeptApart)
    }
}

/// The places, by terms of the pod itself, where a guest forbids it to be.
fn places<'l, 'c: 'l>(
    terms: &'l [PodTerm],
    layout: &'l Layout<'c>,
    row: &Row<'c>,
    guest: Guest<'c>,
) -> impl Iterator<Item = (&'l str, &'l str)> {
    let node: &'c Node = row.node;
    let about = terms.iter().filter(move |term| is_about(term, layout.cluster, guest));
    about.filter_map(move |term| Some((term.topology_key.as_str(), node.label(&term.topology_key)?)))
}

/// The places where a guest keeps a pod off.
fn kept_off<'l, 'c: 'l>(
    layout: &'l Layout<'c>,
    row: &Row<'c>,
    keeper: Guest<'c>,
    asked: Guest<'c>,
) -> impl Iterator<Item = (&'l str, &'l str)> {
    let node: &'c Node = row.node;
    let terms = keeper.pod.demand.pods.apart.iter();
    let about = terms.filter(move |term| is_about(term, layout.cluster, asked));
    about.filter_map(move |term| Some((term.topology_key.as_str(), node.label(&term.topology_key)?)))
}
