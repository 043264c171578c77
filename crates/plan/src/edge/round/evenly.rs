//! Lets replicas only where they stand evenly.

use super::problem::Spread;
use crate::edge::placement::{Beside, NodeRow};

/// Spreads as they stand during a look, each with what would then be in its domains, and in the emptiest.
pub(super) struct Evenly<'a>(Vec<(&'a Spread, Vec<u32>, u32)>);

impl<'a> Evenly<'a> {
    /// The spreads of one workload; `None` if it has none.
    pub(super) fn of(all: &'a [Spread], rows: &[usize]) -> Option<Self> {
        Self::after(all, rows, &[])
    }

    /// The same once some replicas have gone, and others have come (`true`).
    pub(super) fn after(all: &'a [Spread], rows: &[usize], changes: &[(NodeRow, bool)]) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let of = |row: &usize| {
            let spread = &all[*row];
            let mut counts = spread.counts.clone();
            for (node, comes) in changes {
                let Some(domain) = spread.domain(*node) else { continue };
                counts[domain] = if *comes { counts[domain] + 1 } else { counts[domain].saturating_sub(1) };
            }
            let emptiest = counts.iter().min().copied().unwrap_or(0);
            (spread, counts, emptiest)
        };
        Some(Self(rows.iter().map(of).collect()))
    }

    /// The skew that each spread would have to allow for one more on a node; `None`: it is in no domain of one.
    pub(super) fn skews(&self, node: NodeRow) -> Option<Vec<u32>> {
        let skew = |(spread, counts, emptiest): &(&Spread, Vec<u32>, u32)| {
            spread.domain(node).map(|domain| counts[domain] + 1 - emptiest)
        };
        self.0.iter().map(skew).collect()
    }

    /// By how much these are more than is allowed, together.
    pub(super) fn excess(&self, node: NodeRow) -> Option<u32> {
        let skews = self.skews(node)?;
        Some(skews.iter().zip(&self.0).map(|(skew, (spread, ..))| skew.saturating_sub(spread.max_skew)).sum())
    }
}

impl Beside for Evenly<'_> {
    fn admits(&self, node: NodeRow) -> bool {
        self.0.iter().all(|(spread, counts, emptiest)| spread.admits_with(node, counts, *emptiest))
    }
}
