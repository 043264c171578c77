//! How a task ended, and how all the tasks of a scope did.

use crate::contract::{Outcome, Owner};
use crate::row::{SourceLocation, TaskRow};
use serde::Serialize;
use std::any::Any;
use std::fmt;

/// Entries kept in each list: a scope may live for months and its tasks may fail every day.
const LIST_MAX: usize = 1_024;

/// How a scope's tasks ended. Every task that was spawned is counted in exactly one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Closed {
    /// Ended by themselves, without an error.
    pub finished: u64,
    /// Did not end within the grace, or within their contract, and were aborted. With where they waited.
    pub aborted: Vec<TaskRow>,
    /// Ended with an error or a panic, and which.
    pub failed: Vec<Failure>,
    /// Could not be aborted and are still there: blocking functions that do not watch their token, and polls that do
    /// not return. They stay in the registry and are reported.
    pub stayed: Vec<TaskRow>,
    /// Aborted or failed beyond the lists' 1,024 entries.
    pub more: u64,
}

impl Closed {
    /// Whether every task ended by itself and without an error.
    pub fn is_clean(&self) -> bool {
        self.aborted.is_empty() && self.failed.is_empty() && self.stayed.is_empty() && self.more == 0
    }
    /// Tasks that are still there: zero unless something cannot be aborted.
    pub fn left(&self) -> usize {
        self.stayed.len()
    }
    /// Names of the tasks that had to be aborted.
    pub fn aborted_names(&self) -> Vec<&'static str> {
        self.aborted.iter().map(|row| row.name).collect()
    }
    pub(crate) fn merge(&mut self, other: Self) {
        self.finished += other.finished;
        self.more += other.more;
        self.stayed.extend(other.stayed);
        for row in other.aborted {
            self.push_aborted(row);
        }
        for failure in other.failed {
            self.push_failed(failure);
        }
    }
    pub(crate) fn push_aborted(&mut self, row: TaskRow) {
        match self.aborted.len() < LIST_MAX {
            true => self.aborted.push(row),
            false => self.more += 1,
        }
    }
    pub(crate) fn push_failed(&mut self, failure: Failure) {
        match self.failed.len() < LIST_MAX {
            true => self.failed.push(failure),
            false => self.more += 1,
        }
    }
}

/// A task that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{component}/{name} of {} at {location}: {cause}", owner.as_ref().map_or("no owner", Owner::as_str))]
pub struct Failure {
    /// The component that it belongs to.
    pub component: &'static str,
    /// The entity that it worked for.
    pub owner: Option<Owner>,
    /// The task's name.
    pub name: &'static str,
    /// Where it was spawned.
    pub location: SourceLocation,
    /// What happened.
    pub cause: Cause,
}

/// Why a task failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It returned an error.
    Error(String),
    /// It panicked.
    Panic(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(text) => f.write_str(text),
            Self::Panic(text) => write!(f, "panicked: {text}"),
        }
    }
}

/// How one task ended.
pub(crate) enum TaskEnd {
    /// Dropped before it was ready.
    Aborted,
    Finished,
    Failed(Box<Cause>),
}

impl TaskEnd {
    pub(crate) fn of(outcome: impl Outcome) -> Self {
        outcome.failure().map_or(Self::Finished, |error| Self::Failed(Box::new(Cause::Error(error))))
    }
    pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Self {
        Self::Failed(Box::new(Cause::Panic(panic_text(panic))))
    }
}

/// What a panic said.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "not with a text".to_owned())
}
