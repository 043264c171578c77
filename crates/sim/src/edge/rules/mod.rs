//! What must hold in an edge region, judged from what was published alone: specs and events, and nothing of engine or solver. Used by every
//! run of a scene and by the simulator of faults.
//!
//! Rules: nothing of a node is given twice (CPU, memory, PCIe bandwidth, room for files, shares and memory or slots of each GPU); a replica is in one place at a time; it
//! goes only where health, trust, taints, labels and hardware let it, as a variant that its workload allows; replicas stay spread as they are
//! placed; who is asked for proofs has work only while one is fresh, and none once it has failed until a proof and an operator have let it in; nothing leaves a node without a reason that was published, and nothing is evicted but by the loss of its GPU; a gang is placed
//! whole; no variant runs where the scene forbids it; a move for its own sake is one that was asked for, of nothing that must be single or whole.

mod books;
mod defragmentation;
mod placing;
mod trust;

pub(crate) use books::Books;

use std::fmt;

/// A rule that was broken, and how, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A variant runs where the scene forbids it.
    Forbidden(String),
    /// Any other.
    Rule(String),
}

impl Broken {
    /// The same rule, with more said around it.
    fn said(self, more: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Forbidden(what) => Self::Forbidden(more(&what)),
            Self::Rule(what) => Self::Rule(more(&what)),
        }
    }
}

impl From<String> for Broken {
    fn from(what: String) -> Self {
        Self::Rule(what)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Forbidden(what) | Self::Rule(what)) = self;
        f.write_str(what)
    }
}

/// Errors: the rule that is broken.
pub(crate) type Judged<T = ()> = Result<T, Broken>;

fn holds(is_so: bool, what: impl FnOnce() -> String) -> Judged {
    if is_so { Ok(()) } else { Err(what().into()) }
}
