//! Reading a request: its body as JSON of exactly the expected shape, its key, and the checksum of what was sent.

use super::app::App;
use super::objects;
use super::plain_words::plain_words;
use crate::cause::innermost;
use crate::kind::Kind;
use crate::problem::Problem;
use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use mime::Mime;
use paceline_api::operation::JSON;
use paceline_api::{Accepted, Code};
use paceline_model::{Fingerprint, IdempotencyKey, Invalid, Rule};
use serde::de::DeserializeOwned;
use serde_path_to_error::Track;
use std::fmt::Display;
use std::time::Duration;

/// The key under which a request may be repeated, with the checksum that tells a repeat from a reuse.
#[derive(Clone, Debug)]
pub(crate) struct Key(pub(crate) Option<(IdempotencyKey, Fingerprint)>);

impl Key {
    /// The command under this key.
    pub(crate) fn request<C>(self, command: C) -> paceline_model::Request<C> {
        paceline_model::Request { command, key: self.0 }
    }

    /// Puts a command about `id` to the region under this key. The answer comes when it is durable.
    pub(super) async fn tell<W: Kind>(
        self,
        app: &App<W>,
        id: String,
        command: W::Command,
    ) -> Result<Json<Accepted>, Problem> {
        let receipt = app.region.command(self.request(command)).await?;
        Ok(Json(Accepted { id, version: receipt.version.0 }))
    }
}

/// A JSON body and the request's key.
pub(crate) struct Body<T>(pub(crate) T, pub(crate) Key);

impl<T: DeserializeOwned, W: Kind> FromRequest<App<W>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App<W>) -> Result<Self, Problem> {
        said_to_be(JSON, request.headers())?;
        let (key, bytes) = read(request, app).await?;
        Ok(Self(parse(&bytes)?, key))
    }
}

/// Errors: the body is not said to be of this media type, in UTF-8. Nothing else is read, so that no form of a web page is.
/// Source: RFC 9110, 8.3.1: types and the names of character sets have no case.
pub(super) fn said_to_be(wanted: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let said = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let refused = |rule: &str| {
        let detail = format!("Content-Type is {said:?}: must be {wanted}{rule}.");
        Err(Problem::new(Code::E0106, detail))
    };
    let Ok(kind) = said.parse::<Mime>() else { return refused("") };
    if !kind.essence_str().eq_ignore_ascii_case(wanted) {
        return refused("");
    }
    match kind.get_param(mime::CHARSET) {
        Some(charset) if charset != mime::UTF_8 => refused(" in UTF-8"),
        _ => Ok(()),
    }
}

/// What the query asks for.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(asked) =
            Query::try_from_uri(&parts.uri).map_err(|error| Problem::malformed(&query_words(&error)))?;
        Ok(Self(asked))
    }
}

/// What is wrong with a query, and with which of its fields.
fn query_words(error: &QueryRejection) -> String {
    // What the parser says comes last, behind what the framework says of it.
    let said = innermost(error)
        .replace("invalid digit found in string", "must be a whole number that is not negative");
    format!(
        "the query: {}",
        plain_words(&said.replace("cannot parse integer from empty string", "must be a number"))
    )
}

/// JSON of exactly one value; the error names the field that it is about.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // To keep the path to where one is costs a sixth of a batch of positions, and only who is refused has a use for it.
    let mut json = serde_json::Deserializer::from_slice(bytes);
    if let Ok(body) = objects::read(&mut json)
        && json.end().is_ok()
    {
        return Ok(body);
    }
    let malformed = |error: &dyn Display| Problem::malformed(&plain_words(&error.to_string()));
    let (mut json, mut track) = (serde_json::Deserializer::from_slice(bytes), Track::new());
    let read = objects::read(serde_path_to_error::Deserializer::new(&mut json, &mut track));
    let body = read.map_err(|error| malformed(&serde_path_to_error::Error::new(track.path(), error)))?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(body)
}

/// The key of a request without a body that matters.
impl<W: Kind> FromRequest<App<W>> for Key {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App<W>) -> Result<Self, Problem> {
        Ok(read(request, app).await?.0)
    }
}

async fn read<W: Kind>(request: Request, app: &App<W>) -> Result<(Key, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let key = key(&parts.headers)?;
    let bytes = whole_body(body, app.options.body_bytes_max, app.region.timeout).await?;
    let key = key.map(|key| {
        let path = parts.uri.path().as_bytes();
        let sent = [parts.method.as_str().as_bytes(), b" ", path, b" ", &bytes].concat();
        (key, fingerprint(&sent))
    });
    Ok((Key(key), bytes))
}

/// A body, whole. Errors: it is larger than `most` bytes, breaks off, or is not there in time.
pub(crate) async fn whole_body(
    body: axum::body::Body,
    most: usize,
    timeout: Duration,
) -> Result<Bytes, Problem> {
    match tokio::time::timeout(timeout, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => {
            let detail = format!("The body is larger than {most} bytes, or broke off.");
            Err(Problem::new(Code::E0107, detail))
        }
        Err(_) => {
            let detail = "The body did not arrive in time.";
            Err(Problem::new(Code::E0108, detail))
        }
    }
}

/// The `Idempotency-Key` header: a string in quotes, or bare. Source: draft-ietf-httpapi-idempotency-key-header.
fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().map_err(|_| {
        Problem::invalid(&Invalid::new("Idempotency-Key", "bytes that are not ASCII", Rule::Characters))
    })?;
    let bare = text.trim().trim_matches('"');
    let key = IdempotencyKey::new(bare).map_err(|mut invalid| {
        invalid.field = "Idempotency-Key".into();
        Problem::invalid(&invalid)
    })?;
    Ok(Some(key))
}

/// 64-bit FNV-1a.
pub(crate) fn fingerprint(bytes: &[u8]) -> Fingerprint {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    Fingerprint(bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold))
}
