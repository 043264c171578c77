//! Readings that the region has not acknowledged: pure. Bounded, in order, each once; what falls out is counted.
//!
//! Each entry has a number that rises by one for ever, so that what a restart reads again is known for what it is. An entry knows the boot and
//! the monotonic time of its reading, and the wall's where that could be right: its time is worked out when it is sent, when most is known.

use crate::clock::{Moment, NodeClock};
use crate::source::Telemetry;
use paceline_model::Instant;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Most readings that are kept: more than a day of one each 10 s.
const READINGS_MAX: usize = 10_000;

/// A reading, and when it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Rises by one with each reading, over restarts.
    pub number: u64,
    /// Tells the machine's starts apart.
    pub boot: String,
    /// Milliseconds since that start.
    pub mono_ms: u64,
    /// The time, if the clock was set; not believed where the region has spoken in the same boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// What was read.
    pub telemetry: Telemetry,
}

/// A change of the outbox, as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A reading was made.
    Read(Entry),
    /// The region has all up to this number.
    Acknowledged(u64),
    /// So many were lost before what follows, and this is the number of the next.
    Begins {
        /// Fallen out.
        lost: u64,
        /// Of readings whose time can never be known.
        undated: u64,
        /// The next number.
        next: u64,
    },
}

/// Readings that the region has not acknowledged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outbox {
    waiting: VecDeque<Entry>,
    next: u64,
    lost: u64,
    undated: u64,
}

/// An entry with its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Dated {
    /// Its number.
    pub number: u64,
    /// When it was made; `None`: now, and the clock is unset.
    pub at: Option<Instant>,
    /// What was read.
    pub telemetry: Telemetry,
}

impl Outbox {
    /// A reading, made now. Returns what is to be written down.
    pub fn push(&mut self, boot: &str, now: Moment, clock: &NodeClock, telemetry: Telemetry) -> Record {
        let entry = Entry {
            number: self.next,
            boot: boot.into(),
            mono_ms: now.mono_ms,
            at: clock.now(now),
            telemetry,
        };
        self.apply(Record::Read(entry.clone()));
        Record::Read(entry)
    }

    /// Takes in what was written down, in its order. What is repeated changes nothing.
    pub fn apply(&mut self, record: Record) {
        match record {
            Record::Read(entry) if entry.number < self.next => {}
            Record::Read(entry) => {
                self.next = entry.number + 1;
                self.waiting.push_back(entry);
                if self.waiting.len() > READINGS_MAX {
                    self.waiting.pop_front();
                    self.lost += 1;
                }
            }
            Record::Acknowledged(number) => {
                while self.waiting.front().is_some_and(|entry| entry.number <= number) {
                    self.waiting.pop_front();
                }
            }
            Record::Begins { lost, undated, next } => {
                (self.lost, self.undated, self.next) = (lost, undated, self.next.max(next));
            }
        }
    }

    /// All of it as few records: what a file is begun anew with.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        let next = self.waiting.front().map_or(self.next, |entry| entry.number);
        let begins = Record::Begins { lost: self.lost, undated: self.undated, next };
        std::iter::once(begins).chain(self.waiting.iter().cloned().map(Record::Read))
    }

    /// The oldest readings, `most` at most, each with its time and in the order of time. Readings of an earlier boot that had no clock can
    /// never be dated: they are left out and counted, as are those that would lie after what the region calls now. `None`: the clock is unset,
    /// and readings of now wait until it is set.
    pub fn batch(&mut self, most: usize, boot: &str, now: Moment, clock: &NodeClock) -> Option<Vec<Dated>> {
        let latest = clock.now(now)?;
        let dated = |entry: &Entry| match entry.boot == boot {
            true => clock.at(entry.mono_ms, now),
            false => entry.at.filter(|at| *at <= latest),
        };
        let before = self.waiting.len();
        self.waiting.retain(|entry| dated(entry).is_some());
        self.undated += (before - self.waiting.len()) as u64;
        let batch = self.waiting.iter().take(most);
        Some(
            batch
                .map(|entry| Dated {
                    number: entry.number,
                    at: dated(entry),
                    telemetry: entry.telemetry.clone(),
                })
                .collect(),
        )
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many fell out, the oldest first, because there was no room.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// How many were left out because their time can never be known.
    pub fn undated(&self) -> u64 {
        self.undated
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
