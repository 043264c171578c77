//! Spreads workloads over clusters, the most important first.
//!
//! In this order: as many replicas as there is room for; as many clusters and locations as the policy wants; nothing moves that need not; shares in
//! proportion. The first two are exact. What stays is the most that sets of clusters allow that have room for all; where only the roomiest clusters
//! have, it is what happens to be there.

use super::problem::{Cluster, May, Plan, Problem, Spread, Workload};
use super::room::Room;
use super::select::{Best, Candidate, Locations};
use super::share::{Bounds, share};
use crate::Budget;
use paceline_model::federation::Division;

/// Spreads all workloads that the budget lets it come to.
pub fn solve(problem: &Problem, budget: &mut Budget) -> Plan {
    let mut rooms: Vec<Room> = problem.clusters.iter().map(|cluster| (*cluster.room).clone()).collect();
    let mut plan = Plan { made_from: problem.version, ..Plan::default() };
    for workload in &problem.workloads {
        if !budget.spend(problem.clusters.len() as u64) {
            plan.ran_short = true;
            break;
        }
        let of = spread(&problem.clusters, &rooms, workload);
        for ((place, room), replicas) in workload.places.iter().zip(&mut rooms).zip(&of.replicas) {
            room.take(&place.need, replicas.saturating_sub(place.now + place.held));
        }
        plan.spreads.push(of);
    }
    plan
}

/// Spreads one workload over what is free.
pub fn spread(clusters: &[Cluster], rooms: &[Room], workload: &Workload) -> Spread {
    let places = workload.places.iter();
    let fits = places.clone().zip(rooms).map(|(place, room)| match place.may {
        May::Grow => room.fits(&place.need),
        May::Stay(_) | May::Frozen(_) | May::Leave(_) => 0,
    });
    let room: Vec<u32> = places.zip(fits).map(|(place, fits)| workload.room(place, fits)).collect();
    let asked = Asked::of(clusters, workload, &room);
    let mut replicas = asked.frozen();
    for (candidate, share) in asked.shares() {
        replicas[candidate.cluster] += share;
    }
    if workload.rules.gang && replicas.iter().sum::<u32>() < workload.wanted {
        // A part of it is no use: what is there stays, and nothing new begins.
        let kept = workload.places.iter().zip(&room).map(|(place, room)| place.now.min(*room));
        let kept: Vec<Bounds> = kept.map(|most| Bounds { least: 0, most, weight: 1 }).collect();
        replicas = share(&kept, workload.wanted);
    }
    finished(clusters, workload, replicas, room)
}

/// One workload's question: what is fixed, and who can have of the rest.
struct Asked<'a> {
    workload: &'a Workload,
    frozen: Vec<u32>,
    locations: Locations,
    candidates: Vec<Candidate>,
    /// Replicas that are not fixed.
    rest: u32,
    /// Clusters and locations that are fixed.
    fixed: (u32, u32),
}

impl<'a> Asked<'a> {
    fn of(clusters: &[Cluster], workload: &'a Workload, room: &[u32]) -> Self {
        let frozen = frozen(workload);
        let count = clusters.iter().map(|cluster| cluster.location + 1).max().unwrap_or(0);
        let mut counted = vec![false; count];
        for (cluster, replicas) in clusters.iter().zip(&frozen) {
            counted[cluster.location] |= *replicas > 0;
        }
        let rest = workload.wanted - frozen.iter().sum::<u32>().min(workload.wanted);
        let able = (0..clusters.len())
            .filter(|at| !matches!(workload.places[*at].may, May::Frozen(_)))
            .filter(|at| room[*at].min(rest) >= workload.least());
        let candidate = |at: usize| {
            let (place, all) = (&workload.places[at], room[at]);
            let room = all.min(rest);
            let stays = if workload.steady { place.now.min(room) } else { 0 };
            let weight = match workload.rules.division {
                Division::Weighted => place.weight,
                Division::ByCapacity | Division::Aggregated => all,
            };
            Candidate { cluster: at, location: clusters[at].location, room, stays, weight: weight.max(1) }
        };
        let fixed = (
            frozen.iter().filter(|replicas| **replicas > 0).count() as u32,
            counted.iter().filter(|counted| **counted).count() as u32,
        );
        let candidates = able.map(candidate).collect();
        Self { workload, frozen, locations: Locations { counted }, candidates, rest, fixed }
    }

