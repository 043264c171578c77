//! When to look at nodes again that nobody speaks of: whether they have fallen silent, and whether a proof is overdue. Derived from the world and
//! what nodes report, and part of neither.

use crate::silence::SilenceTimers;
use paceline_model::edge::NodeId;

/// One timer of each kind for each node that is waited for.
#[derive(Default)]
pub(super) struct Timers {
    pub(super) silence: SilenceTimers<NodeId>,
    pub(super) proof: SilenceTimers<NodeId>,
}
