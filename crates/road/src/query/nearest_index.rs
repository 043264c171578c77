//! The k nearest of many targets for many places at once: two sweeps over the hierarchy, whatever the number of places.
//!
//! Upwards: each port keeps the k nearest targets that reach it from below; it hands them up along its arcs. Downwards, only
//! above the places of queries: each port takes over the k nearest of its higher neighbours. A list is k entries long at most,
//! so the work depends on the streets, not on how many vehicles or orders there are. That no target is lost: of k nearer ones
//! at a port, all are nearer at every port beyond it. Ties go by target number, so lists, and with them the answers, are the
//! same in whichever order they are merged.
//!
//! After Buchhold and Wagner, *Nearest-neighbor queries in customizable contraction hierarchies and applications*, SEA 2021, whose
//! buckets hold all targets and are searched from one place at a time; the downward sweep is the one of Delling, Goldberg,
//! Werneck, *Faster batched shortest paths in road networks*, ATMOS 2011 (RPHAST), with lists in place of labels.

use super::lists::{Lists, MergeScratch, NearEntry, Step, merge};
use super::nearest_query::{Direction, Found, NearestQuery};
use super::targets::Targets;
use crate::cch::{Hierarchy, Shares, UpwardGraph, Weight};
use crate::network::Roads;
use crate::threads::{join, on_threads};
use paceline_model::Millis;
use std::num::NonZeroUsize;

/// An index of the nearest targets over the hierarchy, for queries from any number of places.
/// Kept up as targets move, by [`NearestIndex::update`].
#[derive(Clone, Debug)]
pub struct NearestIndex {
    roads: Roads,
    targets: Targets,
    direction: Direction,
    count: usize,
    bound: Millis,
    /// The upward lists, by thread that made them.
    parts: Vec<Lists>,
    /// For each port the part and the slot in it of its list.
    at: Vec<(u8, u32)>,
    steps: u64,
}

/// No list.
const NOWHERE: (u8, u32) = (0, u32::MAX);

impl NearestIndex {
    /// Indexes `targets` for queries of up to `count` within `bound`. At most 255 threads are used; any number gives the same.
    pub fn new(
        roads: &Roads,
        targets: Targets,
        direction: Direction,
        count: usize,
        bound: Millis,
        threads: NonZeroUsize,
    ) -> Self {
        let threads = threads.min(NonZeroUsize::MIN.saturating_add(254));
        let count = count.min(targets.len());
        let mut index = Self {
            roads: roads.clone(),
            targets,
            direction,
            count,
            bound,
            parts: Vec::new(),
            at: Vec::new(),
            steps: 0,
        };
        index.build(threads);
        index
    }
    /// List entries handled when the index was built: the count of work steps.
    pub fn steps(&self) -> u64 {
        self.steps
    }
    fn up(&self) -> &UpwardGraph {
        let upward = &self.roads.metric().upward;
        match self.direction {
            Direction::FromSource => &upward.backward,
            Direction::ToSource => &upward.forward,
        }
    }
    fn down(&self) -> &UpwardGraph {
        let upward = &self.roads.metric().upward;
        match self.direction {
            Direction::FromSource => &upward.forward,
            Direction::ToSource => &upward.backward,
        }
    }
    fn list(&self, port: u32) -> &[NearEntry] {
        let (part, slot) = self.at[port as usize];
        if slot == u32::MAX { &[] } else { self.parts[part as usize].slot(slot) }
    }

