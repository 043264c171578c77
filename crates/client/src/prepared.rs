//! A request, written once and sent as often as it takes.

use crate::backoff;
use crate::error::ClientError;
use bytes::Bytes;
use paceline_api::Operation;
use paceline_api::link::number_of;
use paceline_api::operation::{Content, Method, Repeat};
use serde::Serialize;
use std::time::Duration;

/// A request that is ready to send: method, path, body, and the key under which it has one effect.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) method: reqwest::Method,
    pub(crate) path: String,
    /// Whether it is about one region, whose name may stand in the path.
    pub(crate) of_region: bool,
    pub(crate) content: Option<(&'static str, Bytes)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Whether another attempt does no harm if one has had its effect.
    pub(crate) safe: bool,
    /// Its number on a link, and what it is asked about there; `None`: it goes by HTTP.
    linked: Option<(u8, String)>,
    /// For how long the server may be silent because it was asked to wait: beside the time that any answer may take.
    pub(crate) waits: Duration,
}

impl Prepared {
    /// A request without a body; `id` stands where the path has one. A command gets a key of its own.
    ///
    /// Errors: the system has no randomness to give.
    pub fn bare(operation: &Operation, id: &str) -> Result<Self, ClientError> {
        let mut prepared = Self {
            method: method(operation.method),
            path: operation.path_of(id),
            of_region: operation.of_region,
            content: None,
            headers: Vec::new(),
            safe: operation.repeat != Repeat::Never,
            linked: number_of(operation).map(|number| (number, id.to_owned())),
            waits: Duration::ZERO,
        };
        if operation.repeat == Repeat::Keyed {
            prepared = prepared.under(&backoff::key()?);
        }
        Ok(prepared)
    }

    /// The same with a body. Errors: as [`Prepared::bare`]; the body cannot be written as JSON.
    pub fn new(operation: &Operation, id: &str, body: &impl Serialize) -> Result<Self, ClientError> {
        let json = serde_json::to_vec(body).map_err(|error| ClientError::Unusable(error.to_string()))?;
        Self::written(operation, id, json)
    }

    /// The same with a body that is written already. Errors: as [`Prepared::bare`].
    pub fn written(operation: &Operation, id: &str, body: impl Into<Bytes>) -> Result<Self, ClientError> {
        let media = operation.body.map_or(paceline_api::operation::JSON, |Content { media, .. }| media);
        Ok(Self { content: Some((media, body.into())), ..Self::bare(operation, id)? })
    }

    /// Under a key of the caller's own, which may have been used before: then the answer is that of before.
    pub fn under(self, key: &str) -> Self {
        self.with("idempotency-key", format!("\"{key}\""))
    }

    /// Without a key: the server keeps no answer of it, and it is not repeated where it may have happened. For whoever measures.
    pub fn unkeyed(mut self) -> Self {
        self.headers.retain(|(known, _)| *known != "idempotency-key");
        Self { safe: false, ..self }
    }

    /// The key under which it is sent.
    pub fn key(&self) -> Option<&str> {
        let (_, quoted) = self.headers.iter().find(|(name, _)| *name == "idempotency-key")?;
        Some(quoted.trim_matches('"'))
    }

    /// Its number on a link, and what it is asked about there. `None`: it goes by HTTP, as what has a header of its own does.
    pub(crate) fn over_link(&self) -> Option<(u8, &str)> {
        let (number, asked) = self.linked.as_ref().filter(|_| self.headers.is_empty())?;
        Some((*number, asked))
    }

    /// With a header, which is sent as set last.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value));
        self
    }

    /// Asks the server to wait for so long before it answers.
    pub(crate) fn answered_within(self, waits: Duration) -> Self {
        Self { waits, ..self }
    }
    /// With a query behind the path.
    pub(crate) fn asking(mut self, query: &str) -> Self {
        let linked = self.linked.as_mut().map(|(_, asked)| asked);
        for text in [Some(&mut self.path), linked].into_iter().flatten() {
            text.push('?');
            text.push_str(query);
        }
        self
    }
}

fn method(of: Method) -> reqwest::Method {
    match of {
        Method::Get => reqwest::Method::GET,
        Method::Put => reqwest::Method::PUT,
        Method::Post => reqwest::Method::POST,
        Method::Delete => reqwest::Method::DELETE,
    }
}
