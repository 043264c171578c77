//! What this server has to do with a region.

use crate::table::Term;
use paceline_model::ServerId;

/// Where a region stands that is or was this server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// It was asked for.
    Claiming,
    /// It is this server's in this term, and its log is being read.
    Opening(Term),
    /// It runs.
    Running(Term),
    /// It is to end: given up in this term, to an heir or to whoever wants it; `None`: it is somebody else's already.
    Closing(Option<(Term, Option<ServerId>)>),
    /// It has ended and is being given up.
    Releasing,
}

/// A region that is replayed here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Following {
    /// All that there was has been.
    pub(super) caught_up: bool,
    /// It is to move here, as of the last reading.
    pub(super) to_move: bool,
}
