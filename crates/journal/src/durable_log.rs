//! A log that outlives the failures of what keeps it. Records stay in memory until they are durable; after a failed write or sync the
//! log is cut back to what is durable and they are written again. Nothing here waits or looks at a clock: the shell of a region and
//! the simulator of faults call it, the one from a thread, the other in virtual time.
//!
//! ```text
//! Good --disk full--> Low --no room in the reserve either--> Stalled
//!   \---any other failure, directory gone---------------------^         each goes back by itself once the cause is gone
//! ```

use crate::Seq;
use crate::error::JournalError;
use crate::log::Log;
use crate::reserve::Reserve;
use std::collections::VecDeque;

/// Tends that a failed snapshot waits for at most until it is tried again. They come about each second.
const SNAPSHOT_WAIT_MAX: u32 = 64;
/// Bytes of a snapshot that are written between two groups of records: some milliseconds of a disk.
const SNAPSHOT_PIECE_BYTES: usize = 1 << 20;

/// How a log stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Takes whatever comes.
    #[default]
    Good,
    /// The disk is full and the reserve is being used: what is under way can be written down, nothing new should be begun.
    Low,
    /// Nothing becomes durable for now, so nothing may be acknowledged.
    Stalled,
}

impl Health {
    /// Whether something may be taken in: what `begins` new work, or else belongs to what is under way.
    pub fn takes(self, begins: bool) -> bool {
        match self {
            Health::Good => true,
            Health::Low => !begins,
            Health::Stalled => false,
        }
    }
}

/// A log whose records carry tags: what of them is durable is told by tag.
#[derive(Debug)]
pub struct DurableLog<T> {
    log: Box<dyn Log>,
    /// `None`: no room can be kept where the log is.
    reserve: Option<Reserve>,
    /// Not known to be durable, oldest first.
    pending: VecDeque<Pending<T>>,
    next: Seq,
    snapshot: Option<PendingSnapshot>,
    /// What came while that one was being written.
    newer: Option<PendingSnapshot>,
    piece_bytes: usize,
    health: Health,
}

#[derive(Debug)]
struct Pending<T> {
    seq: Seq,
    tag: T,
    format: u16,
    payload: Vec<u8>,
}

#[derive(Debug)]
struct PendingSnapshot {
    at: Seq,
    format: u16,
    state: Vec<u8>,
    /// Whether a part of it is written.
    begun: bool,
    /// Tends until it is tried again, and what the next failure makes of that.
    wait: u32,
    backoff: u32,
}

/// What a call came to.
#[derive(Debug)]
pub struct Flushed<T> {
    /// The tag of the newest record that has become durable by it.
    pub durable: Option<T>,
    /// Why not all is durable, or why the log does not stand well.
    pub failed: Option<JournalError>,
    /// What became of a snapshot, if one was tried. One that failed is tried again.
    pub snapshot: Option<Result<Seq, JournalError>>,
}

impl<T> Default for Flushed<T> {
    fn default() -> Self {
        Self { durable: None, failed: None, snapshot: None }
    }
}

impl<T> DurableLog<T> {
    /// Goes on behind the last record of an open log, with a reserve of at most so many bytes.
    pub fn new(log: impl Into<Box<dyn Log>>, reserve_bytes_max: u64) -> Self {
        let log = log.into();
        let reserve = log.reserve(reserve_bytes_max);
        let next = log.last().next();
        let (pending, piece_bytes, health) = (VecDeque::new(), SNAPSHOT_PIECE_BYTES, Health::Good);
        let mut log = Self { log, reserve, pending, next, snapshot: None, newer: None, piece_bytes, health };
        log.tend();
        log
    }

    /// The same, writing so many bytes of a snapshot between two groups of records.
    pub fn in_pieces_of(self, piece_bytes: usize) -> Self {
        Self { piece_bytes, ..self }
    }

    /// How it stands.
    pub fn health(&self) -> Health {
        self.health
    }

    /// The longest payload that may be taken in: one beyond it is never durable.
    pub fn payload_bytes_max(&self) -> usize {
        self.log.payload_bytes_max()
    }

