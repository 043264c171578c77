//! What can happen around an edge region, each at a time of its own.

use paceline_model::edge::{NodeReport, WorkloadId};

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
    /// A workload is asked for, by the place of its demand; with `again` the next one follows.
    Ask { demand: usize, again: bool },
    /// A workload ends.
    Leave(WorkloadId),
}
