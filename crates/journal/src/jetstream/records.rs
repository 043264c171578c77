//! Records read back a message at a time, each held against its checksum, the one before it and the head.

use super::message::decode_group;
use super::session::{Head, Session};
use crate::error::{Damage, JournalError};
use crate::log::Records;
use crate::server::{Position, Sealed};
use crate::{Record, Seq, Warning};
use std::path::PathBuf;
use std::vec::IntoIter;

/// Reads up to where the log ended when that began.
#[derive(Debug)]
pub(super) struct Reading {
    session: Session,
    /// Those up to it are passed over.
    after: Seq,
    at: Position,
    /// The number of the stream's last message that belongs to it.
    last: u64,
    /// The number from which the next message is looked for.
    from: u64,
    group: IntoIter<Sealed>,
    /// Where each message ended: its number, and its last record.
    pub(super) messages: Vec<(u64, Seq)>,
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
            // Whichever is the first.
            at: Position::before(Seq(0), head.end),
            last: head.last,
            from: 1,
            group: Vec::new().into_iter(),
            messages: Vec::new(),
        };
        reading.fetch()?;
        let first = reading.group.as_slice().first().map(|record| record.seq);
        let wanted = after.or(wanted).map(Seq::next);
        match (first, wanted) {
            (None, Some(wanted)) if wanted <= head.end.last => return Err(reading.missing(wanted, Seq(0))),
            (Some(first), Some(wanted)) if first > wanted => return Err(reading.missing(wanted, first)),
            (None, _) => reading.at.ended = true,
            (Some(first), _) => reading.at = Position::before(first, head.end),
        }
        Ok(reading)
    }

    /// Reads the next message. Errors: a length in it is damaged.
    fn fetch(&mut self) -> Result<(), JournalError> {
        let (stream, subject) = (self.session.log.records(), self.session.log.record_subject("group"));
        let message = self.session.first_of(stream, subject, self.from)?;
        let Some(message) = message.filter(|message| message.sequence <= self.last) else { return Ok(()) };
        let group = decode_group(&message.payload).filter(|group| !group.is_empty());
        let group = group.ok_or_else(|| self.session.damaged("record", self.at.next, Damage::Length))?;
        self.from = message.sequence + 1;
        self.messages.push((message.sequence, group.last().map_or(self.at.next, |record| record.seq)));
        self.group = group.into_iter();
        Ok(())
    }

    fn read(&mut self) -> Result<Option<Record>, JournalError> {
        while !self.at.ended {
            if self.group.as_slice().is_empty() {
                self.fetch()?;
            }
            let sealed = self.group.next().ok_or_else(|| self.missing(self.at.next, Seq(0)))?;
            let record = self.check(sealed)?;
            if record.seq > self.after {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn check(&mut self, sealed: Sealed) -> Result<Record, JournalError> {
        let wanted = self.at.next;
        let damaged = |damage| self.session.damaged("record", wanted, damage);
        if sealed.seq != wanted {
            return Err(damaged(Damage::Number));
        }
        self.at.take(sealed).map_err(damaged)
    }

    fn missing(&self, wanted: Seq, found: Seq) -> JournalError {
        JournalError::Missing { dir: PathBuf::from(&self.session.log.name), wanted, found }
    }
}

impl Iterator for Reading {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose();
        self.at.ended |= matches!(read, Some(Err(_)) | None);
        read
    }
}

impl Records for Reading {
    fn warnings(&self) -> &[Warning] {
        &[]
    }
}
