//! What can go wrong with a call.

use paceline_api::{Code, FieldError, Problem};
use std::time::Duration;

/// Most of a foreign answer that is shown.
const SHOWN_BYTES_MAX: usize = 400;

/// What went wrong with a call, after all of its attempts.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server said no, and why.
    #[error("{problem}")]
    Refused {
        /// Code, field, value and rule.
        problem: Box<Problem>,
        /// When the server says to come back.
        retry_after: Option<Duration>,
    },
    /// Something between here and the server said no in words of its own.
    #[error("HTTP status {status}: {text}")]
    Status {
        /// The status.
        status: u16,
        /// The beginning of what came with it.
        text: String,
        /// When it says to come back.
        retry_after: Option<Duration>,
    },
    /// No connection could be made.
    #[error("cannot connect: {0}")]
    Unreachable(#[source] reqwest::Error),
    /// The connection broke. A command may have happened.
    #[error("the connection broke: {0}")]
    Broken(#[source] reqwest::Error),
    /// The link broke. What was asked may have happened.
    #[error("the link broke: {0}")]
    LinkBroken(String),
    /// No answer in time. A command may have happened.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The answer, or an item of a stream, is larger than the client reads.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// The answer is not what this version of the client knows.
    #[error("cannot read the answer: {0}")]
    Unexpected(#[source] serde_json::Error),
    /// The base URL or a header cannot be used, or what is to be sent cannot be written.
    #[error("cannot make the request: {0}")]
    Unusable(String),
}

impl ClientError {
    /// What the server said, if it was the server that said no.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused { problem, .. } => Some(problem),
            _ => None,
        }
    }
    /// The code of what the server said, if this version knows it.
    pub fn code(&self) -> Option<Code> {
        self.problem().and_then(Problem::known)
    }
    /// The fields that broke rules.
    pub fn fields(&self) -> &[FieldError] {
        self.problem().map_or(&[], |problem| &problem.errors)
    }
    /// The HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { problem, .. } => Some(problem.status),
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
    /// When to come back, if the answer said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } | Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether another attempt may go well; `safe`: whether it does no harm if this one has had its effect.
    pub(crate) fn passes(&self, safe: bool) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Broken(_) | Self::LinkBroken(_) | Self::TimedOut(_) => safe,
            // Nothing was applied by those that were turned away.
            Self::Refused { .. } | Self::Status { .. } => match self.status() {
                Some(429 | 503 | 507) => true,
                Some(408 | 502 | 504) => safe,
                _ => false,
            },
            Self::TooLarge(_) | Self::Unexpected(_) | Self::Unusable(_) => false,
        }
    }

    /// What an answer that is none of success says.
    pub(crate) fn refused(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        match serde_json::from_slice::<Problem>(body) {
            Ok(problem) => Self::Refused { problem: Box::new(problem), retry_after },
            Err(_) => {
                let shown = &body[..body.len().min(SHOWN_BYTES_MAX)];
                let text = String::from_utf8_lossy(shown).into_owned();
                Self::Status { status, text, retry_after }
            }
        }
    }
    pub(crate) fn of(error: reqwest::Error, timeout: Duration) -> Self {
        if error.is_builder() {
            Self::Unusable(error.to_string())
        } else if error.is_connect() {
            Self::Unreachable(error)
        } else if error.is_timeout() {
            Self::TimedOut(timeout)
        } else {
            Self::Broken(error)
        }
    }
}
