//! What a program sets of its supervisor.

use crate::restart::Restarts;
use std::time::Duration;

/// What the failure of one task means for its siblings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// They are asked to end: together they were one thing.
    #[default]
    Cancel,
    /// They continue: each is a thing of its own, such as connections.
    KeepGoing,
}

/// The limits that a supervisor watches, and what it does about breaches.
#[derive(Clone, Debug)]
pub struct Options {
    /// A poll that runs longer is *blocked*: it holds a thread that others need.
    pub poll_limit: Duration,
    /// How long tasks of a request may take to end after the response.
    pub request_grace: Duration,
    /// Whether a task that outlives its contract is aborted after it was reported.
    pub contain: bool,
    /// Reports kept for reading.
    pub reports_kept: usize,
    /// What happens to tasks that fail.
    pub restarts: Restarts,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            poll_limit: Duration::from_millis(10),
            request_grace: Duration::from_millis(500),
            contain: true,
            reports_kept: 256,
            restarts: Restarts::default(),
        }
    }
}
