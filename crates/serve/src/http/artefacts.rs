//! Artefacts: uploaded by whoever releases models, fetched by whoever runs them.

use super::body::said_to_be;
use crate::artefacts::{NodeGates, Shelf};
use crate::auth::Who;
use crate::problem::Problem;
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use paceline_api::Code;
use paceline_api::artefact::{ArtefactRemoved, ArtefactTaken, ArtefactView, ChunkTaken};
use paceline_api::operation::OCTETS;
use paceline_artefact::{Object, Part};
use paceline_model::Invalid;
use paceline_model::edge::{ArtefactDigest, NodeId};
use paceline_model::limits::{ARTEFACT_CHUNK_BYTES, ARTEFACT_MANIFEST_BYTES_MAX};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// Longest that a manifest or a chunk may take to arrive: the largest manifest at 1 Mbit/s.
const BODY_WITHIN: Duration = Duration::from_secs(120);
/// What has a digest for its name never changes; but a cache that others share would hand it to nodes that are not trusted.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// The node that something is fetched for.
const FOR_NODE: &str = "paceline-node";

/// The artefacts of this server, if it keeps any, and who says which nodes get them.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) shelf: Option<Arc<Shelf>>,
    pub(super) gates: NodeGates,
}

impl Kept {
    /// Errors: it keeps none.
    pub(super) fn shelf(&self) -> Result<&Arc<Shelf>, Problem> {
        let none =
            || Problem::new(Code::E0104, "This server keeps no artefacts: [artefacts] directory is not set.");
        self.shelf.as_ref().ok_or_else(none)
    }

    /// What it keeps, for whoever may have it. Errors: it keeps nothing; it is fetched for a node that is to have nothing, or by one node for
    /// another.
    pub(super) async fn admit(&self, who: &Who, headers: &HeaderMap) -> Result<&Arc<Shelf>, Problem> {
        let shelf = self.shelf()?;
        let named = headers.get(FOR_NODE).map(|said| NodeId::new(&String::from_utf8_lossy(said.as_bytes())));
        let named = named.transpose().map_err(|invalid| Invalid { field: FOR_NODE.into(), ..invalid })?;
        named.as_ref().map_or(Ok(()), |node| who.speak_for_node(node))?;
        if let Some(node) = named.as_ref().or(who.node()) {
            self.gates.admit(node).await?;
        }
        Ok(shelf)
    }
}

/// All artefacts.
pub(super) async fn list(State(kept): State<Kept>) -> Result<Json<Vec<ArtefactView>>, Problem> {
    Ok(Json(kept.shelf()?.list()))
}

/// The signed manifest of one.
pub(super) async fn manifest(
    State(kept): State<Kept>,
    Path(digest): Path<String>,
    who: Who,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let artefact: ArtefactDigest = digest.parse()?;
    let bytes = kept.admit(&who, &headers).await?.manifest(artefact).await?;
    Ok((lasting(&artefact.to_string()), bytes).into_response())
}

/// The bytes of one, or some of them.
pub(super) async fn content(
    State(kept): State<Kept>,
    Path(digest): Path<String>,
    who: Who,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let artefact: ArtefactDigest = digest.parse()?;
    let shelf = kept.admit(&who, &headers).await?;
    let object = shelf.object(artefact).await?;
    bytes_of(shelf, object, &artefact.to_string(), &headers).await
}

/// What is asked for of an artefact's bytes, which are known by `name`.
pub(super) async fn bytes_of(
    shelf: &Arc<Shelf>,
    object: Object,
    name: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let (etag, length) = (format!("\"{name}\""), object.manifest().length());
    if text(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag)) {
        return Ok((StatusCode::NOT_MODIFIED, lasting(name)).into_response());
    }
    let part = Part::asked(text(header::RANGE), text(header::IF_RANGE), &etag, length);
    let (status, range) = match part {
        Part::Whole => (StatusCode::OK, 0..length),
        Part::Bytes(range) => (StatusCode::PARTIAL_CONTENT, range),
        Part::Outside => {
            let all = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, all).into_response());
        }
    };
    let mut response = (status, lasting(name)).into_response();
    let said = response.headers_mut();
    said.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    said.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    if status == StatusCode::PARTIAL_CONTENT {
        let value = format!("bytes {}-{}/{length}", range.start, range.end - 1);
        said.extend(HeaderValue::try_from(value).map(|value| (header::CONTENT_RANGE, value)));
    }
    *response.body_mut() = body(shelf.clone(), object, range).await?;
    Ok(response)
}

