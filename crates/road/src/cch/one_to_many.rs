//! One to many: an upward search from the source, then one downward sweep over the ports above the targets.
//!
//! Dijkstra's algorithm pays for every port that is as near as the targets; the sweep pays for those above them, wherever they lie.
//! So it wins where targets are few or far. Source: Delling, Goldberg, Werneck, *Faster batched shortest paths in road networks*,
//! ATMOS 2011 (RPHAST). Ports are numbered from the bottom of the hierarchy up, so the restricted graph is a set of bits, and
//! walking it from the top needs no copy of its arcs.

use super::layout::{Hierarchy, ROOT};
use super::perfect::UpwardGraph;
use super::upward_search::{Seed, UpwardSearch};
use super::weight::Weight;

/// A set of ports with all that lie above them.
#[derive(Clone, Debug)]
pub(crate) struct Above {
    words: Vec<u64>,
    count: usize,
}

impl Above {
    pub(crate) fn of(hierarchy: &Hierarchy<'_>, ports: impl Iterator<Item = u32>) -> Self {
        let mut above = Self { words: vec![0; hierarchy.ports().div_ceil(64)], count: 0 };
        for mut port in ports {
            while port != ROOT && above.insert(port) {
                port = hierarchy.parent(port);
            }
        }
        above
    }
    fn insert(&mut self, port: u32) -> bool {
        let (word, bit) = (&mut self.words[port as usize / 64], 1 << (port % 64));
        let new = *word & bit == 0;
        *word |= bit;
        self.count += usize::from(new);
        new
    }
    /// The ports from the top down.
    fn downwards(&self) -> impl Iterator<Item = u32> {
        self.words.iter().enumerate().rev().flat_map(|(number, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = 63u32.checked_sub(left.leading_zeros())?;
                left ^= 1 << bit;
                Some(number as u32 * 64 + bit)
            })
        })
    }
}

/// Labels of a sweep, reused from one to the next: only those of the ports swept last mean anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sweep {
    labels: Vec<Weight>,
}

impl Sweep {
    /// The drive to a port that was swept, in the direction of the sweep.
    #[inline]
    pub(crate) fn weight(&self, port: u32) -> Weight {
        self.labels[port as usize]
    }
    /// Finds the drives from `seeds` to all ports of `above`: up by one graph, down by the other. Drives longer than `bound` may come
    /// out as none. Gives the ports handled: the count of work steps.
    pub(crate) fn run(
        &mut self,
        hierarchy: &Hierarchy<'_>,
        (up, down): (&UpwardGraph, &UpwardGraph),
        (upward, seeds): (&mut UpwardSearch, &[Seed]),
        above: &Above,
        bound: i64,
    ) -> u64 {
        upward.run(hierarchy, up, seeds, |_, weight| weight.key <= bound);
        if self.labels.len() < hierarchy.ports() {
            self.labels.resize(hierarchy.ports(), Weight::NONE);
        }
        for port in above.downwards() {
            let mut best = upward.weight(port);
            for arc in down.at(port) {
                best.lower(self.labels[arc.head as usize].plus(arc.weight()));
            }
            self.labels[port as usize] = best;
        }
        (upward.passed.len() + above.count) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Roads;

    #[test]
    fn what_lies_above_is_walked_from_the_top_and_every_port_after_its_parent() {
        let roads = Roads::synthetic_city(2_000, 3).unwrap().0;
        let hierarchy = roads.hierarchy();
        let above = Above::of(&hierarchy, [0, 70, 5, 70].into_iter());
        let walked: Vec<u32> = above.downwards().collect();
        assert!(walked.windows(2).all(|pair| pair[0] > pair[1]));
        assert_eq!(walked.len(), above.count);
        for port in walked.iter().copied() {
            let parent = hierarchy.parent(port);
            assert!(parent == ROOT || walked.contains(&parent), "{parent} above {port}");
        }
        assert!([0, 5, 70].iter().all(|port| walked.contains(port)));
    }
}
