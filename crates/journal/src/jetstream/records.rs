//! Records read back a message at a time, each held against its checksum, the one before it and the head.

use super::message::decode_group;
use super::session::{Head, Session};
use crate::error::{Damage, JournalError};
use crate::format::{Chain, End};
use crate::log::Records;
use crate::server::Sealed;
use crate::{Record, Seq, Warning};
use std::path::PathBuf;
use std::vec::IntoIter;

/// Reads up to where the log ended when that began.
#[derive(Debug)]
pub(super) struct Reading {
    session: Session,
    /// Those up to it are passed over.
    after: Seq,
    /// The record that comes next. 0: whichever is the first.
    next: Seq,
    end: End,
    /// The number of the stream's last message that belongs to it.
    last: u64,
    /// The number from which the next message is looked for.
    from: u64,
    before: Option<Chain>,
    group: IntoIter<Sealed>,
    /// Where each message ended: its number, and its last record.
    pub(super) messages: Vec<(u64, Seq)>,
    ended: bool,
}

impl Reading {
    /// Reads what follows `after`, or all, of which what follows `wanted` must be there. Errors: `Missing`.
    pub(super) fn begin(
        session: Session,
        after: Option<Seq>,
        wanted: Option<Seq>,
        head: &Head,
    ) -> Result<Self, JournalError> {
        let mut reading = Self {
            session,
            after: after.unwrap_or_default(),
            next: Seq(0),
            end: head.end,
            last: head.last,
            from: 1,
            before: None,
            group: Vec::new().into_iter(),
            messages: Vec::new(),
            ended: false,
        };
        reading.fetch()?;
        let first = reading.group.as_slice().first().map(|record| record.seq);
        let wanted = after.or(wanted).map(Seq::next);
        match (first, wanted) {
            (None, Some(wanted)) if wanted <= head.end.last => return Err(reading.missing(wanted, Seq(0))),
            (Some(first), Some(wanted)) if first > wanted => return Err(reading.missing(wanted, first)),
            (None, _) => reading.ended = true,
            (Some(first), _) => reading.next = first,
        }
        reading.before = (reading.next == Seq(1)).then_some(Chain::START);
        Ok(reading)
    }

    /// Reads the next message. Errors: a length in it is damaged.
    fn fetch(&mut self) -> Result<(), JournalError> {
        let (stream, subject) = (self.session.log.records(), self.session.log.record_subject("group"));
        let message = self.session.first_of(stream, subject, self.from)?;
        let Some(message) = message.filter(|message| message.sequence <= self.last) else { return Ok(()) };
        let group = decode_group(&message.payload).filter(|group| !group.is_empty());
        let group = group.ok_or_else(|| self.session.damaged("record", self.next, Damage::Length))?;
        self.from = message.sequence + 1;
        self.messages.push((message.sequence, group.last().map_or(self.next, |record| record.seq)));
        self.group = group.into_iter();
        Ok(())
    }

    fn read(&mut self) -> Result<Option<Record>, JournalError> {
        while !self.ended {
            if self.group.as_slice().is_empty() {
                self.fetch()?;
            }
            let sealed = self.group.next().ok_or_else(|| self.missing(self.next, Seq(0)))?;
            let record = self.check(sealed)?;
            if record.seq > self.after {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn check(&mut self, sealed: Sealed) -> Result<Record, JournalError> {
        let wanted = self.next;
        let end = sealed.end();
        let damaged = |damage| self.session.damaged("record", wanted, damage);
        if end.last != wanted {
            return Err(damaged(Damage::Number));
        }
        let record = sealed.open(self.before).map_err(damaged)?;
        if end.last == self.end.last && end != self.end {
            return Err(damaged(Damage::Chain));
        }
        self.before = Some(end.chain);
        self.next = wanted.next();
        self.ended = wanted == self.end.last;
        Ok(record)
    }

    fn missing(&self, wanted: Seq, found: Seq) -> JournalError {
        JournalError::Missing { dir: PathBuf::from(&self.session.log.name), wanted, found }
    }
}

impl Iterator for Reading {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose();
        self.ended |= matches!(read, Some(Err(_)) | None);
        read
    }
}

impl Records for Reading {
    fn warnings(&self) -> &[Warning] {
        &[]
    }
}
