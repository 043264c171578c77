//! Which of the nodes that may take a pod had better do so.
//!
//! Wishes that are no rules come to at most a hundred points each, stretched over the nodes that are possible, and are weighed as
//! kube-scheduler weighs them by default. Room comes last: of equals the node that has most of it left.

use crate::amount::Amount;
use crate::cluster::Effect;
use crate::rules::near::is_about;
use crate::rules::spread::is_counted;
use crate::rules::{Guest, Layout, Row, unwanted_taints};
use std::collections::BTreeMap;

/// Points of a wish that is met in full.
const FULL: i64 = 100;
const TAINTS: i64 = 3;
const NODES: i64 = 2;
const PODS: i64 = 2;
const SPREAD: i64 = 2;

/// Points of each of these rows.
pub(super) fn points(layout: &Layout<'_>, asked: Guest<'_>, possible: &[usize]) -> Vec<i64> {
    let demand = &asked.pod.demand;
    let rows: Vec<_> = possible.iter().map(|at| layout.rows[*at].as_ref()).collect();
    let mut points: Vec<i64> = rows.iter().map(|row| room_left(row, asked)).collect();
    let mut weigh = |weight: i64, raw: Vec<i64>| {
        points.iter_mut().zip(stretched(&raw)).for_each(|(sum, part)| *sum += weight * part);
    };
    let has_soft_taint =
        |row: &&Row<'_>| row.node.taints.iter().any(|taint| taint.effect == Effect::PreferNoSchedule);
    if rows.iter().any(has_soft_taint) {
        let unwanted = |row: &&Row<'_>| -(unwanted_taints(&demand.tolerations, row.node) as i64);
        weigh(TAINTS, rows.iter().map(unwanted).collect());
    }
    weigh(NODES, rows.iter().map(|row| demand.nodes.weight(row.name, &row.node.labels)).collect());
    if !demand.pods.preferred.is_empty() {
        weigh(PODS, near_whom(layout, asked, &rows));
    }
    if demand.spread.iter().any(|one| !one.is_hard) {
        weigh(SPREAD, evenness(layout, asked, &rows));
    }
    points
}

/// Between 0 and a hundred: the part of CPU and memory that would be left, the mean of both.
fn room_left(row: &Row<'_>, asked: Guest<'_>) -> i64 {
    let left = |name: &str| {
        let all = row.node.allocatable.get(name);
        let taken = row.used.get(name).plus(asked.pod.demand.requests.get(name));
        if all == Amount::ZERO { 0 } else { 1_000 - taken.permille_of(all) }
    };
    (left("cpu") + left("memory")) / 20
}

/// The least at 0, the most at a hundred; nothing where all are equal.
fn stretched(raw: &[i64]) -> impl Iterator<Item = i64> {
    let least = raw.iter().copied().min().unwrap_or(0);
    let span = raw.iter().copied().max().unwrap_or(0) - least;
    raw.iter().map(move |value| if span == 0 { 0 } else { (value - least) * FULL / span })
}

/// The weights of those near whom the pod would be.
fn near_whom(layout: &Layout<'_>, asked: Guest<'_>, rows: &[&Row<'_>]) -> Vec<i64> {
    let terms = &asked.pod.demand.pods.preferred;
    let mut by_place: Vec<BTreeMap<&str, i64>> = vec![BTreeMap::new(); terms.len()];
    for (row, guest) in layout.guests() {
        for ((weight, term), places) in terms.iter().zip(&mut by_place) {
            let value = row.node.labels.get(&term.topology_key);
            if let Some(value) = value.filter(|_| is_about(term, layout.cluster, guest)) {
                *places.entry(value).or_default() += i64::from(*weight);
            }
        }
    }
    let of_row = |row: &&Row<'_>| {
        let weights = terms
            .iter()
            .zip(&by_place)
            .filter_map(|((_, term), places)| places.get(row.node.labels.get(&term.topology_key)?.as_str()));
        weights.sum()
    };
    rows.iter().map(of_row).collect()
}

/// The fewer of its like are there, the better; a node without the label is worst.
fn evenness(layout: &Layout<'_>, asked: Guest<'_>, rows: &[&Row<'_>]) -> Vec<i64> {
    let soft: Vec<_> = asked.pod.demand.spread.iter().filter(|one| !one.is_hard).collect();
    let mut by_place: Vec<BTreeMap<&str, i64>> = vec![BTreeMap::new(); soft.len()];
    for (row, guest) in layout.guests() {
        for (one, places) in soft.iter().zip(&mut by_place) {
            let value = row.node.labels.get(&one.topology_key);
            if let Some(value) = value.filter(|_| is_counted(one, asked, guest)) {
                *places.entry(value).or_default() += 1;
            }
        }
    }
    let of_row = |row: &&Row<'_>| {
        let there = soft.iter().zip(&by_place).map(|(one, places)| {
            let value = row.node.labels.get(&one.topology_key);
            let most = places.values().copied().max().unwrap_or(0) + 1;
            -value.map_or(most, |value| places.get(value.as_str()).copied().unwrap_or(0))
        });
        there.sum()
    };
    rows.iter().map(of_row).collect()
}