/// A download under way. It holds one chunk at most.
struct Download {
    shelf: Arc<Shelf>,
    object: Object,
    range: Range<u64>,
    _place: OwnedSemaphorePermit,
}

/// The bytes of a range, each chunk of which is held against its name before anything of it is sent. Errors: no place among the downloads;
/// the first chunk is damaged. A later one that is ends the connection, and whoever fetches asks again.
async fn body(shelf: Arc<Shelf>, object: Object, range: Range<u64>) -> Result<Body, Problem> {
    let mut download = Download { _place: shelf.download()?, shelf, object, range };
    let first = download.next().await?;
    let rest = stream::unfold(download, async |mut download| match download.next().await {
        Ok(bytes) if bytes.is_empty() => None,
        Ok(bytes) => Some((Ok(bytes), download)),
        Err(_) => {
            download.range.start = download.range.end;
            Some((Err(std::io::Error::other("the artefact is not whole")), download))
        }
    });
    let whole = stream::StreamExt::chain(stream::iter([Ok(first)]), rest);
    Ok(Body::from_stream(whole))
}

impl Download {
    /// The next bytes; none at the end.
    async fn next(&mut self) -> Result<Bytes, Problem> {
        if self.range.is_empty() {
            return Ok(Bytes::new());
        }
        let index = self.object.manifest().chunk_at(self.range.start);
        let chunk = self.object.manifest().chunks()[index];
        let bytes = Bytes::from(self.shelf.chunk(&self.object, index).await?);
        let from = (self.range.start - chunk.offset) as usize;
        let until = (self.range.end.min(chunk.end()) - chunk.offset) as usize;
        self.range.start = chunk.end().min(self.range.end);
        Ok(bytes.slice(from..until))
    }
}

fn lasting(name: &str) -> [(HeaderName, String); 3] {
    let etag = format!("\"{name}\"");
    [
        (header::CONTENT_TYPE, OCTETS.to_owned()),
        (header::CACHE_CONTROL, FOR_EVER.to_owned()),
        (header::ETAG, etag),
    ]
}

/// Takes a manifest.
pub(super) async fn put(
    State(kept): State<Kept>,
    Path(digest): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ArtefactTaken>, Problem> {
    let (artefact, shelf) = (digest.parse()?, kept.shelf()?);
    let bytes = octets(&headers, body, ARTEFACT_MANIFEST_BYTES_MAX).await?;
    shelf.put(artefact, bytes).await.map(Json)
}

/// Takes a chunk.
pub(super) async fn put_chunk(
    State(kept): State<Kept>,
    Path(digest): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ChunkTaken>, Problem> {
    let (artefact, shelf) = (digest.parse()?, kept.shelf()?);
    let (_, _, most) = ARTEFACT_CHUNK_BYTES;
    let bytes = octets(&headers, body, most).await?;
    shelf.put_chunk(artefact, bytes).await.map(Json)
}

/// Removes one.
pub(super) async fn remove(
    State(kept): State<Kept>,
    Path(digest): Path<String>,
) -> Result<Json<ArtefactRemoved>, Problem> {
    let artefact = digest.parse()?;
    let freed_bytes = kept.shelf()?.remove(artefact).await?;
    Ok(Json(ArtefactRemoved { freed_bytes }))
}

/// All of a body that is said to be plain bytes.
async fn octets(headers: &HeaderMap, body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    said_to_be(OCTETS, headers)?;
    match tokio::time::timeout(BODY_WITHIN, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(_)) => {
            Err(Problem::new(Code::E0107, format!("The body is larger than {most} bytes, or broke off.")))
        }
        Err(_) => Err(Problem::new(Code::E0108, "The body did not arrive in time.")),
    }
}
