//! A broken contract, reported once: the task, where it was spawned, its owner, where it waits, and for how long.

use crate::contract::Owner;
use crate::leak::LeakWait;
use crate::row::{SourceLocation, TaskRow};
use serde::Serialize;
use std::fmt;

/// The rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Breach {
    /// The task is there although its contract is over.
    Outlived,
    /// One poll ran, or still runs, longer than its limit: it holds a thread that others need.
    BlockedPoll,
    /// The task did not end within the grace of its scope's closing, and was aborted.
    Aborted,
    /// The task cannot be aborted and stays.
    Stayed,
    /// A scope was dropped without being closed while tasks lived in it.
    DroppedOpen,
    /// A task that nobody can wake, by proof; see [`Leak`](crate::Leak).
    Stuck,
}

/// A broken contract, with all that is known of the task or scope that broke it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BreachReport {
    /// Nanoseconds since the process's clock began.
    pub at_ns: u64,
    /// The rule that was broken.
    pub breach: Breach,
    /// Of the scope.
    pub component: &'static str,
    /// The kind of the scope's entity.
    pub scope: &'static str,
    /// The scope's entity; `None`: the component itself.
    pub owner: Option<Owner>,
    /// Where the scope was opened.
    pub opened: SourceLocation,
    /// The task. `None` where the report is about the scope itself.
    pub task: Option<TaskRow>,
    /// What else is known, in words.
    pub detail: String,
    /// Of a task that nobody can wake: what it waits for, and who holds that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<LeakWait>,
}

impl fmt::Display for BreachReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.breach {
            Breach::Outlived => "outlived its contract",
            Breach::BlockedPoll => "blocks its thread",
            Breach::Aborted => "did not end when asked and was aborted",
            Breach::Stayed => "cannot be aborted and stays",
            Breach::DroppedOpen => "dropped without close",
            Breach::Stuck => "can never be woken",
        };
        match &self.task {
            Some(task) if self.breach == Breach::BlockedPoll => {
                write!(f, "{what}: ")?;
                task.who(f)?;
                task.poll(f)?;
            }
            Some(task) => write!(f, "{what}: {task}")?,
            None => {
                write!(f, "{what}: scope {}/{} opened at {}", self.component, self.scope, self.opened)?;
            }
        }
        if !self.detail.is_empty() {
            write!(f, "; {}", self.detail)?;
        }
        Ok(())
    }
}