    fn frozen(&self) -> Vec<u32> {
        self.frozen.clone()
    }

    /// Most locations and clusters beside those that are fixed.
    fn most(&self) -> (usize, usize) {
        let rules = &self.workload.rules;
        let clusters_max = if rules.gang { Some(1) } else { rules.clusters_max };
        let left = |most: Option<u32>, fixed: u32| most.map_or(u32::MAX, |most| most.saturating_sub(fixed));
        let clusters = left(clusters_max, self.fixed.0).min(self.rest / self.workload.least());
        let mut seen = self.locations.counted.clone();
        let new = |candidate: &&Candidate| !std::mem::replace(&mut seen[candidate.location], true);
        let locations = self.candidates.iter().filter(new).count();
        (
            (left(rules.locations_max, self.fixed.1) as usize).min(locations),
            (clusters as usize).min(self.candidates.len()),
        )
    }

    /// Whom the rest goes to, and how much of it to each.
    fn shares(&self) -> Vec<(Candidate, u32)> {
        if self.rest == 0 || self.candidates.is_empty() {
            return Vec::new();
        }
        let (chosen, total) = self.chosen();
        let bounds = self.bounds(&chosen, total);
        chosen.into_iter().zip(share(&bounds, total)).filter(|(_, share)| *share > 0).collect()
    }

    /// The clusters that have any, and how many replicas they have together.
    fn chosen(&self) -> (Vec<Candidate>, u32) {
        let most = self.most();
        let placed = |room: i64| room.min(i64::from(self.rest)) as u32;
        let all_locations = self.workload.rules.locations_max.is_none();
        if all_locations && most.1 == self.candidates.len() && !self.is_aggregated() {
            let room = self.candidates.iter().map(|candidate| i64::from(candidate.room)).sum();
            return (self.candidates.clone(), placed(room));
        }
        let by_room = Best::of(&self.candidates, &self.locations, most, |of| i64::from(of.room));
        let by_stay = Best::of(&self.candidates, &self.locations, most, |of| self.worth(of));
        let sizes =
            || (0..=most.0).flat_map(|locations| (0..=most.1).map(move |clusters| (locations, clusters)));
        let of = |(l, c): (usize, usize)| {
            Some((placed(by_room.value(l, c)?), std::cmp::Reverse(self.lacking(l, c))))
        };
        let Some(goal) = sizes().filter_map(of).max() else { return (Vec::new(), 0) };
        let stays = |set: &[Candidate]| set.iter().map(|of| i64::from(of.stays)).sum::<i64>();
        let sets = sizes().filter(|size| of(*size) == Some(goal)).map(|(locations, clusters)| {
            let kept = by_stay.set(locations, clusters);
            let room: i64 = kept.iter().map(|of| i64::from(of.room)).sum();
            let set = if placed(room) == goal.0 { kept } else { by_room.set(locations, clusters) };
            let (few, many) = (clusters as i64, locations as i64);
            let many = if self.is_aggregated() { (-few, -many) } else { (few, many) };
            ((stays(&set), many), set)
        });
        let best = sets.max_by_key(|(worth, _)| *worth).map(|(_, set)| set);
        (best.unwrap_or_default(), goal.0)
    }

    fn is_aggregated(&self) -> bool {
        self.workload.rules.division == Division::Aggregated
    }

    /// What stays first, then what weighs more, then what has more room: each is below the next one's unit, for all clusters together.
    fn worth(&self, of: &Candidate) -> i64 {
        let weight = match self.workload.rules.division {
            Division::Weighted => of.weight,
            Division::ByCapacity | Division::Aggregated => sixteenths(of.weight),
        };
        i64::from(of.stays) << 44 | i64::from(weight) << 24 | i64::from(of.room)
    }

    /// Clusters and locations that are lacking to the least.
    fn lacking(&self, locations: usize, clusters: usize) -> (u32, u32) {
        let rules = &self.workload.rules;
        (
            rules.clusters_min.saturating_sub(self.fixed.0 + clusters as u32),
            rules.locations_min.saturating_sub(self.fixed.1 + locations as u32),
        )
    }

