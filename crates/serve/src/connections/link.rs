//! Links: connections that were upgraded to WebSocket, over which an edge node asks what it would ask by requests of their own
//! (`paceline_api::link`). Each frame is made a request again and goes through all doors of the listener, so that keys that were taken back, roles,
//! rates, the audit and regions that have moved to other servers hold for a frame as for a request.
//!
//! A link is its connection's task and has no other: it counts where connections count, and ends with the server.

use crate::auth::Arrival;
use crate::http::whole_body;
use crate::problem::Problem;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::service::Service as _;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use paceline_api::link::{BadFrame, LINKED, LinkAnswer, LinkRequest, Remembered};
use paceline_api::operation::{JSON, path_in_region};
use paceline_model::RegionId;
use paceline_model::limits::{
    LINK_ANSWER_BYTES_MAX, LINK_FRAME_BYTES_MAX, LINK_REQUESTS_MAX, LINK_SILENCE_S_MAX,
};
use paceline_supervise::NamedExt as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;

/// Longest that an answer may take to be whole once it has begun, and that a client may take to make room for it.
const WRITTEN_MAX: Duration = Duration::from_secs(60);
/// Read at once: most frames are far smaller.
const READ_BYTES: usize = 4 << 10;
/// What a frame has of its link's own request: by whom it is asked, and by which name of the server.
const KEPT: [header::HeaderName; 3] = [header::AUTHORIZATION, header::HOST, header::USER_AGENT];

/// Left by the handler of an upgrade for the connection's task, which goes on with it.
#[derive(Clone, Default)]
pub(crate) struct LinkSlot(Arc<Mutex<Option<OpenedLink>>>);

/// A link as it was asked for.
pub(crate) struct OpenedLink {
    /// The connection, once the answer to the upgrade is out.
    pub(crate) upgrade: OnUpgrade,
    /// The head of the upgrade.
    pub(crate) headers: HeaderMap,
    /// The region that its frames are for, if it is named.
    pub(crate) region: Option<RegionId>,
}

impl LinkSlot {
    pub(crate) fn leave(&self, link: OpenedLink) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
    }

    fn take(&self) -> Option<OpenedLink> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Carries the link that this connection was made, if it was, to its end.
    pub(super) async fn carry(&self, arrival: Arrival, router: Router, closing: CancellationToken) {
        let Some(OpenedLink { upgrade, headers, region }) = self.take() else { return };
        let Ok(upgraded) = upgrade.await else { return };
        let headers = KEPT.into_iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone())));
        let asker = Asker { headers: headers.collect(), region, arrival, router };
        let config = WebSocketConfig::default()
            .max_message_size(Some(LINK_FRAME_BYTES_MAX))
            .max_frame_size(Some(LINK_FRAME_BYTES_MAX))
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0);
        let io = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let ended = Link { socket, said: Remembered::default(), heard: Remembered::default() };
        if let Err(why) = ended.run(&asker, &closing).await {
            tracing::debug!(why, "a link is over");
        }
    }
}

/// What each frame of a link is asked with.
struct Asker {
    headers: HeaderMap,
    region: Option<RegionId>,
    arrival: Arrival,
    router: Router,
}

impl Asker {
    async fn answer(&self, asked: LinkRequest) -> LinkAnswer {
        let number = asked.number;
        let response = match self.request(asked) {
            Ok(request) => {
                let answered = TowerToHyperService::new(self.router.clone()).call(request).await;
                answered.unwrap_or_else(|never| match never {})
            }
            Err(problem) => problem.into_response(),
        };
        let retry_after_s = retry_after_s(&response);
        let (head, body) = response.into_parts();
        let (status, body) = match whole_body(body, LINK_ANSWER_BYTES_MAX, WRITTEN_MAX).await {
            Ok(body) => (head.status, body.to_vec()),
            Err(problem) => {
                let (head, body) = problem.into_response().into_parts();
                let said = whole_body(body, LINK_ANSWER_BYTES_MAX, WRITTEN_MAX).await;
                (head.status, said.map(|body| body.to_vec()).unwrap_or_default())
            }
        };
        LinkAnswer { number, status: status.as_u16(), retry_after_s, body }
    }

