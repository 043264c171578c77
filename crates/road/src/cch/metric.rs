//! A metric is a value: what driving each edge takes, and the hierarchy's arcs weighed by it. Immutable and shared, so that a
//! tick uses one from start to end while the next is being customised.
//!
//! How arcs are weighed is in `bottom_up` and `perfect`.

use super::bottom_up::{bottom_up, partly};
use super::layout::Hierarchy;
use super::perfect::{Customisation, UpwardGraphs, upward_graphs};
use super::weight::Arcs;
use crate::leg::{EdgeId, Leg};
use paceline_model::Millis;
use std::num::NonZeroUsize;
use std::sync::OnceLock;

/// Times, lengths and efforts of all edges, ready for questions.
#[derive(Clone, Debug)]
pub struct Metric {
    weights: Vec<Leg>,
    customisation: Customisation,
    pub(crate) arcs: Arcs,
    pub(crate) upward: UpwardGraphs,
    digest: OnceLock<u64>,
    closes: bool,
}

impl Metric {
    /// Customises for new weights of all edges. A closed edge is [`Leg::UNREACHABLE`].
    pub(crate) fn new(
        hierarchy: &Hierarchy<'_>,
        mut weights: Vec<Leg>,
        customisation: Customisation,
        threads: NonZeroUsize,
    ) -> Self {
        weights.iter_mut().for_each(|leg| *leg = lasting(*leg));
        let mut arcs = Arcs::unweighed(hierarchy.arcs());
        bottom_up(hierarchy, &weights, &mut arcs, threads);
        let upward = upward_graphs(hierarchy, &arcs, customisation, threads);
        let closes = any_closed(&weights);
        Self { weights, customisation, arcs, upward, digest: OnceLock::new(), closes }
    }
    /// The metric after a change of some edges: only ports whose arcs may differ are customised again.
    pub(crate) fn changed(
        &self,
        hierarchy: &Hierarchy<'_>,
        changes: &[(EdgeId, Leg)],
        threads: NonZeroUsize,
    ) -> Self {
        let mut weights = self.weights.clone();
        let mut arcs = self.arcs.clone();
        let mut dirty = vec![false; hierarchy.ports()];
        for &(edge, leg) in changes {
            weights[edge.index()] = lasting(leg);
            hierarchy.arcs_of(edge.0).for_each(|(from, head)| dirty[from.min(head) as usize] = true);
        }
        partly(hierarchy, &weights, &mut arcs, &mut dirty);
        let upward = upward_graphs(hierarchy, &arcs, self.customisation, threads);
        let closes = any_closed(&weights);
        Self { weights, customisation: self.customisation, arcs, upward, digest: OnceLock::new(), closes }
    }
    /// What driving each edge takes.
    pub fn weights(&self) -> &[Leg] {
        &self.weights
    }
    /// Whether any edge is closed. If none is, every place can be driven to from every other: an import leaves out streets that
    /// nobody may enter or leave.
    pub fn closes_any(&self) -> bool {
        self.closes
    }
    /// A checksum of the weights: metrics of one network with equal digests say the same of every edge. Computed when first needed:
    /// a pass over the weights, 64-bit FNV-1a by words.
    pub fn digest(&self) -> u64 {
        let fold = |hash: u64, word: u32| (hash ^ u64::from(word)).wrapping_mul(0x0100_0000_01b3);
        let leg = |hash, leg: &Leg| [leg.time.0, leg.distance.0, leg.effort.0].into_iter().fold(hash, fold);
        *self.digest.get_or_init(|| self.weights.iter().fold(0xcbf2_9ce4_8422_2325, leg))
    }
    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        size_of_val(self.weights.as_slice()) + self.arcs.bytes() + self.upward.bytes()
    }
}

fn any_closed(weights: &[Leg]) -> bool {
    weights.iter().any(|leg| !leg.is_reachable())
}

/// Every edge takes some time, so that no drive goes in circles for nothing.
fn lasting(leg: Leg) -> Leg {
    Leg { time: leg.time.max(Millis(1)), ..leg }
}
