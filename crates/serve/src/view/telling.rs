//! What a kind of region tells of the moment, beside its changes.

use super::reader::Shown;
use crate::kind::ReadModel;
use crate::stream::Stream;
use paceline_engine::ledger::{Change, World};
use std::time::Duration;

/// What is told of the moment, and counted for it.
pub(crate) trait Moments<M: ReadModel>: Send + Sync {
    /// A change is told.
    fn on_change(&self, change: &Change<<M::World as World>::Recorded>);
    /// A round is over.
    fn on_round(&self, degraded: bool, took: Duration);
    /// Time to publish, and to set what is measured.
    fn publish(&self, shown: &Shown<M>, stream: &Stream);
}
