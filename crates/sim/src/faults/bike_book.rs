//! What riders, crews and operators can hold a bikes region to: the rules of `crate::bikes`, entered event by event.

use super::around::Book;
use super::promise::Promise;
use crate::bikes::{Books, Breach};
use paceline_engine::bikes::Recorded;
use paceline_engine::ledger::Entry;
use paceline_model::Instant;

/// The books of a bikes region.
pub(super) struct BikeBook(pub(super) Books);

impl Book<Recorded> for BikeBook {
    fn enter(&mut self, at: Instant, event: &Recorded) -> Result<(), (Promise, String)> {
        match event {
            Entry::Event(event) => self.0.enter(at, event).map_err(promise),
            Entry::Reply(_) => Ok(()),
        }
    }

    /// Orders that crews have had for too long. What nobody can do may wait for ever.
    fn under_way(&self) -> usize {
        self.0.stuck()
    }
}

fn promise(breach: Breach) -> (Promise, String) {
    match breach {
        Breach::Bikes(what) => (Promise::Bikes, what),
        Breach::Orders(what) => (Promise::WorkOrders, what),
    }
}