    /// The upward sweep: subtrees by thread, each with lists of its own for the ports above; then those.
    fn build(&mut self, threads: NonZeroUsize) {
        let hierarchy = self.roads.hierarchy();
        let shares = Shares::of(&hierarchy, threads);
        let thread_of = shares.by_thread(threads);
        let this = &*self;
        let upwards = |thread: usize| {
            let mut lists = Lists::new(hierarchy.ports(), this.count);
            let mut scratch = MergeScratch::new(this.targets.len());
            let mine = shares.subtrees.iter().zip(&thread_of).filter(|(_, of)| **of == thread);
            for port in mine.flat_map(|(&(first, last), _)| first..=last) {
                this.propagate_up(port as u32, &mut lists, &mut scratch);
            }
            lists
        };
        let mut parts: Vec<Lists> = std::thread::scope(|scope| {
            let upwards = &upwards;
            let busy = threads.get().min(shares.subtrees.len());
            let others: Vec<_> = (1..busy).map(|thread| scope.spawn(move || upwards(thread))).collect();
            std::iter::once(upwards(0)).chain(others.into_iter().map(join)).collect()
        });
        let mut scratch = MergeScratch::new(self.targets.len());
        let (first, others) = parts.split_at_mut(1);
        for &port in &shares.above {
            for other in others.iter() {
                first[0].merge(port as u32, other.of(port as u32), Step::NONE, &mut scratch, self.bound.0);
            }
            this.propagate_up(port as u32, &mut first[0], &mut scratch);
        }
        let mut at = vec![NOWHERE; hierarchy.ports()];
        for (&(low, high), &thread) in shares.subtrees.iter().zip(&thread_of) {
            (low..=high).for_each(|port| at[port] = (thread as u8, parts[thread].slot_of(port as u32)));
        }
        shares.above.iter().for_each(|&port| at[port] = (0, parts[0].slot_of(port as u32)));
        let steps = parts.iter().map(Lists::steps).sum();
        (self.at, self.steps, self.parts) = (at, steps, parts);
    }
    /// The targets that wait at a port, nearest first: taken in at once, however many they are.
    fn waiting(&self, port: u32, list: &mut Vec<NearEntry>) {
        let waiting = self.targets.at(self.direction, port).iter().filter(|entry| entry.weight.is_finite());
        list.clear();
        list.extend(waiting.map(|entry| NearEntry::new(entry.target, entry.weight)));
        list.sort_unstable();
    }
    /// Merges the targets at a port into its list, and its list into those of its higher neighbours.
    fn propagate_up(&self, port: u32, lists: &mut Lists, scratch: &mut MergeScratch) {
        let mut list = std::mem::take(&mut scratch.carried);
        self.waiting(port, &mut list);
        lists.merge(port, &list, Step::NONE, scratch, self.bound.0);
        list.clear();
        list.extend_from_slice(lists.of(port));
        if !list.is_empty() {
            for arc in self.up().at(port) {
                lists.merge(arc.head, &list, Step::of(arc.weight()), scratch, self.bound.0);
            }
        }
        scratch.carried = list;
    }

    /// Replaces the targets by `targets`, as many as before: only ports above those that moved are done again.
    pub fn update(&mut self, targets: Targets) {
        let hierarchy_of = self.roads.clone();
        let hierarchy = hierarchy_of.hierarchy();
        let mut dirty = vec![false; hierarchy.ports()];
        let old = std::mem::replace(&mut self.targets, targets);
        let ports =
            old.all(self.direction).iter().chain(self.targets.all(self.direction)).map(|entry| entry.port);
        for port in ports {
            dirty[port as usize] = old.at(self.direction, port) != self.targets.at(self.direction, port);
        }
        let mut scratch = MergeScratch::new(self.targets.len().max(old.len()));
        let mut list = Vec::new();
        for port in 0..hierarchy.ports() as u32 {
            if dirty[port as usize] {
                self.gather(&hierarchy, port, &mut list, &mut scratch);
                if list != self.list(port) {
                    self.insert(port, &list);
                    let heads = &hierarchy.up_heads[hierarchy.up(port as usize)];
                    heads.iter().for_each(|&head| dirty[head as usize] = true);
                }
            }
        }
    }
    /// A port's list, built again from its targets and the ports below.
    fn gather(
        &self,
        hierarchy: &Hierarchy<'_>,
        port: u32,
        list: &mut Vec<NearEntry>,
        scratch: &mut MergeScratch,
    ) {
        let mut waiting = std::mem::take(&mut scratch.carried);
        self.waiting(port, &mut waiting);
        list.clear();
        let mut add = |from: &[NearEntry], by| merge(list, self.count, from, by, scratch, self.bound.0);
        add(&waiting, Step::NONE);
        for &[tail, arc] in hierarchy.low(port as usize) {
            let both = self.roads.metric().arcs.get(arc as usize);
            let weight = match self.direction {
                Direction::FromSource => both.down,
                Direction::ToSource => both.up,
            };
            if weight.is_finite() {
                add(self.list(tail), Step::of(weight));
            }
        }
        scratch.carried = waiting;
    }
    fn insert(&mut self, port: u32, list: &[NearEntry]) {
        let (part, slot) = self.at[port as usize];
        if slot == u32::MAX {
            self.at[port as usize] = (0, self.parts[0].add(list));
        } else {
            self.parts[part as usize].replace(slot, list);
        }
    }

