//! Topology spread. Source: Kubernetes, "Pod Topology Spread Constraints".

use super::layout::{Guest, Layout, Row};
use super::obstacle::Obstacle;
use super::taints::tolerates_node;
use crate::cluster::{Node, Phase, Spread};
use std::collections::BTreeMap;

/// A hard constraint with its pods counted.
pub(super) struct Counted<'l> {
    constraint: &'l Spread,
    /// Pods by value, of nodes that are compared.
    by_value: BTreeMap<&'l str, i64>,
    /// As many as the emptiest has.
    least: i64,
    /// One where the pod itself counts.
    own: i64,
}

impl<'l> Counted<'l> {
    /// All hard constraints of a pod: of the cluster as it is and, where room is being made for others, as it will be. Both have to hold.
    pub(super) fn all<'c>(
        layout: &'l Layout<'c>,
        asked: Guest<'c>,
        before: &BTreeMap<usize, Vec<Guest<'c>>>,
    ) -> Vec<Self> {
        let hard: Vec<_> = asked.pod.demand.spread.iter().filter(|one| one.is_hard).collect();
        let nobody = BTreeMap::new();
        let mut counted: Vec<_> =
            hard.iter().map(|one| Self::count(one, &hard, layout, asked, &nobody)).collect();
        if !before.is_empty() {
            counted.extend(hard.iter().map(|one| Self::count(one, &hard, layout, asked, before)));
        }
        counted
    }

    fn count<'c>(
        constraint: &'l Spread,
        all: &[&'l Spread],
        layout: &'l Layout<'c>,
        asked: Guest<'c>,
        before: &BTreeMap<usize, Vec<Guest<'c>>>,
    ) -> Self {
        let mut by_value = BTreeMap::new();
        for (at, row) in layout.rows.iter().enumerate() {
            let has_keys = all.iter().all(|one| row.node.label(&one.topology_key).is_some());
            let Some(value) = row.node.label(&constraint.topology_key) else { continue };
            if has_keys && is_compared(constraint, asked, row) {
                let coming = before.get(&at).into_iter().flatten();
                let guests = row.pods.iter().chain(coming);
                let like = guests.filter(|guest| is_counted(constraint, asked, **guest)).count();
                *by_value.entry(value).or_default() += i64::try_from(like).unwrap_or(i64::MAX);
            }
        }
        let emptiest = by_value.values().copied().min().unwrap_or(0);
        let least = if by_value.len() < constraint.domains_min { 0 } else { emptiest };
        let own = i64::from(constraint.counts(&asked.pod.labels));
        Self { constraint, by_value, least, own }
    }

    pub(super) fn obstacle(&self, node: &Node) -> Option<Obstacle> {
        let Some(value) = node.label(&self.constraint.topology_key) else {
            return Some(Obstacle::SpreadKeyMissing);
        };
        let there = self.by_value.get(value).copied().unwrap_or(0);
        let skew = there + self.own - self.least;
        (skew > self.constraint.max_skew).then_some(Obstacle::Spread)
    }
}

/// Whether a node's pods are compared at all.
fn is_compared(constraint: &Spread, asked: Guest<'_>, row: &Row<'_>) -> bool {
    let demand = &asked.pod.demand;
    (!constraint.honors_affinity || demand.nodes.takes(row.name, &row.node.labels))
        && (!constraint.honors_taints || tolerates_node(&demand.tolerations, row.node))
}

/// Whether a pod counts: one of the same namespace that is taken and has not been told to end.
pub(crate) fn is_counted(constraint: &Spread, asked: Guest<'_>, guest: Guest<'_>) -> bool {
    guest.key.namespace == asked.key.namespace
        && constraint.counts(&guest.pod.labels)
        && guest.pod.phase != Phase::Ending
}
