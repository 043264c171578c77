//! What a round says of each pod.

use super::why::Why;
use crate::cluster::{Allotment, Name, PodKey};
use std::sync::Arc;

/// What is to become of a pod.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// It runs there.
    Bind {
        /// On which node.
        node: Name,
        /// What its claims get that have no devices yet.
        devices: Vec<Allotment>,
    },
    /// No node takes it.
    Wait(Why),
    /// No node takes it, but one will once these have ended.
    MakeRoom {
        /// On which node.
        node: Name,
        /// Who ends.
        victims: Vec<PodKey>,
        /// Why no node takes it as it is.
        why: Why,
    },
}

/// A decision with the pod that it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The pod.
    pub pod: PodKey,
    /// Its identity.
    pub uid: Arc<str>,
    /// What is to become of it.
    pub decision: Decision,
}

/// What came of a round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Round {
    /// In the order in which they were made.
    pub decided: Vec<Decided>,
    /// Whether somebody was left for the next round.
    pub has_more: bool,
}
