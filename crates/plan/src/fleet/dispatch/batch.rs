//! What one round of dispatching has before it.

use crate::policy::Policies;
use crate::rows::Demand;
use crate::snapshot::Snapshot;

/// What is matched: of the round's snapshot, the orders that earlier stages have left.
pub struct Batch<'a> {
    /// The round's snapshot.
    pub snapshot: &'a Snapshot,
    /// Orders that want a vehicle of their own, by row.
    pub orders: &'a [Demand],
    /// What it is decided by.
    pub policies: &'a Policies,
}
