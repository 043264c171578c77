//! Lists of the nearest targets at ports: short, sorted, one entry per target; and how two are merged.

use super::nearest_query::Found;
use crate::cch::Weight;
use crate::leg::Leg;
use paceline_model::{Centimetres, Millis};

/// A target and the drive to it, as two words that compare as (time, target), then (distance, effort).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NearEntry {
    order: u64,
    rest: u64,
}

/// What a drive on adds to an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    order: u64,
    rest: u64,
}

impl Step {
    pub(super) const NONE: Self = Self { order: 0, rest: 0 };

    #[inline]
    pub(super) fn of(weight: Weight) -> Self {
        let key = weight.key as u64;
        Self { order: key >> 32 << 32, rest: key << 32 | u64::from(weight.effort) }
    }
}

impl NearEntry {
    pub(super) fn new(target: u32, weight: Weight) -> Self {
        let step = Step::of(weight);
        Self { order: step.order | u64::from(target), rest: step.rest }
    }
    #[inline]
    fn plus(self, step: Step) -> Self {
        Self { order: self.order + step.order, rest: self.rest.wrapping_add(step.rest) }
    }
    #[inline]
    fn target(self) -> usize {
        (self.order & 0xffff_ffff) as usize
    }
    #[inline]
    fn time(self) -> u64 {
        self.order >> 32
    }
    pub(super) fn found(&self) -> Found {
        let leg = Leg {
            time: Millis(self.time() as u32),
            distance: Centimetres((self.rest >> 32) as u32),
            effort: Centimetres(self.rest as u32),
        };
        Found { target: self.target() as u32, leg }
    }
}

/// Scratch for merging: which targets a merge has met.
pub(super) struct MergeScratch {
    stamp: u32,
    stamps: Vec<u32>,
    merged: Vec<NearEntry>,
    /// For callers, who must copy a list that they merge into another of the same [`Lists`].
    pub(super) carried: Vec<NearEntry>,
}

impl MergeScratch {
    pub(super) fn new(targets: usize) -> Self {
        Self { stamp: 0, stamps: vec![0; targets], merged: Vec::new(), carried: Vec::new() }
    }
    fn begin(&mut self) {
        if self.stamp == u32::MAX {
            self.stamps.fill(0);
            self.stamp = 0;
        }
        self.stamp += 1;
        self.merged.clear();
    }
    /// Adds an entry unless its target has a better one.
    #[inline]
    fn insert(&mut self, entry: NearEntry) {
        let stamp = &mut self.stamps[entry.target()];
        if *stamp != self.stamp {
            *stamp = self.stamp;
            self.merged.push(entry);
        }
    }
    /// Merges into `merged`: the `count` least of both lists, one per target, none later than `bound`.
    fn merge(&mut self, count: usize, list: &[NearEntry], from: &[NearEntry], by: Step, bound: u32) {
        self.begin();
        let (mut own, mut other) = (list.iter().copied(), from.iter().map(|entry| entry.plus(by)));
        let (mut a, mut b) = (own.next(), other.next());
        while self.merged.len() < count {
            b = b.filter(|entry| entry.time() <= u64::from(bound));
            match (a, b) {
                (Some(x), Some(y)) if y < x => {
                    self.insert(y);
                    b = other.next();
                }
                (Some(x), _) => {
                    self.insert(x);
                    a = own.next();
                }
                (None, Some(y)) => {
                    self.insert(y);
                    b = other.next();
                }
                (None, None) => break,
            }
        }
    }
}

/// Whether nothing of `from` can get into `list`.
#[inline]
fn useless(list: &[NearEntry], count: usize, from: &[NearEntry], by: Step, bound: u32) -> bool {
    let Some(first) = from.first().map(|entry| entry.plus(by)) else { return true };
    first.time() > u64::from(bound) || (list.len() == count && list.last().is_none_or(|last| *last <= first))
}

/// Merges `from`, each entry driven on by `by`, into a list of up to `count`.
pub(super) fn merge(
    list: &mut Vec<NearEntry>,
    count: usize,
    from: &[NearEntry],
    by: Step,
    scratch: &mut MergeScratch,
    bound: u32,
) {
    if !useless(list, count, from, by, bound) {
        scratch.merge(count, list, from, by, bound);
        std::mem::swap(list, &mut scratch.merged);
    }
}

/// Lists of up to `count` entries for some of the ports.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    count: usize,
    slots: Vec<u32>,
    lengths: Vec<u32>,
    entries: Vec<NearEntry>,
    steps: u64,
}

impl Lists {
    pub(super) fn new(ports: usize, count: usize) -> Self {
        let slots = vec![u32::MAX; ports];
        Self { count, slots, lengths: Vec::new(), entries: Vec::new(), steps: 0 }
    }
    /// Entries merged so far.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }
    pub(super) fn slot_of(&self, port: u32) -> u32 {
        self.slots[port as usize]
    }
    pub(super) fn slot(&self, slot: u32) -> &[NearEntry] {
        let from = slot as usize * self.count;
        &self.entries[from..from + self.lengths[slot as usize] as usize]
    }
    #[inline]
    pub(super) fn of(&self, port: u32) -> &[NearEntry] {
        let slot = self.slots[port as usize];
        if slot == u32::MAX { &[] } else { self.slot(slot) }
    }
    /// A new list that belongs to no port of these lists; its slot.
    pub(super) fn add(&mut self, list: &[NearEntry]) -> u32 {
        let slot = self.lengths.len() as u32;
        self.lengths.push(0);
        self.entries.resize(self.entries.len() + self.count, NearEntry::default());
        self.replace(slot, list);
        slot
    }
    pub(super) fn replace(&mut self, slot: u32, list: &[NearEntry]) {
        let from = slot as usize * self.count;
        self.entries[from..from + list.len()].copy_from_slice(list);
        self.lengths[slot as usize] = list.len() as u32;
    }
    /// Merges `from`, each entry driven on by `by`, into the list of `port`.
    #[inline]
    pub(super) fn merge(
        &mut self,
        port: u32,
        from: &[NearEntry],
        by: Step,
        scratch: &mut MergeScratch,
        bound: u32,
    ) {
        if useless(self.of(port), self.count, from, by, bound) {
            return;
        }
        scratch.merge(self.count, self.of(port), from, by, bound);
        self.steps += scratch.merged.len() as u64;
        match self.slots[port as usize] {
            u32::MAX => self.slots[port as usize] = self.add(&scratch.merged),
            slot => self.replace(slot, &scratch.merged),
        }
    }
}
