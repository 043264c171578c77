//! The door of a server among others: answers what is for regions that run here, and sends the rest on. What it does with a request is
//! [`Door`]'s.

use super::forward::{self, DOOR, Sent};
use super::metrics::{self, ClusterMetrics};
use super::routes::Routes;
use crate::clock::Stopwatch;
use crate::http::whole_body;
use crate::options::ServeOptions;
use crate::problem::Problem;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, Method};
use axum::response::{IntoResponse as _, Response};
use paceline_api::Code;
use paceline_cluster::{Answered, Door, Route, Step};
use paceline_model::{Millis, RegionId, ServerId};
use paceline_supervise::NamedExt as _;
use paceline_supervise::sync::watch;
use std::sync::Arc;
use std::time::Duration;

/// Time after which a request that waits for a region looks again, if nothing has changed before.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// A request that carries one may be repeated without a second effect.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Sends on what is for regions of other servers.
pub(crate) struct Forwarder {
    me: ServerId,
    routes: watch::Receiver<Arc<Routes>>,
    http: reqwest::Client,
    body_bytes_max: usize,
    timeout: Duration,
    metrics: ClusterMetrics,
}

impl Forwarder {
    pub(super) fn new(
        me: ServerId,
        routes: watch::Receiver<Arc<Routes>>,
        http: reqwest::Client,
        options: &ServeOptions,
        metrics: ClusterMetrics,
    ) -> Self {
        let timeout = options.request_timeout.into();
        Self { me, routes, http, body_bytes_max: options.body_bytes_max, timeout, metrics }
    }

    /// Answers a request for a region: by `here` if it runs here, which returns the request if it does not.
    pub(crate) async fn answer<F: Future<Output = Result<Response, Request>>>(
        &self,
        region: &RegionId,
        request: Request,
        here: impl Fn(Request) -> F,
    ) -> Response {
        let (parts, body) = request.into_parts();
        let forwarded = parts.headers.contains_key(DOOR);
        let body = match whole_body(body, self.body_bytes_max, self.timeout).await {
            Ok(body) => body,
            Err(problem) => return problem.into_response(),
        };
        let (mut door, since, mut routes) = (Door::new(forwarded), Stopwatch::start(), self.routes.clone());
        loop {
            let route = routes.borrow_and_update().to(region);
            let step = match door.next(route, millis(since.elapsed())) {
                Step::Serve => match here(again(&parts, &body)).await {
                    Ok(answer) if !is_closing(&answer) => return answer,
                    _ => door.answered(Answered::NotDone),
                },
                Step::Forward(server, url) => match self.send(region, (&server, &url), &parts, &body).await {
                    Sent::Answer(answer) => return answer,
                    Sent::None(answered) => door.answered(answered),
                },
                step => step,
            };
            match step {
                Step::Wait => self.wait(&mut routes).await,
                Step::Unanswered if is_repeatable(&parts) && since.elapsed() < self.timeout => {}
                Step::Unanswered => return Problem::timeout().into_response(),
                Step::Unknown => return Problem::unknown("region", region.as_str()).into_response(),
                _ => return self.refuse(region),
            }
        }
    }

    async fn send(
        &self,
        region: &RegionId,
        (server, url): (&ServerId, &str),
        parts: &Parts,
        body: &Bytes,
    ) -> Sent {
        let to = Route::At(server.clone(), url.to_owned());
        let sent = tokio::select! {
            sent = forward::send(&self.http, (url, &self.me), parts, body.clone(), self.moved(region, to.clone())) => sent,
            // Who is not there any more does not answer.
            () = self.moved(region, to) => Sent::None(Answered::Unknown),
            () = tokio::time::sleep(self.timeout) => Sent::None(Answered::Unknown),
        };
        self.metrics.sent(match &sent {
            Sent::Answer(_) | Sent::None(Answered::Yes) => metrics::Sent::Answered,
            Sent::None(Answered::NotDone) => metrics::Sent::NotDone,
            Sent::None(Answered::Unknown) => metrics::Sent::Unknown,
        });
        sent
    }

    /// Waits until a region's requests go elsewhere.
    fn moved(&self, region: &RegionId, from: Route) -> impl Future<Output = ()> + Send + 'static {
        let (mut routes, region) = (self.routes.clone(), region.clone());
        async move {
            // An error means that the server ends.
            _ = routes.wait_for(|routes| routes.to(&region) != from).await;
        }
    }

    /// Waits until something has changed, or for a while.
    async fn wait(&self, routes: &mut watch::Receiver<Arc<Routes>>) {
        _ = tokio::time::timeout(LOOK_AGAIN, routes.changed()).named("a region that changes hands").await;
    }

    fn refuse(&self, region: &RegionId) -> Response {
        self.metrics.refused.inc();
        let detail = format!("Region {region} is changing hands; nothing of this request was applied.");
        forward::elsewhere(Problem::new(Code::E0309, detail).come_back().into_response())
    }
}

/// The request once more.
fn again(parts: &Parts, body: &Bytes) -> Request {
    Request::from_parts(parts.clone(), Body::from(body.clone()))
}

/// The region ended before it looked at the request.
fn is_closing(answer: &Response) -> bool {
    answer.extensions().get::<Code>() == Some(&Code::E0303)
}

/// Whether a request may be sent again that may have been done. Source: RFC 9110, 9.2.1, and the key of `docs/client.md`.
fn is_repeatable(parts: &Parts) -> bool {
    parts.method == Method::GET || parts.method == Method::HEAD || parts.headers.contains_key(KEY)
}

fn millis(span: Duration) -> Millis {
    Millis(u32::try_from(span.as_millis()).unwrap_or(u32::MAX))
}
