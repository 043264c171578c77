//! From weighed arcs to what questions read: the arcs upwards from each port, for drives that leave it and for drives that
//! come to it, without those that lead nowhere; after a perfect customisation also without those that a detour beats.
//!
//! Perfect customisation runs top down: an arc is the fastest way between its ends unless a way over a higher port is faster.
//! Source: Dibbelt, Strasser, Wagner, ACM JEA 21, 2016, section 5.3.

use super::layout::Hierarchy;
use super::metric::{Customisation, Run, Shares, run_shares};
use super::order::join;
use super::weight::{Both, Weight};
use std::num::NonZeroUsize;

/// One arc upwards.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Climb {
    pub(crate) key: i64,
    pub(crate) effort: u32,
    pub(crate) head: u32,
}

impl Climb {
    #[inline]
    pub(crate) fn weight(self) -> Weight {
        Weight { key: self.key, effort: self.effort }
    }
}

/// Arcs upwards by port.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slope {
    first: Vec<u32>,
    arcs: Vec<Climb>,
}

impl Slope {
    #[inline]
    pub(crate) fn at(&self, port: u32) -> &[Climb] {
        &self.arcs[self.first[port as usize] as usize..self.first[port as usize + 1] as usize]
    }
    fn with_room(ports: usize, arcs: usize) -> Self {
        let mut slope = Self { first: Vec::with_capacity(ports + 1), arcs: Vec::with_capacity(arcs) };
        slope.first.push(0);
        slope
    }
    fn push(&mut self, weight: Weight, head: u32) {
        self.arcs.push(Climb { key: weight.key, effort: weight.effort, head });
    }
    fn close(&mut self) {
        self.first.push(self.arcs.len() as u32);
    }
}

/// Both slopes of a metric.
#[derive(Clone, Debug, Default)]
pub(crate) struct Climbs {
    /// For drives that leave: from the port to its higher neighbours.
    pub(crate) leaving: Slope,
    /// For drives that come: from the higher neighbours to the port.
    pub(crate) coming: Slope,
}

impl Climbs {
    pub(crate) fn bytes(&self) -> usize {
        let of = |slope: &Slope| size_of_val(slope.first.as_slice()) + size_of_val(slope.arcs.as_slice());
        of(&self.leaving) + of(&self.coming)
    }
}

/// What questions read of weighed arcs.
pub(super) fn climbs(
    hierarchy: &Hierarchy<'_>,
    arcs: &[Both],
    customisation: Customisation,
    threads: NonZeroUsize,
) -> Climbs {
    let best = (customisation == Customisation::Perfect).then(|| top_down(hierarchy, arcs, threads));
    let best = best.as_deref();
    if threads.get() == 1 {
        let leaving = slope(hierarchy, arcs, best, |both| both.up);
        return Climbs { leaving, coming: slope(hierarchy, arcs, best, |both| both.down) };
    }
    std::thread::scope(|scope| {
        let leaving = scope.spawn(|| slope(hierarchy, arcs, best, |both| both.up));
        let coming = slope(hierarchy, arcs, best, |both| both.down);
        Climbs { leaving: join(leaving), coming }
    })
}

/// The arcs of one sense that lead somewhere and that, if the `best` are known, no detour beats.
fn slope(
    hierarchy: &Hierarchy<'_>,
    arcs: &[Both],
    best: Option<&[Both]>,
    pick: impl Fn(&Both) -> Weight,
) -> Slope {
    let mut slope = Slope::with_room(hierarchy.ports(), hierarchy.arcs());
    for port in 0..hierarchy.ports() {
        for arc in hierarchy.up(port) {
            let weight = pick(&arcs[arc]);
            if weight.is_finite() && best.is_none_or(|best| pick(&best[arc]) == weight) {
                slope.push(weight, hierarchy.up_heads[arc]);
            }
        }
        slope.close();
    }
    slope.arcs.shrink_to_fit();
    slope
}

/// The fastest drive between the ends of every arc. Above the subtrees one thread; then a thread per share of subtrees.
fn top_down(hierarchy: &Hierarchy<'_>, arcs: &[Both], threads: NonZeroUsize) -> Vec<Both> {
    let mut best = arcs.to_vec();
    let shares = Shares::of(hierarchy, threads);
    for &port in shares.above.iter().rev() {
        descend(hierarchy, port, &mut best, 0, &[]);
    }
    if shares.subtrees.is_empty() {
        return best;
    }
    let above = best.clone();
    let work = |runs: Vec<Run<'_>>| {
        for run in runs {
            let base = hierarchy.up(run.ports.0).start;
            for port in (run.ports.0..=run.ports.1).rev() {
                descend(hierarchy, port, run.arcs, base, &above);
            }
        }
    };
    run_shares(shares.runs(hierarchy, &mut best, threads), work);
    best
}

/// Lowers the arcs of one port by ways over its higher neighbours, which are done. `best` begins with arc number `base`;
/// arcs that it does not hold are read in `above`.
fn descend(hierarchy: &Hierarchy<'_>, port: usize, best: &mut [Both], base: usize, above: &[Both]) {
    let up = hierarchy.up(port);
    for low in up.clone() {
        // The arcs between this neighbour and the higher ones are arcs of this neighbour, in the same order.
        let mut upper = hierarchy.up(hierarchy.up_heads[low] as usize);
        for high in low + 1..up.end {
            let head = hierarchy.up_heads[high];
            let Some(between) = upper.find(|&arc| hierarchy.up_heads[arc] == head) else { break };
            let over = *best.get(between.wrapping_sub(base)).unwrap_or_else(|| &above[between]);
            let (mut near, mut far) = (best[low - base], best[high - base]);
            far.up.lower(near.up.plus(over.up));
            far.down.lower(over.down.plus(near.down));
            near.up.lower(far.up.plus(over.down));
            near.down.lower(over.up.plus(far.down));
            (best[low - base], best[high - base]) = (near, far);
        }
    }
}
