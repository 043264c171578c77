//! Many to many: one upward search per source, then one downward sweep for eight sources at a time, over the ports above any
//! destination.
//!
//! Source: Delling, Goldberg, Werneck, *Faster batched shortest paths in road networks*, ATMOS 2011 (RPHAST), on the upward
//! graphs of a customised hierarchy. Eight sources share the walk over the arcs, and their labels lie side by side for the vector unit.

use super::nearest_query::Direction;
use super::targets::Targets;
use crate::cch::{UpwardSearch, Weight};
use crate::leg::{Leg, RoadPoint};
use crate::network::Roads;
use crate::threads::on_threads;
use std::num::NonZeroUsize;

/// Sources that share one downward sweep.
const LANES: usize = 8;

/// The labels of one port for all lanes.
#[derive(Clone, Copy)]
struct Lanes {
    keys: [i64; LANES],
    efforts: [u32; LANES],
}

const EMPTY: Lanes = Lanes { keys: [Weight::NONE.key; LANES], efforts: [0; LANES] };

/// One arc of the part of the hierarchy above the destinations, driven downwards.
#[derive(Clone, Copy)]
struct DownwardArc {
    weight: Weight,
    /// Row of the higher port.
    from: u32,
}

/// The ports above the destinations, highest first, with their arcs: the restricted graph of RPHAST.
struct RestrictedGraph {
    /// Row of each port, or none.
    row: Vec<u32>,
    first: Vec<u32>,
    arcs: Vec<DownwardArc>,
    /// Rows and last steps of each destination.
    ends_first: Vec<u32>,
    ends: Vec<(u32, Weight)>,
}

impl Roads {
    /// The drives from all of `from` to all of `to`.
    ///
    /// Shape: `from.len()` × `to.len()`, row = from, column = to. Any number of threads gives the same.
    pub fn table(&self, from: &[RoadPoint], to: &[RoadPoint], threads: NonZeroUsize) -> Vec<Leg> {
        if to.is_empty() {
            return Vec::new();
        }
        let graph = RestrictedGraph::new(self, to);
        let targets = Targets::new(self, to);
        let batches: Vec<&[RoadPoint]> = from.chunks(LANES).collect();
        let each = batches.len().div_ceil(threads.get()).max(1);
        let rows = |thread: usize| {
            let mine = batches.chunks(each).nth(thread).unwrap_or_default();
            let mut search = UpwardSearch::default();
            let mut labels = vec![EMPTY; graph.first.len() - 1];
            mine.iter()
                .flat_map(|batch| self.rows(&graph, &targets, batch, &mut search, &mut labels))
                .collect::<Vec<Leg>>()
        };
        on_threads(threads, rows).concat()
    }
    fn rows(
        &self,
        graph: &RestrictedGraph,
        targets: &Targets,
        batch: &[RoadPoint],
        search: &mut UpwardSearch,
        labels: &mut [Lanes],
    ) -> Vec<Leg> {
        labels.fill(EMPTY);
        let hierarchy = self.hierarchy();
        for (lane, &source) in batch.iter().enumerate() {
            let seeds = self.seeds(source, Direction::FromSource);
            search.run(&hierarchy, &self.metric().upward.forward, &seeds, |port, weight| {
                if let Some(label) = labels.get_mut(graph.row[port as usize] as usize) {
                    label.keys[lane] = weight.key;
                    label.efforts[lane] = weight.effort;
                }
                true
            });
        }
        phast(graph, labels);
        let mut legs = Vec::with_capacity(batch.len() * targets.len());
        for (lane, &source) in batch.iter().enumerate() {
            let begin = legs.len();
            legs.extend((0..targets.len()).map(|target| graph.best(target, lane, labels)));
            for name in self.names(source) {
                targets.beside(self, name, Direction::FromSource, |target, weight| {
                    legs[begin + target as usize].lower(weight);
                });
            }
        }
        legs.into_iter().map(Weight::leg).collect()
    }
}

impl RestrictedGraph {
    fn new(roads: &Roads, to: &[RoadPoint]) -> Self {
        let hierarchy = roads.hierarchy();
        let ends: Vec<Vec<(u32, Weight)>> = to
            .iter()
            .map(|&place| roads.seeds(place, Direction::ToSource))
            .map(|seeds| seeds.iter().filter(|s| s.weight.is_finite()).map(|s| (s.port, s.weight)).collect())
            .collect();
        let above = hierarchy.ancestors(ends.iter().flatten().map(|&(port, _)| port));
        let mut row = vec![u32::MAX; hierarchy.ports()];
        let (mut first, mut arcs) = (vec![0], Vec::new());
        for port in (0..hierarchy.ports()).rev().filter(|&port| above[port]) {
            row[port] = first.len() as u32 - 1;
            let upward = roads.metric().upward.backward.at(port as u32).iter();
            arcs.extend(upward.map(|arc| DownwardArc { weight: arc.weight(), from: row[arc.head as usize] }));
            first.push(arcs.len() as u32);
        }
        let mut ends_first = vec![0];
        let mut rows = Vec::new();
        for of_one in ends {
            rows.extend(of_one.into_iter().map(|(port, weight)| (row[port as usize], weight)));
            ends_first.push(rows.len() as u32);
        }
        Self { row, first, arcs, ends_first, ends: rows }
    }
    #[inline]
    fn best(&self, target: usize, lane: usize, labels: &[Lanes]) -> Weight {
        let mut best = Weight::NONE;
        for &(row, weight) in
            &self.ends[self.ends_first[target] as usize..self.ends_first[target + 1] as usize]
        {
            let label = &labels[row as usize];
            best.lower(Weight { key: label.keys[lane], effort: label.efforts[lane] }.plus(weight));
        }
        best
    }
}

/// Lowers every label by the paths over higher ports, highest port first.
fn phast(graph: &RestrictedGraph, labels: &mut [Lanes]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code, reason = "the processor has what the function is compiled for")]
        // SAFETY: checked in the line above.
        unsafe {
            phast_avx2(graph, labels);
        }
        return;
    }
    phast_lanes(graph, labels);
}

/// The same code, compiled for wider vectors.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn phast_avx2(graph: &RestrictedGraph, labels: &mut [Lanes]) {
    phast_lanes(graph, labels);
}

#[inline(always)]
fn phast_lanes(graph: &RestrictedGraph, labels: &mut [Lanes]) {
    for row in 0..labels.len() {
        let mut best = labels[row];
        for arc in &graph.arcs[graph.first[row] as usize..graph.first[row + 1] as usize] {
            let from = &labels[arc.from as usize];
            for lane in 0..LANES {
                let key = from.keys[lane] + arc.weight.key;
                let effort = from.efforts[lane].wrapping_add(arc.weight.effort);
                let better = key < best.keys[lane] || (key == best.keys[lane] && effort < best.efforts[lane]);
                best.keys[lane] = if better { key } else { best.keys[lane] };
                best.efforts[lane] = if better { effort } else { best.efforts[lane] };
            }
        }
        labels[row] = best;
    }
}
