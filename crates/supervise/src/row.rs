//! One task as it is shown: in the registry, in reports, and in what a scope says when it has closed. Plain values, which
//! are read from a task's slot by `registry`.

use crate::contract::{Owner, Until};
use serde::Serialize;
use std::fmt;
use std::panic::Location;

/// A line of source code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SourceLocation {
    /// As the compiler was given it.
    pub file: &'static str,
    /// From 1.
    pub line: u32,
}
impl From<&'static Location<'static>> for SourceLocation {
    fn from(place: &'static Location<'static>) -> Self {
        Self { file: place.file(), line: place.line() }
    }
}
impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Where a task waits, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Await {
    /// As given to `named`, or to a channel, a lock or a sleep of `sync`.
    pub name: &'static str,
    /// The line that named it.
    pub location: SourceLocation,
    /// Since it came to this place.
    pub for_ms: u64,
}

/// Whether a task runs, waits, or holds others up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// It is being polled, or its function runs.
    Active,
    /// It waits to be woken.
    Idle,
    /// One poll runs over its limit, it waits longer than its contract allows, or nobody can wake it.
    Blocked,
}

/// One task as it was at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskRow {
    /// Never used again in this process.
    pub id: u64,
    /// The component that it belongs to.
    pub component: &'static str,
    /// What kind of entity its scope is for; the component itself for tasks of its own.
    pub scope: &'static str,
    /// The entity of that kind; `None`: the component itself.
    pub owner: Option<Owner>,
    /// As given when it was spawned.
    pub name: &'static str,
    /// The line that spawned it.
    pub location: SourceLocation,
    /// When it must be gone.
    pub contract: Until,
    /// At this moment.
    pub state: TaskState,
    /// Whether it is a blocking function on a thread of its own.
    pub blocking: bool,
    /// Whether it was proved that nobody can wake it; see [`Leak`](crate::Leak).
    pub stuck: bool,
    /// How often it was polled, once in a while by the registry itself.
    pub polls: u64,
    /// How long it was polled, by a clock that moves every few milliseconds: exact over many polls, not for one.
    pub busy_ms: u64,
    /// From its spawn to its first poll. `None`: not polled yet.
    pub start_latency_us: Option<u32>,
    /// Since its spawn.
    pub age_ms: u64,
    /// Since it became active or idle.
    pub state_for_ms: u64,
    /// Where it waits, if it waits at a place with a name.
    pub at: Option<Await>,
}

impl TaskRow {
    /// Who it is: component, name, owner, contract, the line of its spawn.
    pub(crate) fn who(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.component, self.name)?;
        if let Some(owner) = &self.owner {
            write!(f, " of {} {owner}", self.scope)?;
        }
        write!(f, " ({}, spawned at {}, {} ms ago)", self.contract, self.location, self.age_ms)
    }
    /// How long its poll has run, and where it was last: an await may have lasted for longer than any of its polls.
    pub(crate) fn poll(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " has run for {} ms in one poll", self.state_for_ms)?;
        match self.at {
            Some(at) => write!(f, ", within \"{}\" ({})", at.name, at.location),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TaskRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.who(f)?;
        match self.at {
            Some(at) => write!(f, " waits at \"{}\" ({}) for {} ms", at.name, at.location, at.for_ms),
            None if self.state == TaskState::Idle => {
                write!(f, " waits at no named place for {} ms", self.state_for_ms)
            }
            None => write!(f, " runs for {} ms", self.state_for_ms),
        }
    }
}
