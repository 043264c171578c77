//! What can happen around an edge region, each at a time of its own.

use paceline_model::Instant;
use paceline_model::edge::{NodeReport, WorkloadId};

/// How long a workload stays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stay {
    /// To the end.
    Always,
    /// As long as chance has it; the next one of its demand follows.
    AWhile,
    /// Until then.
    Until(Instant),
}

/// An appointment; a box is meant by its place.
pub(super) enum Wake {
    /// A box measures and reports.
    Measure(usize),
    /// What a box said arrives.
    Arrive(Box<NodeReport>),
    /// The link of a box goes down, or comes back.
    Link(usize, bool),
    /// The fan of a box stops, or turns again.
    Fan(usize, bool),
    /// A box measures its signal.
    Signal(usize),
    /// A workload is asked for, by the place of its demand.
    Ask { demand: usize, stay: Stay },
    /// A workload ends.
    Leave(WorkloadId),
}
