//! What the servers do for the writer that holds the log's epoch. An epoch is a message, published where the stream's last message is the one
//! that was seen: from then on nothing that was sent before can be appended any more, as it expects another last message.

use super::address::JetStreamLog;
use super::message::{Epoch, RECORD_HEAD_BYTES, encode_group};
use super::session::{Head, Session};
use super::snapshots;
use crate::error::JournalError;
use crate::format::End;
use crate::server::{Engine, Sealed};
use crate::{Identity, Seq};
use std::sync::Arc;

/// Times that an epoch is asked for, where something came between each time: a region commits a few times a second, and asking takes
/// milliseconds.
const TRIES: usize = 50;

/// The servers of a log, for the one writer that holds its epoch.
#[derive(Debug)]
pub(super) struct JetStreamEngine {
    log: JetStreamLog,
    session: Session,
    held: Held,
    /// Where each message with records ended: its number, and its last record; the oldest first.
    messages: Vec<(u64, Seq)>,
}

/// What a writer holds.
#[derive(Debug)]
struct Held {
    epoch: Epoch,
    /// The number of the stream's last message.
    last: u64,
}

impl JetStreamEngine {
    /// Takes the log over from whoever had it, who may append meanwhile: `messages` are those up to `head`, and where the log ends
    /// now is told by [`JetStreamEngine::head_taken`]. Errors: `Server`; somebody else appends all the time.
    pub(super) fn take(
        session: Session,
        head: &Head,
        writer: u128,
        messages: Vec<(u64, Seq)>,
    ) -> Result<Self, JournalError> {
        let mut held = follow(&session, head, writer);
        for _ in 1..TRIES {
            if held.is_ok() {
                break;
            }
            let Some(head) = session.head()? else { break };
            held = follow(&session, &head, writer);
        }
        let held = held?;
        Ok(Self { log: (*session.log).clone(), session, held, messages })
    }

    /// Begins a log. Errors: `Server`; another has begun it.
    pub(super) fn begin(
        session: &Session,
        identity: Identity,
        end: End,
        last: u64,
    ) -> Result<(), JournalError> {
        let epoch = Epoch { identity, number: 0, writer: 0, end };
        session
            .publish("begin the log", session.log.record_subject("epoch"), epoch.encode(), Some(last))
            .map(drop)
    }

    /// Where the log ended when it was taken.
    pub(super) fn head_taken(&self) -> Head {
        Head { epoch: self.held.epoch.clone(), end: self.held.epoch.end, last: self.held.last }
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// The messages whose records were read, too.
    pub(super) fn know(&mut self, messages: Vec<(u64, Seq)>) {
        let known = self.messages.last().map_or(0, |(sequence, _)| *sequence);
        self.messages.extend(messages.into_iter().filter(|(sequence, _)| *sequence > known));
    }

    fn head(&self, session: &Session) -> Result<Head, JournalError> {
        let gone = || JournalError::Gone { dir: self.log.name.clone().into() };
        session.head()?.ok_or_else(gone)
    }

    fn refuse_fenced(&self, head: &Head) -> Result<(), JournalError> {
        match head.epoch.writer == self.held.epoch.writer {
            true => Ok(()),
            false => Err(JournalError::Fenced { log: self.log.name.clone(), epoch: head.epoch.number }),
        }
    }
}

/// The next epoch after the one of `head`, where the stream still ends there.
fn follow(session: &Session, head: &Head, writer: u128) -> Result<Held, JournalError> {
    let number = head.epoch.number + 1;
    let epoch = Epoch { identity: head.epoch.identity, number, writer, end: head.end };
    let subject = session.log.record_subject("epoch");
    let last = session.publish("take the log over", subject, epoch.encode(), Some(head.last))?;
    Ok(Held { epoch, last })
}

impl Engine for JetStreamEngine {
    fn name(&self) -> String {
        self.log.name.clone()
    }

    fn payload_bytes_max(&self) -> usize {
        self.session.message_bytes_max - RECORD_HEAD_BYTES
    }

    fn group_bytes_max(&self) -> u64 {
        // Of a record the files' box is larger than what is written here.
        self.session.message_bytes_max as u64
    }

    fn put(&mut self, _: End, group: Arc<Vec<Sealed>>) -> Result<(), JournalError> {
        let Some(end) = group.last().map(Sealed::end) else { return Ok(()) };
        let (subject, last) = (self.session.log.record_subject("group"), self.held.last);
        match self.session.publish("append records", subject, encode_group(&group), Some(last)) {
            Ok(sequence) => {
                self.held.last = sequence;
                self.messages.push((sequence, end.last));
                Ok(())
            }
            Err(error) => {
                // Whoever took the log over is named; what keeps from asking is what keeps from appending.
                if let Ok(Some(head)) = self.session.head() {
                    self.refuse_fenced(&head)?;
                }
                Err(error)
            }
        }
    }

    fn resume(&mut self) -> Result<End, JournalError> {
        let session = Session::open(&self.log)?;
        let mut failed = None;
        for _ in 0..TRIES {
            let head = self.head(&session)?;
            self.refuse_fenced(&head)?;
            match follow(&session, &head, self.held.epoch.writer) {
                Ok(held) => {
                    if head.last > self.held.last && head.end != head.epoch.end {
                        self.messages.push((head.last, head.end.last));
                    }
                    (self.held, self.session) = (held, session);
                    return Ok(self.held.epoch.end);
                }
                // Something that was late came between.
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| session.error("resume the log", "it was never tried")))
    }

    fn put_snapshot(&mut self, at: Seq, format: u16, state: Arc<Vec<u8>>) -> Result<(), JournalError> {
        let head = self.head(&self.session)?;
        self.refuse_fenced(&head)?;
        snapshots::insert(&self.session, at, format, &state)?;
        let Some(kept) = snapshots::sweep(&self.session)? else { return Ok(()) };
        let stale = self.messages.partition_point(|(_, last)| *last <= kept);
        let Some((before, _)) = self.messages[..stale].last().map(|(sequence, last)| (sequence + 1, last))
        else {
            return Ok(());
        };
        let subject = self.session.log.record_subject("group");
        self.session.message(
            "remove stale records",
            self.session.log.records(),
            move |stream| async move { Ok(stream.purge().filter(subject).sequence(before).await?) },
        )?;
        self.messages.drain(..stale);
        Ok(())
    }

    fn check(&mut self) -> Result<(), JournalError> {
        let head = self.head(&self.session)?;
        self.refuse_fenced(&head)
    }
}
