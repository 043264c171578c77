//! What owners of workloads can hold an edge region to: the rules of `crate::edge`, entered event by event.

use super::around::Book;
use super::promise::Promise;
use crate::edge::Books;
use paceline_engine::edge::Recorded;
use paceline_engine::ledger::Entry;
use paceline_model::Instant;

/// The books of an edge region.
#[derive(Default)]
pub(super) struct EdgeBook(pub(super) Books);

impl Book<Recorded> for EdgeBook {
    fn enter(&mut self, _: Instant, event: &Recorded) -> Result<(), (Promise, String)> {
        match event {
            Entry::Event(event) => {
                self.0.enter(event).map_err(|broken| (Promise::Placement, broken.to_string()))
            }
            Entry::Reply(_) => Ok(()),
        }
    }

    /// Workloads stay until they are called off; a run ends with some of them placed.
    fn under_way(&self) -> usize {
        0
    }
}
