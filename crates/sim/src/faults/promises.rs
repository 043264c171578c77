//! What must hold, whatever fails. Written from what riders, vehicles and operators are promised, and judged by what was said to them:
//! the engine is not asked.

use super::fleet_book::FleetBook;
use super::promise::Promise;
use paceline_engine::Change;
use paceline_model::{Answer, Command, Event, Instant};
use std::collections::BTreeMap;

/// What was said so far, and what follows from it.
#[derive(Default)]
pub(super) struct Promises {
    /// All that was published or could be read back, by version from 1.
    history: Vec<(Instant, Event)>,
    book: FleetBook,
    /// The newest version that anybody was told of.
    told: u64,
    answers: BTreeMap<u64, Answer>,
}

/// One event of a journal with its version.
pub(super) struct Stored {
    pub(super) version: u64,
    pub(super) at: Instant,
    pub(super) event: Event,
}

type Judged = Result<(), (Promise, String)>;

impl Promises {
    /// Something is published.
    pub(super) fn publish(&mut self, change: &Change) -> Judged {
        self.told = self.told.max(change.version.0);
        self.know(change.version.0, change.at, &change.event)
    }

    /// A command is answered.
    pub(super) fn reply(&mut self, call: u64, command: &Command, answer: &Answer) -> Judged {
        if let Some(before) = self.answers.insert(call, answer.clone())
            && before != *answer
        {
            let what = format!("call {call} was answered {before:?}, then {answer:?}");
            return Err((Promise::OneEffect, what));
        }
        let Ok(receipt) = answer else { return Ok(()) };
        self.told = self.told.max(receipt.version.0);
        match command {
            Command::PlaceOrder(spec) if !self.book.knows(&spec.id) => {
                Err((Promise::Kept, format!("{} was acknowledged and is not there", spec.id)))
            }
            _ => Ok(()),
        }
    }

    /// The process has started again at this version, with these events in its journal.
    pub(super) fn restarted(&mut self, version: u64, journal: &[Stored]) -> Judged {
        if version < self.told {
            let what = format!("{} was told and the journal ends at {version}", self.told);
            return Err((Promise::Kept, what));
        }
        journal.iter().try_for_each(|stored| self.know(stored.version, stored.at, &stored.event))?;
        match self.history.len() as u64 == version {
            true => Ok(()),
            false => Err((
                Promise::Kept,
                format!("the world is at {version}, its events at {}", self.history.len()),
            )),
        }
    }

    /// All events there ever were.
    pub(super) fn history(&self) -> &[(Instant, Event)] {
        &self.history
    }

    pub(super) fn under_way(&self) -> usize {
        self.book.under_way()
    }

    fn know(&mut self, version: u64, at: Instant, event: &Event) -> Judged {
        let known = self.history.len() as u64;
        if version == known + 1 {
            self.history.push((at, event.clone()));
            return self.book.enter(event);
        }
        let before = self.history.get((version as usize).wrapping_sub(1));
        match before {
            Some((then, before)) if before == event && *then == at => Ok(()),
            Some((_, before)) => Err((Promise::Kept, format!("{version} was {before:?} and is {event:?}"))),
            None => Err((Promise::Kept, format!("{version} came after {known}"))),
        }
    }
}
