//! What the solver is told the world for.

use crate::edge::row::WorkloadRow;
use crate::edge::world::Edge;
use paceline_model::edge::WorkloadIdx;

/// Whether replicas are to be placed, or it is only asked what would become of them.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    /// A round.
    Round,
    /// What would help replicas of a workload that is known.
    Known,
    /// What would become of a workload that is not.
    Supposed(&'a WorkloadRow),
    /// What would be worth moving of all that runs.
    Moves,
}

impl<'a> About<'a> {
    /// By which a workload goes that is in no table.
    pub(super) fn supposed_idx() -> WorkloadIdx {
        WorkloadIdx::from_parts(u32::MAX, u32::MAX)
    }

    /// The workload that is not known.
    pub(super) fn supposed(self) -> Option<&'a WorkloadRow> {
        match self {
            Self::Supposed(row) => Some(row),
            Self::Round | Self::Known | Self::Moves => None,
        }
    }

    /// A workload that is known, or the one that is supposed to be.
    pub(super) fn row(self, world: &'a Edge, idx: WorkloadIdx) -> Option<&'a WorkloadRow> {
        world.workloads.get(idx).or_else(|| self.supposed().filter(|_| idx == Self::supposed_idx()))
    }

    /// Whether it is only asked.
    pub(super) fn is_question(self) -> bool {
        !matches!(self, Self::Round)
    }
}
