//! What must hold in an edge region, judged from what was published alone: specs and events, and nothing of engine or solver. Used by every
//! run of a scene and by the simulator of faults.
//!
//! Rules: nothing of a node is given twice (CPU, memory, PCIe bandwidth, shares and memory of each GPU); a replica is in one place at a time; it
//! goes only where health, trust, taints, labels and hardware let it, as a variant that its workload allows; replicas stay spread as they are
//! placed; nothing leaves a node without a reason that was published, and nothing is evicted but by the loss of its GPU; a gang is placed
//! whole; no variant runs where the scene forbids it.

mod books;
mod placing;

pub(crate) use books::Books;

use paceline_model::edge::Precision;

/// A variant that may not run where a label has a value.
#[derive(Clone, Debug)]
pub(crate) struct Ban {
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) model: String,
    pub(crate) precision: Precision,
}

/// A rule that was broken, and how, in words.
pub(crate) type Judged = Result<(), String>;

pub(super) fn holds(is_so: bool, what: impl FnOnce() -> String) -> Judged {
    if is_so { Ok(()) } else { Err(what()) }
}