    /// Whether all that was taken in is durable.
    pub fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether a snapshot is being written by a log that stands well: the next [`DurableLog::flush`] goes on with it.
    pub fn is_writing_snapshot(&self) -> bool {
        self.health == Health::Good && self.snapshot.as_ref().is_some_and(|snapshot| snapshot.wait == 0)
    }

    /// Takes a record in, to be made durable by [`DurableLog::flush`].
    pub fn push(&mut self, tag: T, format: u16, payload: Vec<u8>) {
        self.pending.push_back(Pending { seq: self.next, tag, format, payload });
        self.next = self.next.next();
    }

    /// The number of the last record taken in, durable or not.
    pub fn last(&self) -> Seq {
        Seq(self.next.0 - 1)
    }

    /// Takes a snapshot in that stands for all records up to `at`. It takes the place of one that was not begun, and waits for the end of one
    /// that was: else, where they come faster than the disk takes them, none would ever be whole.
    pub fn push_snapshot(&mut self, at: Seq, format: u16, state: Vec<u8>) {
        let pushed = Some(PendingSnapshot { at, format, state, begun: false, wait: 0, backoff: 1 });
        match &self.snapshot {
            Some(under_way) if under_way.begun => self.newer = pushed,
            _ => self.snapshot = pushed,
        }
    }

    /// Tries to make all that was taken in durable, if need be with the room of the reserve, and writes a piece of a snapshot.
    pub fn flush(&mut self) -> Flushed<T> {
        let mut written = self.write();
        if written.as_ref().is_err_and(JournalError::is_full)
            && self.reserve.as_mut().is_some_and(Reserve::release)
        {
            written = self.write();
        }
        let durable = self.settle();
        self.judge(written.as_ref().err());
        let snapshot = if written.is_ok() { self.write_snapshot() } else { None };
        Flushed { durable, failed: written.err(), snapshot }
    }

    /// To be called about each second: notices a directory that is gone, tries again what failed, and takes the reserve again.
    pub fn tend(&mut self) -> Flushed<T> {
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.wait = snapshot.wait.saturating_sub(1);
        }
        let mut flushed = self.flush();
        if flushed.failed.is_none() {
            let restored = self.check();
            self.judge(restored.as_ref().err());
            flushed.failed = restored.err();
        }
        flushed
    }

    fn check(&mut self) -> Result<(), JournalError> {
        self.log.check_place()?;
        self.reserve.as_mut().map_or(Ok(()), Reserve::restore)
    }

    fn write(&mut self) -> Result<(), JournalError> {
        if self.log.is_poisoned() {
            self.log.recover()?;
        }
        let appended = self.log.last();
        for record in self.pending.iter().filter(|record| record.seq > appended) {
            self.log.append(record.format, &record.payload)?;
        }
        self.log.commit().map(|_| ())
    }

    /// Lets go what is durable, all of it or a part.
    fn settle(&mut self) -> Option<T> {
        let committed = self.log.committed();
        let mut durable = None;
        while self.pending.front().is_some_and(|record| record.seq <= committed) {
            durable = self.pending.pop_front().map(|record| record.tag);
        }
        durable
    }

    fn judge(&mut self, failed: Option<&JournalError>) {
        self.health = match failed {
            // It is only the reserve that there is no room for.
            Some(error) if error.is_full() && self.pending.is_empty() => Health::Low,
            Some(_) => Health::Stalled,
            None if self.reserve.as_ref().is_none_or(Reserve::is_held) => Health::Good,
            None => Health::Low,
        };
    }

    fn write_snapshot(&mut self) -> Option<Result<Seq, JournalError>> {
        let mut due = self.snapshot.take_if(|snapshot| snapshot.wait == 0)?;
        match self.log.snapshot_piece(due.at, due.format, &due.state, self.piece_bytes) {
            Ok(true) => {
                self.snapshot = self.newer.take();
                Some(Ok(due.at))
            }
            Ok(false) => {
                due.begun = true;
                self.snapshot = Some(due);
                None
            }
            Err(error) => {
                (due.begun, due.wait) = (false, due.backoff);
                due.backoff = (2 * due.backoff).min(SNAPSHOT_WAIT_MAX);
                self.snapshot = self.newer.take().or(Some(due));
                Some(Err(error))
            }
        }
    }
}
