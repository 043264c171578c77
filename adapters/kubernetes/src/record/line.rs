//! One line of a record.

use super::kind::Kind;
use super::{FORMAT, VERSION};
use crate::cluster::PodKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) format: String,
    pub(super) version: u32,
    /// The check of the mask's key; nothing where names are as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) masked: Option<String>,
}

impl Head {
    pub(super) fn new(masked: Option<String>) -> Self {
        Self { format: FORMAT.into(), version: VERSION, masked }
    }
}

/// Any other line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// When it was heard, in milliseconds of the epoch; never less than in the line before.
    pub at_ms: u64,
    /// What was heard.
    pub said: Said,
}

/// What was heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Said {
    /// An object is there, or has changed: its kind, and what is kept of it.
    Is(Kind, Value),
    /// An object is gone: its kind, namespace and name.
    Gone(Kind, String, String),
    /// Everything was listed once.
    Complete,
    /// Nothing was heard for a while.
    Gap(Gap),
    /// What was missed of a kind has been made up for: from here on its objects are as they are.
    CaughtUp(Kind),
    /// Somebody still listens, and nothing has changed.
    Still,
}

impl Said {
    pub(super) fn gone(kind: Kind, key: &PodKey) -> Self {
        Self::Gone(kind, key.namespace.to_string(), key.name.to_string())
    }
}

/// A time in which nothing was heard. It ends with the line that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Since when, in milliseconds of the epoch.
    pub since_ms: u64,
    /// Of which kind; `None`: of all.
    pub of: Option<Kind>,
    /// Why.
    pub why: String,
}

/// As it stands in a record, with its end.
pub(super) fn written(line: &impl Serialize) -> String {
    // Keys are texts and times are whole: there is nothing that JSON does not have.
    serde_json::to_string(line).unwrap_or_default() + "\n"
}
