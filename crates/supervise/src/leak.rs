//! A leak as it is shown: tasks that nobody can wake, what they wait for, and who holds that.

use crate::row::{SourceLocation, TaskRow};
use serde::Serialize;
use std::fmt;

/// Tasks of one spawn line that wait at one place and that nobody can wake, by proof; see [`sync`](crate::sync).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leak {
    /// The oldest of them.
    pub task: TaskRow,
    /// How many there are.
    pub count: usize,
    /// What the oldest waits for. Empty: no clone of its waker is left.
    pub waits: Vec<LeakWait>,
}

/// A primitive that a task waits at for ever.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeakWait {
    /// The kind of primitive.
    pub kind: PrimitiveKind,
    /// As it was given when it was made.
    pub name: &'static str,
    /// The line that made it.
    pub made: SourceLocation,
    /// The tasks that could end the wait if they ran, at most [`HOLDERS_SHOWN`] of them. The task itself may be among them.
    pub holders: Vec<TaskRow>,
    /// Tasks that hold it in all.
    pub holders_count: usize,
    /// Permits that were forgotten.
    pub forgotten: usize,
}

/// The kinds of primitives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PrimitiveKind {
    /// A bounded channel.
    Channel,
    /// A channel for one value.
    Oneshot,
    /// A value that is watched.
    Watch,
    /// A notification.
    Notify,
    /// A lock.
    Mutex,
    /// So many permits.
    Semaphore,
}

/// Holders that are named; the rest is counted.
pub const HOLDERS_SHOWN: usize = 3;

impl fmt::Display for PrimitiveKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Channel => "channel",
            Self::Oneshot => "one-shot",
            Self::Watch => "watch",
            Self::Notify => "notification",
            Self::Mutex => "mutex",
            Self::Semaphore => "semaphore",
        })
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.task, self.why())?;
        match self.count {
            0 | 1 => Ok(()),
            count => write!(f, "; {count} tasks like this one"),
        }
    }
}

impl Leak {
    /// Why nobody can wake it, in words.
    pub fn why(&self) -> String {
        if self.waits.is_empty() {
            return "nothing keeps its waker: whatever was to wake it is gone".to_owned();
        }
        let waits: Vec<_> = self.waits.iter().map(|wait| wait.text(self.task.id)).collect();
        waits.join("; ")
    }
}

impl LeakWait {
    fn text(&self, waiter: u64) -> String {
        let mut held: Vec<String> = self
            .holders
            .iter()
            .map(|holder| if holder.id == waiter { "itself".to_owned() } else { holder.to_string() })
            .collect();
        let more = self.holders_count - self.holders.len();
        held.extend((more > 0).then(|| format!("{more} more tasks")));
        held.extend((self.forgotten > 0).then(|| format!("no one: {} forgotten", self.forgotten)));
        format!(
            "{} \"{}\" (made at {}) is held by {}",
            self.kind,
            self.name,
            self.made,
            held.join(", and by ")
        )
    }
}