    /// Answers all queries, each as [`crate::TravelTimes::nearest`] would. A query for more, or for farther, than this was made for gets
    /// no more than that. Also the steps that it took.
    pub fn answer(&self, queries: &[NearestQuery], threads: NonZeroUsize) -> (Vec<Vec<Found>>, u64) {
        let hierarchy = self.roads.hierarchy();
        let seeds: Vec<Vec<(u32, Weight)>> = queries.iter().map(|query| self.seeds_of(query)).collect();
        let wanted = hierarchy.ancestors(seeds.iter().flatten().map(|&(port, _)| port));
        let shares = Shares::of(&hierarchy, threads);
        let thread_of = shares.by_thread(threads);
        let mut scratch = MergeScratch::new(self.targets.len());
        let mut top = Lists::new(hierarchy.ports(), self.count);
        for &port in shares.above.iter().rev().filter(|&&port| wanted[port]) {
            self.propagate_down(port as u32, &mut top, None, &mut scratch);
        }
        let downwards = |thread: usize| {
            let mut lists = Lists::new(hierarchy.ports(), self.count);
            let mut scratch = MergeScratch::new(self.targets.len());
            let mine = shares.subtrees.iter().zip(&thread_of).filter(|(_, of)| **of == thread);
            for port in mine.flat_map(|(&(first, last), _)| (first..=last).rev()).filter(|&port| wanted[port])
            {
                self.propagate_down(port as u32, &mut lists, Some(&top), &mut scratch);
            }
            lists
        };
        let busy = threads.min(NonZeroUsize::MIN.saturating_add(shares.subtrees.len().saturating_sub(1)));
        let mut parts: Vec<Lists> = on_threads(busy, downwards);
        parts.push(top);
        let steps = parts.iter().map(Lists::steps).sum();
        let each = queries.len().div_ceil(threads.get()).max(1);
        let pick = |thread: usize| {
            let mut scratch = MergeScratch::new(self.targets.len());
            let range = (thread * each).min(queries.len())..((thread + 1) * each).min(queries.len());
            range
                .map(|number| self.pick(&queries[number], &seeds[number], &parts, &mut scratch))
                .collect::<Vec<_>>()
        };
        (on_threads(threads, pick).into_iter().flatten().collect(), steps)
    }
    fn seeds_of(&self, query: &NearestQuery) -> Vec<(u32, Weight)> {
        let seeds = self.roads.seeds(query.place, self.direction);
        seeds.iter().filter(|seed| seed.weight.is_finite()).map(|seed| (seed.port, seed.weight)).collect()
    }
    /// A port's list from below, and from its higher neighbours.
    fn propagate_down(&self, port: u32, lists: &mut Lists, top: Option<&Lists>, scratch: &mut MergeScratch) {
        lists.merge(port, self.list(port), Step::NONE, scratch, self.bound.0);
        for arc in self.down().at(port) {
            let step = Step::of(arc.weight());
            match top.map(|top| top.of(arc.head)).filter(|list| !list.is_empty()) {
                Some(list) => lists.merge(port, list, step, scratch, self.bound.0),
                None => {
                    let mut list = std::mem::take(&mut scratch.carried);
                    list.clear();
                    list.extend_from_slice(lists.of(arc.head));
                    lists.merge(port, &list, step, scratch, self.bound.0);
                    scratch.carried = list;
                }
            }
        }
    }
    fn pick(
        &self,
        query: &NearestQuery,
        seeds: &[(u32, Weight)],
        parts: &[Lists],
        scratch: &mut MergeScratch,
    ) -> Vec<Found> {
        let (count, bound) = (query.count.min(self.count), query.bound.min(self.bound).0);
        let mut list = Vec::with_capacity(count);
        if count == 0 {
            return Vec::new();
        }
        let mut beside = std::mem::take(&mut scratch.carried);
        beside.clear();
        for name in self.roads.names(query.place) {
            self.targets.beside(&self.roads, name, self.direction, |target, weight| {
                beside.push(NearEntry::new(target, weight));
            });
        }
        beside.sort_unstable();
        merge(&mut list, count, &beside, Step::NONE, scratch, bound);
        scratch.carried = beside;
        for &(port, weight) in seeds {
            if let Some(near) = parts.iter().map(|part| part.of(port)).find(|list| !list.is_empty()) {
                merge(&mut list, count, near, Step::of(weight), scratch, bound);
            }
        }
        list.iter().map(NearEntry::found).collect()
    }
}
