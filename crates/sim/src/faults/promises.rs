//! What must hold, whatever fails. Written from what riders, vehicles, owners of workloads and operators are promised, and judged by what was said to them:
//! the engine is not asked.

use super::around::{Around, Book, CommandOf, RecordedOf, RefusalOf};
use super::promise::Promise;
use paceline_engine::ledger::Change;
use paceline_model::{Answer, Instant};
use std::collections::BTreeMap;

/// What was said so far, and what follows from it.
pub(super) struct Promises<A: Around> {
    /// All that was published or could be read back, by version from 1.
    history: Vec<(Instant, RecordedOf<A>)>,
    book: A::Book,
    /// The newest version that anybody was told of.
    told: u64,
    answers: BTreeMap<u64, Answer<RefusalOf<A>>>,
}

/// One event of a journal with its version.
pub(super) struct Stored<R> {
    pub(super) version: u64,
    pub(super) at: Instant,
    pub(super) event: R,
}

type Judged = Result<(), (Promise, String)>;

impl<A: Around> Promises<A> {
    /// Nothing was said yet.
    pub(super) fn new(book: A::Book) -> Self {
        Self { history: Vec::new(), book, told: 0, answers: BTreeMap::new() }
    }

    /// Something is published.
    pub(super) fn publish(&mut self, change: &Change<RecordedOf<A>>) -> Judged {
        self.told = self.told.max(change.version.0);
        self.know(change.version.0, change.at, &change.event)
    }

    /// A command is answered.
    pub(super) fn reply(
        &mut self,
        call: u64,
        command: &CommandOf<A>,
        answer: &Answer<RefusalOf<A>>,
    ) -> Judged {
        if let Some(before) = self.answers.insert(call, answer.clone())
            && before != *answer
        {
            let what = format!("call {call} was answered {before:?}, then {answer:?}");
            return Err((Promise::OneEffect, what));
        }
        let Ok(receipt) = answer else { return Ok(()) };
        self.told = self.told.max(receipt.version.0);
        match A::missing(&self.book, command) {
            Some(what) => Err((Promise::Kept, format!("{what} was acknowledged and is not there"))),
            None => Ok(()),
        }
    }

    /// The process has started again at this version, with these events in its journal.
    pub(super) fn restarted(&mut self, version: u64, journal: &[Stored<RecordedOf<A>>]) -> Judged {
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
    pub(super) fn history(&self) -> &[(Instant, RecordedOf<A>)] {
        &self.history
    }

    pub(super) fn under_way(&self) -> usize {
        self.book.under_way()
    }

    /// The world against the books: all of its events are in them.
    pub(super) fn agree(&self, world: &A::World) -> Judged {
        A::differs(&self.book, world).map_or(Ok(()), Err)
    }

    /// Nothing is under way any more.
    pub(super) fn has_come_right(&self, now: Instant) -> Judged {
        A::unsettled(&self.book, now).map_or(Ok(()), Err)
    }

    fn know(&mut self, version: u64, at: Instant, event: &RecordedOf<A>) -> Judged {
        let known = self.history.len() as u64;
        if version == known + 1 {
            self.history.push((at, event.clone()));
            return self.book.enter(at, event);
        }
        let before = self.history.get((version as usize).wrapping_sub(1));
        match before {
            Some((then, before)) if before == event && *then == at => Ok(()),
            Some((_, before)) => Err((Promise::Kept, format!("{version} was {before:?} and is {event:?}"))),
            None => Err((Promise::Kept, format!("{version} came after {known}"))),
        }
    }
}
