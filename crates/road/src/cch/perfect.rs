//! From weighed arcs to what questions read: the arcs upwards from each port, for drives that leave it and for drives that
//! come to it, without those that lead nowhere; after a perfect customisation also without those that a detour beats.
//!
//! Perfect customisation runs top down: an arc is the fastest way between its ends unless a way over a higher port is faster.
//! Source: Dibbelt, Strasser, Wagner, ACM JEA 21, 2016, section 5.3.

use super::layout::Hierarchy;
use super::metric::Customisation;
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
    _threads: NonZeroUsize,
) -> Climbs {
    let best = (customisation == Customisation::Perfect).then(|| top_down(hierarchy, arcs));
    let needed = |arc: usize, pick: fn(&Both) -> Weight| {
        let weight = pick(&arcs[arc]);
        weight.is_finite() && best.as_ref().is_none_or(|best| pick(&best[arc]) == weight)
    };
    let slope = |pick: fn(&Both) -> Weight| {
        let mut slope = Slope::with_room(hierarchy.ports(), hierarchy.arcs() / 2);
        for port in 0..hierarchy.ports() {
            for arc in hierarchy.up(port).filter(|&arc| needed(arc, pick)) {
                slope.push(pick(&arcs[arc]), hierarchy.up_heads[arc]);
            }
            slope.close();
        }
        slope
    };
    Climbs { leaving: slope(|both| both.up), coming: slope(|both| both.down) }
}

/// The fastest drive between the ends of every arc.
fn top_down(hierarchy: &Hierarchy<'_>, arcs: &[Both]) -> Vec<Both> {
    let mut best = arcs.to_vec();
    for port in (0..hierarchy.ports()).rev() {
        descend(hierarchy, port, &mut best);
    }
    best
}

/// Lowers the arcs of one port by ways over its higher neighbours, which are done.
fn descend(hierarchy: &Hierarchy<'_>, port: usize, best: &mut [Both]) {
    let up = hierarchy.up(port);
    for low in up.clone() {
        // The arcs between this neighbour and the higher ones are arcs of this neighbour.
        let mut upper = hierarchy.up(hierarchy.up_heads[low] as usize);
        for high in low + 1..up.end {
            let head = hierarchy.up_heads[high];
            let Some(between) = upper.find(|&arc| hierarchy.up_heads[arc] == head) else { break };
            let over = best[between];
            let (mut near, mut far) = (best[low], best[high]);
            far.up.lower(near.up.plus(over.up));
            far.down.lower(over.down.plus(near.down));
            near.up.lower(far.up.plus(over.down));
            near.down.lower(over.up.plus(far.down));
            (best[low], best[high]) = (near, far);
        }
    }
}
