//! One request sent to another server, and its answer passed on as it comes.

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, future};
use paceline_cluster::Answered;
use paceline_model::ServerId;
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use std::time::Duration;

/// Which server's door sent a request here: it goes no further.
pub(super) const DOOR: HeaderName = HeaderName::from_static("paceline-door");
/// Said of a request that was not done, as its region is not here.
const ELSEWHERE: HeaderName = HeaderName::from_static("paceline-elsewhere");
/// Longest that a connection to another server may take.
const CONNECT_MAX: Duration = Duration::from_millis(500);
/// What is about a connection and not about a request. Source: RFC 9110, 7.6.1.
const OF_A_CONNECTION: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What asks other servers. Errors: nothing can be asked from here.
pub(super) fn client(tls: ClientConfig) -> Result<reqwest::Client, reqwest::Error> {
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none());
    http.tls_backend_preconfigured(tls).connect_timeout(CONNECT_MAX).build()
}

/// Marks an answer: nothing was done, and another server may be asked.
pub(super) fn elsewhere(mut answer: Response) -> Response {
    answer.headers_mut().insert(ELSEWHERE, HeaderValue::from_static("1"));
    answer
}

/// What came of sending a request on.
pub(super) enum Sent {
    Answer(Response),
    None(Answered),
}

/// Sends a request to the server at `url`, in the name of the door `from`. An answer that goes on is cut off when `moved` comes.
pub(super) async fn send(
    http: &reqwest::Client,
    (url, from): (&str, &ServerId),
    parts: &Parts,
    body: Bytes,
    moved: impl Future<Output = ()> + Send + 'static,
) -> Sent {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut headers = between(&parts.headers);
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    if let Ok(from) = HeaderValue::from_str(from.as_str()) {
        headers.insert(DOOR, from);
    }
    let asked = http.request(parts.method.clone(), format!("{url}{path}")).headers(headers).body(body);
    match asked.send().await {
        Ok(answer) if is_elsewhere(&answer) => Sent::None(Answered::NotDone),
        Ok(answer) => Sent::Answer(passed_on(answer, moved)),
        Err(error) if error.is_connect() || error.is_builder() => Sent::None(Answered::NotDone),
        Err(error) => {
            tracing::debug!(url, %error, "another server did not answer");
            Sent::None(Answered::Unknown)
        }
    }
}

fn is_elsewhere(answer: &reqwest::Response) -> bool {
    answer.status() == StatusCode::SERVICE_UNAVAILABLE && answer.headers().contains_key(ELSEWHERE)
}

fn passed_on(answer: reqwest::Response, moved: impl Future<Output = ()> + Send + 'static) -> Response {
    let (status, headers) = (answer.status(), between(answer.headers()));
    // What is of a known length comes whole, or breaks off by itself.
    let goes_on = answer.content_length().is_none();
    let cut: future::BoxFuture<'static, ()> = match goes_on {
        true => Box::pin(moved),
        false => Box::pin(future::pending()),
    };
    let body = Body::from_stream(answer.bytes_stream().take_until(cut));
    let mut passed = (status, body).into_response();
    *passed.headers_mut() = headers;
    passed
}

fn between(headers: &HeaderMap) -> HeaderMap {
    let mut between = headers.clone();
    OF_A_CONNECTION.iter().for_each(|name| _ = between.remove(name));
    between
}
