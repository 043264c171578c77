//! Upward search along the elimination tree. One to one: search from both ends and take the best port that both pass.
//!
//! Everything above a port lies on its path to the root, so the search needs no queue: port after port in ascending order,
//! relaxing the arcs upwards. Source: Dibbelt, Strasser, Wagner, ACM JEA 21, 2016, section 6.2.

use super::layout::{Hierarchy, ROOT};
use super::perfect::UpwardGraph;
use super::weight::Weight;

/// Where a search begins: a port, and what it takes to get there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    pub(crate) port: u32,
    pub(crate) weight: Weight,
}

/// A search's labels. Reused from search to search; all ports are unlabelled in between.
#[derive(Clone, Debug, Default)]
pub(crate) struct UpwardSearch {
    weights: Vec<Weight>,
    /// From which port a port was reached last, or [`SEED`] and the number of a seed.
    from: Vec<u32>,
    /// Ports passed, ascending.
    pub(crate) passed: Vec<u32>,
    fronts: Vec<u32>,
}

/// Marks, in [`UpwardSearch::from`], the number of a seed.
const SEED: u32 = 1 << 31;

impl UpwardSearch {
    /// Makes room and places the seeds. Seeds that cannot be reached are left out.
    fn begin(&mut self, hierarchy: &Hierarchy<'_>, seeds: &[Seed]) {
        if self.weights.len() < hierarchy.ports() {
            self.weights.resize(hierarchy.ports(), Weight::NONE);
            self.from.resize(hierarchy.ports(), SEED);
        }
        self.clear();
        for (number, seed) in (0..).zip(seeds) {
            self.lower(seed.port, seed.weight, SEED | number);
            if seed.weight.is_finite() {
                self.fronts.push(seed.port);
            }
        }
    }
    /// Unlabels everything.
    fn clear(&mut self) {
        self.passed.iter().for_each(|&port| self.weights[port as usize] = Weight::NONE);
        self.passed.clear();
        self.fronts.clear();
    }
    #[inline]
    fn lower(&mut self, port: u32, weight: Weight, from: u32) {
        let label = &mut self.weights[port as usize];
        let before = *label;
        label.lower(weight);
        if *label != before {
            self.from[port as usize] = from;
        }
    }
    /// The next port on the paths from the seeds to the root.
    #[inline]
    fn next(&mut self, hierarchy: &Hierarchy<'_>) -> Option<u32> {
        let port = match self.fronts.as_slice() {
            &[only] => only,
            fronts => fronts.iter().copied().min()?,
        };
        if let [only] = self.fronts.as_mut_slice() {
            *only = hierarchy.parent(port);
            if *only == ROOT {
                self.fronts.clear();
            }
        } else {
            self.fronts.retain(|&front| front != port);
            let parent = hierarchy.parent(port);
            if parent != ROOT && !self.fronts.contains(&parent) {
                self.fronts.push(parent);
            }
        }
        self.passed.push(port);
        Some(port)
    }
    /// Searches from the seeds to the root; `visit` is given each port with its label, and says whether to relax its arcs.
    pub(crate) fn run(
        &mut self,
        hierarchy: &Hierarchy<'_>,
        graph: &UpwardGraph,
        seeds: &[Seed],
        mut visit: impl FnMut(u32, Weight) -> bool,
    ) {
        self.begin(hierarchy, seeds);
        while let Some(port) = self.next(hierarchy) {
            let weight = self.weights[port as usize];
            if weight.is_finite() && visit(port, weight) {
                for arc in graph.at(port) {
                    self.lower(arc.head, weight.plus(arc.weight()), port);
                }
            }
        }
    }
    /// The label of a port in the last search.
    #[inline]
    pub(crate) fn weight(&self, port: u32) -> Weight {
        self.weights[port as usize]
    }
    /// The path by which a port was reached, from it down to the seed: pairs of (lower port, higher port), and the seed's number.
    pub(crate) fn path_down(&self, port: u32) -> (Vec<(u32, u32)>, usize) {
        let mut path = Vec::new();
        let mut here = port;
        loop {
            let from = self.from[here as usize];
            if from & SEED != 0 {
                return (path, (from & !SEED) as usize);
            }
            path.push((from, here));
            here = from;
        }
    }
}
