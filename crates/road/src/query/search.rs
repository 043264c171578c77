//! Scratch for searches: the labels and the queue of Dijkstra's algorithm, those of upward searches and sweeps, what arcs stand for,
//! and the cached drives.
//! Called thousands of times per tick: labels are stamped, never cleared, and the queue's keys are packed words.

use super::drive_cache::{DriveCache, PreparedPoint};
use crate::cch::{Sweep, Unpacked, UpwardSearch, Weight};
use crate::leg::Leg;
use crate::network::Roads;
use paceline_model::Millis;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[derive(Clone, Copy, Debug)]
struct PortLabel {
    weight: Weight,
    stamp: u32,
}

const UNLABELLED: PortLabel = PortLabel { weight: Weight::NONE, stamp: 0 };

/// Scratch for searches: one per thread, reused from search to search and sized by itself.
#[derive(Clone, Debug, Default)]
pub struct Search {
    stamp: u32,
    pub(super) settled: u64,
    ports: usize,
    /// Ports first, then targets.
    labels: Vec<PortLabel>,
    queue: BinaryHeap<Reverse<u64>>,
    pub(super) forward: UpwardSearch,
    pub(super) backward: UpwardSearch,
    pub(super) sweep: Sweep,
    pub(super) unpacked: Unpacked,
    /// For [`Roads::cached_leg`].
    drives: DriveCache,
}

impl Search {
    /// Scratch for `roads`; it grows where needed and may be used with another network.
    pub fn new(roads: &Roads) -> Self {
        let mut search = Self::default();
        search.begin(roads.hierarchy().ports(), 0);
        search
    }
    /// Ports settled in the last search: the count of work steps.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    pub(super) fn begin(&mut self, ports: usize, targets: usize) {
        if self.stamp == u32::MAX {
            self.labels.fill(UNLABELLED);
            self.stamp = 0;
        }
        self.stamp += 1;
        self.settled = 0;
        self.ports = ports;
        if self.labels.len() < ports + targets {
            self.labels.resize(ports + targets, UNLABELLED);
        }
        self.queue.clear();
    }
    /// Offers a drive to `index` (a port, or ports + target). At equal time it waits in the queue already.
    #[inline]
    fn improve(&mut self, index: usize, weight: Weight, bound: i64) {
        if weight.key > bound {
            return;
        }
        let label = &mut self.labels[index];
        let known = label.stamp == self.stamp;
        if known && label.weight <= weight {
            return;
        }
        let queued = known && label.weight.key >> 32 == weight.key >> 32;
        *label = PortLabel { weight, stamp: self.stamp };
        if !queued {
            self.queue.push(Reverse((weight.key >> 32 << 32) as u64 | index as u64));
        }
    }
    #[inline]
    pub(super) fn reach(&mut self, port: u32, weight: Weight, bound: i64) {
        self.improve(port as usize, weight, bound);
    }
    #[inline]
    pub(super) fn reach_target(&mut self, target: u32, weight: Weight, bound: i64) {
        self.improve(self.ports + target as usize, weight, bound);
    }
    /// The next port or target in order of time, with the drive to it.
    #[inline]
    pub(super) fn next(&mut self) -> Option<(Reached, Weight)> {
        while let Some(Reverse(key)) = self.queue.pop() {
            let index = (key & 0xffff_ffff) as usize;
            let weight = self.labels[index].weight;
            if weight.key as u64 >> 32 == key >> 32 {
                if index >= self.ports {
                    return Some((Reached::Target((index - self.ports) as u32), weight));
                }
                self.settled += 1;
                return Some((Reached::Port(index as u32), weight));
            }
        }
        None
    }
}

pub(super) enum Reached {
    Port(u32),
    Target(u32),
}

/// The greatest key within `bound` that is still a drive.
pub(super) fn within(bound: Millis) -> i64 {
    let time = i64::from(bound.0.min(i32::MAX as u32));
    (time << 32 | 0xffff_ffff).min(Weight::NONE.key - 1)
}

impl Roads {
    /// Caches the drives to `goal`, for [`Roads::cached_leg`]. Returns the steps of work that took; 0 if they were there.
    pub fn cache_drives_to(&self, search: &mut Search, goal: &PreparedPoint) -> u64 {
        search.drives.add(self, &mut search.backward, goal)
    }
    /// The drive between two places; [`Leg::UNREACHABLE`] if there is none, or if those to `to` are not in the cache.
    #[inline]
    pub fn cached_leg(&self, search: &Search, from: &PreparedPoint, to: &PreparedPoint) -> Leg {
        search.drives.leg(self, from, to)
    }
}
