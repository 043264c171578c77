//! Server-sent events: each durable change with its version as id; `positions` and `figures` twice a second, without.
//! Source: WHATWG HTML, "Server-sent events".

use super::app::App;
use super::body::Asked;
use crate::connections::ConnectionEnd;
use crate::kind::Kind;
use crate::problem::Problem;
use crate::stream::{Found, Reader, moment};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use paceline_api::Operation;
use paceline_api::stream::{BYE, LAGGED, Lagged, RESET, Reset};
use serde::Deserialize;
use serde_json::json;
use std::convert::Infallible;
use std::io::Write as _;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Where to begin, for clients that cannot set a header.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamQuery {
    /// The last id seen.
    last_event_id: Option<u64>,
}

/// A comment every so often keeps proxies from closing a silent stream.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// What a client waits before it comes back.
pub(super) const RETRY: &[u8] = b"retry: 1000\n\n";

/// The world's changes as they become durable. After a break the browser sends `Last-Event-ID` and goes on where it
/// was; if that is too long ago, the first event is `reset`: read the world anew.
pub(super) async fn open<W: Kind>(
    State(app): State<App<W>>,
    Extension(ConnectionEnd(end)): Extension<ConnectionEnd>,
    Asked(query): Asked<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = last_event_id(&headers)?.or(query.last_event_id);
    // A client may come back with the version of an answer that it was given just now.
    app.view.settled().await?;
    if last.is_some() {
        app.region.within(app.view.stream.complete()).await?;
    }
    let reader = app.view.stream.subscribe(last, end);
    let reader = reader.ok_or_else(|| Problem::busy("Too many streams are open."))?;
    let body = Body::from_stream(events(reader, W::LISTS, app.region.closing.clone()));
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}

/// The header by which a browser says what it has seen. Errors: it is no version.
fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(header) = headers.get("last-event-id") else { return Ok(None) };
    let text = String::from_utf8_lossy(header.as_bytes());
    let id = text.trim().parse();
    id.map(Some).map_err(|_| {
        Problem::malformed(&format_args!("Last-Event-ID is {text:?}: must be the version of a change"))
    })
}

/// What was missed, then what comes, until the server closes or the subscriber falls too far behind.
fn events(
    reader: Reader,
    lists: &[&Operation],
    closing: CancellationToken,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    let first = greeting(&reader, lists);
    stream::unfold(Some((Some(first), reader)), move |state| {
        let closing = closing.clone();
        async move {
            let (first, mut reader) = state?;
            reader.hands(false);
            let (piece, goes_on) = match first {
                Some(first) => (first, true),
                None => next(&mut reader, &closing).await,
            };
            reader.hands(true);
            Some((Ok(piece), goes_on.then_some((None, reader))))
        }
    })
}

/// What a stream begins with.
fn greeting(reader: &Reader, lists: &[&Operation]) -> Bytes {
    let (mut text, version) = (RETRY.to_vec(), reader.version());
    if version > 0 {
        // An id without data: whoever loses the connection before the first change comes back with this.
        _ = write!(text, "id: {version}\n\n");
    }
    if let Some(reason) = reader.reset {
        // Relative to the stream's own address, which may name a region.
        let read = lists.iter().map(|list| list.path.trim_start_matches("/v1/").to_owned()).collect();
        moment(&mut text, RESET, &Reset { version, reason, read });
    }
    text.into()
}

/// The next piece of text, and whether more will come.
async fn next(reader: &mut Reader, closing: &CancellationToken) -> (Bytes, bool) {
    loop {
        match reader.take() {
            Found::Piece(piece) => return (piece, true),
            Found::Lagged => return (last_word(LAGGED, &Lagged { version: reader.version() }), false),
            Found::Nothing => {}
        }
        tokio::select! {
            () = closing.cancelled() => return (last_word(BYE, &json!({})), false),
            woken = tokio::time::timeout(KEEP_ALIVE, reader.news()) => if woken.is_err() {
                return (Bytes::from_static(b": still here\n\n"), true);
            },
        }
    }
}

fn last_word(name: &str, data: &impl serde::Serialize) -> Bytes {
    let mut text = Vec::new();
    moment(&mut text, name, data);
    text.into()
}