    /// A frame as the request that it stands for. Errors: there is no such operation on links, or no such name.
    fn request(&self, asked: LinkRequest) -> Result<Request, Problem> {
        let operation = LINKED.get(usize::from(asked.operation));
        let operation = operation.ok_or_else(|| {
            Problem::malformed(&format_args!("no operation of links has the number {}", asked.operation))
        })?;
        let (id, query) = asked.asked.split_once('?').unwrap_or((&asked.asked, ""));
        if id.bytes().any(|byte| !(byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))) {
            return Err(Problem::malformed(&"a frame of the link: what it is about is no name"));
        }
        let mut path = operation.path_of(id);
        if let Some(region) = &self.region {
            path = path_in_region(&path, region.as_str());
        }
        if !query.is_empty() {
            path = format!("{path}?{query}");
        }
        let request = Request::builder().method(operation.method.as_str()).uri(path);
        let mut request = request.body(Body::from(asked.body)).map_err(|error| Problem::malformed(&error))?;
        *request.headers_mut() = self.headers.clone();
        if operation.body.is_some() {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        }
        request.extensions_mut().insert(self.arrival.clone());
        Ok(request)
    }
}

fn retry_after_s(of: &Response) -> u16 {
    let said = of.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    said.and_then(|seconds| seconds.parse().ok()).unwrap_or_default()
}

struct Link<S> {
    socket: WebSocketStream<S>,
    said: Remembered,
    heard: Remembered,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    /// Answers frames until the client goes or is silent for too long, or until `closing`, and then what is under way. Errors: why it ended.
    async fn run(mut self, asker: &Asker, closing: &CancellationToken) -> Result<(), String> {
        let mut under_way = FuturesUnordered::new();
        let silence = Duration::from_secs(LINK_SILENCE_S_MAX);
        let mut until = Instant::now() + silence;
        loop {
            let ends = closing.is_cancelled();
            if ends && under_way.is_empty() {
                break;
            }
            tokio::select! {
                Some(answer) = under_way.next() => self.say(&answer).await?,
                frame = self.socket.next().named("a link's next frame"),
                    if !ends && under_way.len() < LINK_REQUESTS_MAX =>
                {
                    until = Instant::now() + silence;
                    match self.hear(frame)? {
                        Heard::Asked(asked) => under_way.push(asker.answer(asked)),
                        Heard::Life => {}
                        Heard::End => return Ok(()),
                    }
                }
                () = tokio::time::sleep_until(until) => return Err(format!("nothing came for {silence:?}")),
                () = closing.cancelled(), if !ends => {}
            }
        }
        // Whoever does not hear it finds out by itself.
        _ = tokio::time::timeout(WRITTEN_MAX, self.socket.close(None)).await;
        Ok(())
    }

    fn hear<E: std::fmt::Display>(&mut self, frame: Option<Result<Message, E>>) -> Result<Heard, String> {
        match frame {
            Some(Ok(Message::Binary(frame))) => {
                let asked = LinkRequest::read(&frame, &mut self.heard);
                asked.map(Heard::Asked).map_err(|bad: BadFrame| bad.to_string())
            }
            // A pong goes out by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Heard::Life),
            Some(Ok(Message::Close(_))) | None => Ok(Heard::End),
            Some(Ok(Message::Text(_))) => Err("text came, which no node sends".into()),
            Some(Err(error)) => Err(error.to_string()),
        }
    }

    async fn say(&mut self, answer: &LinkAnswer) -> Result<(), String> {
        let frame = Message::Binary(answer.write(&mut self.said).into());
        match tokio::time::timeout(WRITTEN_MAX, self.socket.send(frame)).await {
            Ok(sent) => sent.map_err(|error| error.to_string()),
            Err(_) => Err(format!("an answer was not taken within {WRITTEN_MAX:?}")),
        }
    }
}

/// What came over a link.
enum Heard {
    Asked(LinkRequest),
    Life,
    End,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    #[tokio::test(start_paused = true)]
    async fn a_link_over_which_nothing_comes_ends_after_three_minutes_and_a_ping_keeps_it() {
        let (near, far) = tokio::io::duplex(4_096);
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        let arrival = Arrival { local: here, remote: here, certificate: None };
        let asker = Asker { headers: HeaderMap::new(), region: None, arrival, router: Router::new() };
        let socket = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
        let link = Link { socket, said: Remembered::default(), heard: Remembered::default() };
        let mut node = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
        let (began, closing) = (Instant::now(), CancellationToken::new());
        let pings = async {
            tokio::time::sleep(Duration::from_secs(170)).await;
            node.send(Message::Ping(Vec::new().into())).await.expect("it goes out");
            assert!(matches!(node.next().await, Some(Ok(Message::Pong(_)))));
            std::future::pending::<()>().await
        };
        let ended = tokio::select! {
            ended = link.run(&asker, &closing) => ended,
            () = pings => unreachable!("it never ends"),
        };
        assert_eq!(ended, Err("nothing came for 180s".to_owned()));
        assert_eq!(began.elapsed().as_secs(), 170 + 180);
    }
}
