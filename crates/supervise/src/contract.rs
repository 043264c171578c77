//! A task's contract, given when it is spawned: its owner, until when it may live, and how it reports failure.

use serde::Serialize;
use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::Duration;

/// When a task must be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// When its scope closes.
    Owner,
    /// When the request that spawned it is over: the [`Request`](crate::Request) it was spawned in is dropped.
    Request,
    /// So long after it was spawned, whatever its scope does.
    Within(Duration),
    /// Never, while the process lives. It still ends when its scope closes.
    Forever,
}

impl Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("owner"),
            Self::Request => f.write_str("request"),
            Self::Within(span) => write!(f, "within {} ms", span.as_millis()),
            Self::Forever => f.write_str("forever"),
        }
    }
}

/// The name of the entity that tasks work for: a vehicle's id, an order's, an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Owner(pub(crate) Arc<str>);

impl Owner {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl From<&str> for Owner {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}
impl From<String> for Owner {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}
impl From<u64> for Owner {
    fn from(number: u64) -> Self {
        Self(number.to_string().into())
    }
}

/// What a task may end with: nothing, or a result of nothing whose error can be shown.
pub trait Outcome: Send + 'static {
    /// Why it failed, if it did.
    fn failure(self) -> Option<String>;
}
impl Outcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}
impl<E: Display + Send + 'static> Outcome for Result<(), E> {
    // The alternate form shows an error's whole chain where its type knows how.
    fn failure(self) -> Option<String> {
        self.err().map(|error| format!("{error:#}"))
    }
}
