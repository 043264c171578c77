//! Server-sent events: each durable change with its version as id; `positions` and `figures` twice a second, without.
//! Source: WHATWG HTML, "Server-sent events".

use super::app::App;
use super::body::Asked;
use crate::problem::Problem;
use crate::stream::{Subscription, Told};
use crate::view;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use paceline_api::stream::{BYE, CHANGE, LAGGED, RESET};
use paceline_engine::Change;
use serde::Deserialize;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
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
/// Changes written together at most.
const BATCH: usize = 512;

/// The world's changes as they become durable. After a break the browser sends `Last-Event-ID` and goes on where it
/// was; if that is too long ago, the first event is `reset`: read the world anew.
pub(super) async fn open(
    State(app): State<App>,
    Asked(query): Asked<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let subscription = app.stream.subscribe(header.or(query.last_event_id));
    let subscription = subscription.ok_or_else(|| Problem::busy("Too many streams are open."))?;
    let body = Body::from_stream(events(subscription, app.region.closing.clone()));
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}

/// What was missed, then what comes, until the server closes or the subscriber falls too far behind.
fn events(
    subscription: Subscription,
    closing: CancellationToken,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    let mut first = String::from("retry: 1000\n\n");
    if let Some(version) = subscription.from {
        // An id without data: whoever loses the connection before the first change comes back with this.
        _ = write!(first, "id: {version}\n\n");
    }
    if subscription.reset {
        moment(&mut first, RESET, "{}");
    }
    for change in &subscription.missed {
        numbered(&mut first, change);
    }
    stream::unfold(Some((first, subscription.told)), move |state| {
        let closing = closing.clone();
        async move {
            let (text, mut told) = state?;
            if !text.is_empty() {
                return Some((Ok(text.into()), Some((String::new(), told))));
            }
            let (text, goes_on) = next(&mut told, &closing).await;
            Some((Ok(text.into()), goes_on.then_some((String::new(), told))))
        }
    })
}

/// The next piece of text, and whether more will come.
async fn next(told: &mut Receiver<Told>, closing: &CancellationToken) -> (String, bool) {
    let mut text = String::new();
    let first = tokio::select! {
        () = closing.cancelled() => {
            moment(&mut text, BYE, "{}");
            return (text, false);
        }
        first = tokio::time::timeout(KEEP_ALIVE, told.recv()) => first,
    };
    match first {
        Err(_) => text.push_str(": still here\n\n"),
        Ok(Ok(first)) => {
            write(&mut text, &first);
            for _ in 1..BATCH {
                let Ok(more) = told.try_recv() else { break };
                write(&mut text, &more);
            }
        }
        // It comes back with its last id and gets what it missed from the ring.
        Ok(Err(RecvError::Lagged(_))) => {
            moment(&mut text, LAGGED, "{}");
            return (text, false);
        }
        Ok(Err(RecvError::Closed)) => return (text, false),
    }
    (text, true)
}

fn write(text: &mut String, told: &Told) {
    match told {
        Told::Change(change) => numbered(text, change),
        Told::Moment(name, json) => moment(text, name, json),
    }
}

pub(super) fn numbered(text: &mut String, change: &Change) {
    let json = serde_json::to_string(&view::change(change)).unwrap_or_default();
    _ = write!(text, "id: {}\nevent: {CHANGE}\ndata: {json}\n\n", change.version.0);
}

pub(super) fn moment(text: &mut String, name: &str, json: &str) {
    _ = write!(text, "event: {name}\ndata: {json}\n\n");
}
