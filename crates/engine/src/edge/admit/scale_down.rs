//! Which replicas end when fewer are wanted: those that have no node first, then always one of where most are, so that what is left stands
//! the most evenly. Of equals the newest ordinal ends.

use crate::edge::round::spread;
use crate::edge::row::WorkloadRow;
use crate::edge::world::Edge;
use paceline_model::edge::{Event, ReplicaId, WorkloadSpec};
use paceline_plan::edge::placement::NodeRow;
use paceline_plan::edge::round::Spread;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a replica counts, by spread.
type Domains = Vec<Option<usize>>;

/// The replicas of `known` that end under `spec`. Work: those that end times the sets of domains that any are in.
pub(super) fn ends(world: &Edge, known: &WorkloadRow, spec: &WorkloadSpec) -> Vec<Event> {
    let mut live = known.live();
    let excess = live.len().saturating_sub(spec.replicas as usize);
    if excess == 0 || spec.spread.is_empty() {
        return Vec::new();
    }
    let is_bound =
        |ordinal: &u32| known.replicas.get(*ordinal as usize).is_some_and(|one| one.bound.is_some());
    live.sort_by_key(|ordinal| (is_bound(ordinal), std::cmp::Reverse(*ordinal)));
    let waiting = live.iter().take_while(|ordinal| !is_bound(ordinal)).count();
    let placed = live.split_off(waiting);
    live.truncate(excess);
    let waits = live.len();
    live.extend(fullest_first(world, known, spec, &placed, excess - waits));
    let replica = |ordinal| ReplicaId { workload: spec.id.clone(), ordinal };
    live.into_iter().map(|ordinal| Event::ReplicaEnded(replica(ordinal))).collect()
}

/// Of `placed`, newest first, the first `most` in the order in which they end.
fn fullest_first(
    world: &Edge,
    known: &WorkloadRow,
    spec: &WorkloadSpec,
    placed: &[u32],
    most: usize,
) -> Vec<u32> {
    if most == 0 {
        return Vec::new();
    }
    let row = WorkloadRow { spec: Arc::new(spec.clone()), ..known.clone() };
    let mut spreads: Vec<_> = spec.spread.iter().map(|of| spread::spread(world, &row, of)).collect();
    let rows: BTreeMap<_, u32> = world.nodes.iter().map(|(idx, _)| idx).zip(0..).collect();
    let domains = |ordinal: u32| -> Domains {
        let bound = known.replicas.get(ordinal as usize).and_then(|one| one.bound.as_ref());
        let at = bound.and_then(|bound| rows.get(&world.nodes.find(&bound.node)?));
        let of = |spread: &Spread| spread.domain(NodeRow(*at?));
        spreads.iter().map(of).collect()
    };
    let mut alike: BTreeMap<Domains, Vec<u32>> = BTreeMap::new();
    placed.iter().rev().for_each(|ordinal| alike.entry(domains(*ordinal)).or_default().push(*ordinal));
    let mut order = Vec::with_capacity(most);
    while order.len() < most {
        let Some((domains, ordinal)) = fullest(&alike, &spreads) else { break };
        alike.get_mut(&domains).and_then(Vec::pop);
        for (domain, spread) in domains.iter().zip(&mut spreads) {
            if let Some(count) = domain.and_then(|domain| spread.counts.get_mut(domain)) {
                *count = count.saturating_sub(1);
            }
        }
        order.push(ordinal);
    }
    order
}

/// The domains in which most are, and the newest that is there.
fn fullest(alike: &BTreeMap<Domains, Vec<u32>>, spreads: &[Spread]) -> Option<(Domains, u32)> {
    let fullness = |domains: &Domains| -> u64 {
        let counts = domains.iter().zip(spreads);
        // One that is in no domain is where new ones may no longer go.
        counts
            .map(|(domain, spread)| domain.map_or(u64::from(u32::MAX), |at| u64::from(spread.counts[at])))
            .sum()
    };
    let newest = alike.iter().filter_map(|(domains, of)| Some((fullness(domains), *of.last()?, domains)));
    newest.max().map(|(_, ordinal, domains)| (domains.clone(), ordinal))
}
