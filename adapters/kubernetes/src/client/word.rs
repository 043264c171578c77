//! What comes to the rounds.

use crate::cluster::{Change, PodKey, Version};
use std::sync::Arc;

/// Something for the rounds.
#[derive(Debug)]
pub(super) enum Word {
    /// The server said something.
    Said(Change),
    /// Something was carried out, or could not be.
    Carried(Outcome),
    /// This process leads from now on, in the term of this number.
    Leads(i32),
}

/// A pod with its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) pod: PodKey,
    pub(super) uid: Arc<str>,
}

/// Claims, with as of when the server has what was written of them.
pub(super) type Written = Vec<(PodKey, Version)>;

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is done.
    Done {
        /// Claims that were given devices.
        written: Written,
    },
    /// It could not be done for these: what was decided of them holds no more.
    Failed(Vec<Subject>),
}