    /// What each of these has at least and at most. What must have some has the least; others may have none, but not less than the least.
    fn bounds(&self, chosen: &[Candidate], total: u32) -> Vec<Bounds> {
        let least = self.workload.least();
        let mut must = self.must(chosen);
        let mut most: Vec<u32> = chosen.iter().map(|of| of.room).collect();
        loop {
            let bounds = self.within(chosen, &must, &most, total);
            let shares = share(&bounds, total);
            // Of those that would have too few, the one with fewest has none, if the others have room for it; otherwise it has the least.
            let few = (0..chosen.len()).filter(|at| (1..least).contains(&shares[*at]));
            let Some(few) = few.min_by_key(|at| (shares[*at], chosen[*at].weight)) else { return bounds };
            let others: u64 = (0..chosen.len()).filter(|at| *at != few).map(|at| u64::from(most[at])).sum();
            if others >= u64::from(total) { most[few] = 0 } else { must[few] = true }
        }
    }

    fn within(&self, chosen: &[Candidate], must: &[bool], most: &[u32], total: u32) -> Vec<Bounds> {
        let least = |at: usize| if must[at] { self.workload.least() } else { 0 };
        let stays = |at: usize| chosen[at].stays.max(least(at)).min(most[at]);
        let kept: u64 = (0..chosen.len()).map(|at| u64::from(stays(at))).sum();
        let bound = |at: usize| match kept > u64::from(total) {
            // Some must go: nobody gets more than stays.
            true => Bounds { least: least(at), most: stays(at), weight: chosen[at].weight },
            false => Bounds { least: stays(at), most: most[at], weight: chosen[at].weight },
        };
        (0..chosen.len()).map(bound).collect()
    }

    /// Who must have some, so that there are as many clusters and locations as the policy wants.
    fn must(&self, chosen: &[Candidate]) -> Vec<bool> {
        let rules = &self.workload.rules;
        if self.is_aggregated() {
            return vec![true; chosen.len()];
        }
        let mut order: Vec<usize> = (0..chosen.len()).collect();
        order.sort_by_key(|at| (std::cmp::Reverse(self.worth(&chosen[*at])), *at));
        let mut must = vec![false; chosen.len()];
        let mut seen = self.locations.counted.clone();
        let mut locations = rules.locations_min.saturating_sub(self.fixed.1);
        let mut clusters = rules.clusters_min.saturating_sub(self.fixed.0);
        for at in &order {
            if locations > 0 && !std::mem::replace(&mut seen[chosen[*at].location], true) {
                must[*at] = true;
                locations -= 1;
                clusters = clusters.saturating_sub(1);
            }
        }
        for at in order {
            if clusters > 0 && !std::mem::replace(&mut must[at], true) {
                clusters -= 1;
            }
        }
        must
    }
}

/// About sixteen times the logarithm, to base 2: at most 511, so that those of a thousand clusters add up to less than 2^20.
fn sixteenths(room: u32) -> u32 {
    let whole = room.max(1).ilog2();
    let part = (u64::from(room.max(1)) << 4 >> whole) as u32 & 15;
    16 * whole + part
}

/// What is fixed: all that clusters have that cannot be told, or, where less is wanted, a part of it in proportion.
fn frozen(workload: &Workload) -> Vec<u32> {
    let bound = |place: &super::problem::Place| {
        let most = if matches!(place.may, May::Frozen(_)) { place.now } else { 0 };
        Bounds { least: 0, most, weight: most.max(1) }
    };
    let bounds: Vec<Bounds> = workload.places.iter().map(bound).collect();
    let all: u64 = bounds.iter().map(|of| u64::from(of.most)).sum();
    if all <= u64::from(workload.wanted) {
        return bounds.iter().map(|of| of.most).collect();
    }
    share(&bounds, workload.wanted)
}

fn finished(clusters: &[Cluster], workload: &Workload, replicas: Vec<u32>, room: Vec<u32>) -> Spread {
    let used = |at: &usize| replicas[*at] > 0;
    let mut locations: Vec<usize> =
        (0..replicas.len()).filter(used).map(|at| clusters[at].location).collect();
    let count = locations.len() as u32;
    locations.sort_unstable();
    locations.dedup();
    let placed: u32 = replicas.iter().sum();
    Spread {
        number: workload.number,
        unplaced: workload.wanted.saturating_sub(placed),
        clusters_lacking: workload.rules.clusters_min.saturating_sub(count),
        locations_lacking: workload.rules.locations_min.saturating_sub(locations.len() as u32),
        replicas,
        room,
    }
}
