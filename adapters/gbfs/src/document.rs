//! One file of a feed: the header that all of them have, and what it carries. A file is read whole or not at all; within it, each record
//! stands for itself.

use serde_json::{Map, Value};

/// Why a file is no file of a feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Cut short, or no JSON.
    #[error("is no JSON: {0}")]
    NoJson(String),
    /// JSON of another shape.
    #[error("must be an object with an object `data`")]
    NoData,
    /// An index that names nothing.
    #[error("is an index that names no file that is read here")]
    NoFeeds,
}

/// One file of a feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The version that it says it is, without a `v` before it.
    pub version: Option<String>,
    /// How long it holds, in seconds, if it says. 0 is no leave to ask without pause.
    pub ttl_s: Option<u64>,
    header: Map<String, Value>,
    data: Map<String, Value>,
}

impl Document {
    /// Reads a file. Errors: no JSON, or of another shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        // Some editors and servers put a byte order mark first, which JSON does not have.
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| Malformed::NoJson(error.to_string()))?;
        let Value::Object(mut header) = value else { return Err(Malformed::NoData) };
        let Some(Value::Object(data)) = header.remove("data") else { return Err(Malformed::NoData) };
        let version = header.get("version").and_then(Value::as_str);
        let version = version.map(|text| text.trim_start_matches(['v', 'V']).to_owned());
        let ttl_s = header.get("ttl").and_then(Value::as_u64);
        Ok(Self { version, ttl_s, header, data })
    }

    /// What it carries.
    pub(crate) fn data(&self) -> &Map<String, Value> {
        &self.data
    }

    /// A field of the header, as it stands.
    pub(crate) fn header(&self, field: &str) -> Option<&Value> {
        self.header.get(field)
    }

    /// The first list that it has under one of these names; nothing where it has none.
    pub(crate) fn list(&self, names: &[&str]) -> &[Value] {
        let found = names.iter().find_map(|name| self.data.get(*name));
        found.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Whether its version writes times as RFC 3339 and texts in several languages: from 3.0 on.
    pub(crate) fn is_of_three(&self) -> bool {
        let major = self.version.as_deref().and_then(|version| version.split('.').next());
        major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 3)
    }
}
