//! The link: one connection that carries a client's small requests to one region, beside those that go by HTTP. What goes over it is `paceline_api::link`.
//!
//! ```text
//!   no link --a request--> opening --101--> open --an answer that does not come, a break, the server's end--> no link
//!                             |                |
//!                             |                +--it ends before anything was answered--+
//!                             +--any other answer: an older server, a proxy-------------+--> by HTTP, for ten minutes
//! ```
//! A request is repeated nowhere: what was under way when a link ends fails, and whoever asked asks again as they would have by HTTP.

use crate::client::Client;
use crate::error::ClientError;
use crate::link_handle::{Ask, LinkHandle};
use crate::prepared::Prepared;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use paceline_api::link::{LinkAnswer, LinkRequest, Remembered};
use paceline_api::operation as op;
use paceline_model::limits::{LINK_ANSWER_BYTES_MAX, LINK_REQUESTS_MAX, LINK_SILENCE_S_MAX};
use reqwest::header::{CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, UPGRADE};
use reqwest::{StatusCode, Upgraded};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// How long a server counts as one without links before it is asked again: it, or what stands before it, may be replaced any day.
const WITHOUT_FOR: Duration = Duration::from_secs(600);
/// A ping goes out where nothing else did for so long. Networks that translate addresses forget who says nothing after a minute or more; the server after
/// [`LINK_SILENCE_S_MAX`].
const PING_AFTER: Duration = Duration::from_secs(30);
const _: () = assert!(PING_AFTER.as_secs() * 3 < LINK_SILENCE_S_MAX);

/// Keeps the link. Whoever made it runs [`LinkTask::run`] for as long as the client is used.
#[derive(Debug)]
pub struct LinkTask {
    client: Client,
    asks: mpsc::Receiver<Ask>,
    /// Until when requests go by HTTP.
    without_until: Option<Instant>,
}

impl Client {
    /// The same client with a link to its region for what is small, and the task that keeps it: opened by the first request, and again after each break.
    pub fn linked(&self) -> (Self, LinkTask) {
        let (asks, asked) = mpsc::channel(LINK_REQUESTS_MAX);
        let task = LinkTask { client: self.clone(), asks: asked, without_until: None };
        (Self { link: Some(LinkHandle { asks }), ..self.clone() }, task)
    }
}

/// Why a link is not there.
enum NoLink {
    /// The server cannot be reached: neither can it by HTTP.
    Unreachable(ClientError),
    /// It has no links, or what stands before it lets none through.
    Refused(String),
}

impl LinkTask {
    /// Carries requests until no client is left that could ask.
    pub async fn run(mut self) {
        while let Some(ask) = self.asks.recv().await {
            if self.without_until.is_some_and(|until| Instant::now() < until) {
                continue;
            }
            match self.open().await {
                Ok(socket) => {
                    let mut open = Open::new(socket);
                    let ended = open.carry(ask, &mut self.asks).await;
                    tracing::debug!(why = %ended, "the link is over");
                    if !open.answered {
                        self.without(&ended.to_string());
                    }
                    open.fail(&ended);
                }
                Err(NoLink::Unreachable(error)) => _ = ask.reply.send(Err(error)),
                Err(NoLink::Refused(why)) => self.without(&why),
            }
        }
    }

    fn without(&mut self, why: &str) {
        tracing::info!(why, "there is no link to the server: requests go one by one");
        self.without_until = Some(Instant::now() + WITHOUT_FOR);
    }

    async fn open(&self) -> Result<WebSocketStream<Upgraded>, NoLink> {
        let patience = self.client.options.timeout;
        match tokio::time::timeout(patience, self.upgrade()).await {
            Ok(opened) => opened,
            Err(_) => Err(NoLink::Unreachable(ClientError::TimedOut(patience))),
        }
    }

    /// Source: RFC 6455, 4.1.
    async fn upgrade(&self) -> Result<WebSocketStream<Upgraded>, NoLink> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|error| NoLink::Refused(error.to_string()))?;
        let key = BASE64_STANDARD.encode(nonce);
        let unusable = NoLink::Unreachable;
        let mut prepared = Prepared::bare(&op::OPEN_LINK, "").map_err(unusable)?;
        if let Some(region) = &self.client.region {
            prepared = prepared.asking(&format!("region={region}"));
        }
        let asked = [("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13")];
        let prepared = asked
            .into_iter()
            .fold(prepared, |prepared, (name, value)| prepared.with(name, value.to_owned()))
            .with("sec-websocket-key", key.clone());
        let response = match self.client.attempt_any(&prepared, None).await {
            Ok(response) => response,
            Err(error) => return Err(NoLink::Unreachable(error)),
        };
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(NoLink::Refused(format!("HTTP status {}", response.status())));
        }
        if !is_ours(response.headers(), &key) {
            return Err(NoLink::Refused("the answer to the upgrade is not to ours".into()));
        }
        let upgraded = response.upgrade().await.map_err(|error| NoLink::Refused(error.to_string()))?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(LINK_ANSWER_BYTES_MAX + 16))
            .max_frame_size(Some(LINK_ANSWER_BYTES_MAX + 16))
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0);
        Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await)
    }
}

/// Read at once: most answers are far smaller.
const READ_BYTES: usize = 4 << 10;

/// What a server says to the key of an upgrade. Source: RFC 6455, 4.2.2.
pub fn accept_of(key: &[u8]) -> String {
    const APPENDED: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &[key, APPENDED].concat());
    BASE64_STANDARD.encode(digest)
}

fn is_ours(headers: &HeaderMap, key: &str) -> bool {
    let says = |name, wanted: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.eq_ignore_ascii_case(wanted))
    };
    let accepted = headers.get(SEC_WEBSOCKET_ACCEPT).map(|value| value.as_bytes());
    says(CONNECTION, "upgrade")
        && says(UPGRADE, "websocket")
        && accepted == Some(accept_of(key.as_bytes()).as_bytes())
}

/// Why a link ended.
#[derive(Clone, Debug)]
enum Ended {
    Late(Duration),
    Broken(String),
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Late(patience) => write!(f, "no answer within {patience:?}"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

struct Waiting {
    reply: oneshot::Sender<Result<LinkAnswer, ClientError>>,
    until: Instant,
    patience: Duration,
}

/// A link that is open.
struct Open<S> {
    socket: WebSocketStream<S>,
    waiting: BTreeMap<u8, Waiting>,
    next: u8,
    said: Remembered,
    heard: Remembered,
    sent_at: Instant,
    /// When the server will have had time enough to answer a ping.
    pong_until: Option<Instant>,
    /// Whether the server has ever said something over it.
    answered: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Open<S> {
    fn new(socket: WebSocketStream<S>) -> Self {
        Self {
            socket,
            waiting: BTreeMap::new(),
            next: 0,
            said: Remembered::default(),
            heard: Remembered::default(),
            sent_at: Instant::now(),
            pong_until: None,
            answered: false,
        }
    }

    /// Carries requests and answers to the end of the link.
    async fn carry(&mut self, first: Ask, asks: &mut mpsc::Receiver<Ask>) -> Ended {
        if let Err(ended) = self.ask(first).await {
            return ended;
        }
        loop {
            let (at, late) = self.next_due();
            let done = tokio::select! {
                frame = self.socket.next() => self.frame(frame),
                ask = asks.recv(), if self.waiting.len() < LINK_REQUESTS_MAX => match ask {
                    Some(ask) => self.ask(ask).await,
                    None => Err(Ended::Broken("nobody asks any more".into())),
                },
                () = tokio::time::sleep_until(at) => match late {
                    Some(patience) => Err(Ended::Late(patience)),
                    None => self.ping().await,
                },
            };
            if let Err(ended) = done {
                return ended;
            }
        }
    }

    async fn ask(&mut self, ask: Ask) -> Result<(), Ended> {
        while self.waiting.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let Ask { operation, asked, body, patience, reply } = ask;
        let number = self.next;
        // Numbers are small, so that a request that is like the last one is the same bytes.
        self.next = (number + 1) % (2 * LINK_REQUESTS_MAX as u8);
        let until = Instant::now() + patience;
        self.waiting.insert(number, Waiting { reply, until, patience });
        let frame = LinkRequest { number, operation, asked, body }.write(&mut self.said);
        self.send(Message::Binary(frame.into())).await
    }

    async fn ping(&mut self) -> Result<(), Ended> {
        self.pong_until = Some(Instant::now() + PING_AFTER);
        self.send(Message::Ping(Vec::new().into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        self.sent_at = Instant::now();
        // What the system has no room for within this time goes nowhere.
        match tokio::time::timeout(PING_AFTER, self.socket.send(message)).await {
            Ok(sent) => sent.map_err(|error| Ended::Broken(error.to_string())),
            Err(_) => Err(Ended::Late(PING_AFTER)),
        }
    }

    /// What is due next, and for how long it was waited in vain; `None`: it is a ping.
    fn next_due(&self) -> (Instant, Option<Duration>) {
        let ping = (self.sent_at + PING_AFTER, None);
        let pong = self.pong_until.map(|at| (at, Some(PING_AFTER)));
        let answers = self.waiting.values().map(|waiting| (waiting.until, Some(waiting.patience)));
        let all = answers.chain(pong).chain(self.pong_until.is_none().then_some(ping));
        all.min().unwrap_or(ping)
    }

    fn frame<E: std::fmt::Display>(&mut self, frame: Option<Result<Message, E>>) -> Result<(), Ended> {
        self.pong_until = None;
        match frame {
            Some(Ok(Message::Binary(frame))) => {
                let answer = LinkAnswer::read(&frame, &mut self.heard);
                let answer = answer.map_err(|bad| Ended::Broken(bad.to_string()))?;
                self.answered = true;
                if let Some(waiting) = self.waiting.remove(&answer.number) {
                    // Whoever asked may have gone.
                    _ = waiting.reply.send(Ok(answer));
                }
                Ok(())
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Text(_))) => Err(Ended::Broken("text came, which no server sends".into())),
            Some(Ok(Message::Close(_))) | None => Err(Ended::Broken("the server ended it".into())),
            Some(Err(error)) => Err(Ended::Broken(error.to_string())),
        }
    }

    /// Tells all who wait that they wait in vain.
    fn fail(self, ended: &Ended) {
        for waiting in self.waiting.into_values() {
            let error = match ended {
                Ended::Late(patience) => ClientError::TimedOut(*patience),
                Ended::Broken(why) => ClientError::LinkBroken(why.clone()),
            };
            _ = waiting.reply.send(Err(error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wait of an hour says nothing: after 30 s there is a ping, and without an answer to it the link is over 30 s later.
    #[tokio::test(start_paused = true)]
    async fn where_nothing_is_said_pings_go_out_and_one_that_is_not_answered_ends_the_link() {
        let (near, far) = tokio::io::duplex(4_096);
        let mut server = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
        let mut open = Open::new(WebSocketStream::from_raw_socket(near, Role::Client, None).await);
        let (_asks, mut asked) = mpsc::channel(1);
        let (reply, _answer) = oneshot::channel();
        let (began, patience) = (Instant::now(), Duration::from_secs(3_600));
        let wait = Ask { operation: 1, asked: "n0".into(), body: Vec::new(), patience, reply };
        let answered = async {
            assert!(matches!(server.next().await, Some(Ok(Message::Binary(_)))));
            for _ in 0..2 {
                // The pong goes out when the next frame is read.
                assert!(matches!(server.next().await, Some(Ok(Message::Ping(_)))));
            }
            server.flush().await.expect("it goes out");
            assert_eq!(began.elapsed().as_secs(), 60);
            std::future::pending::<()>().await
        };
        let ended = tokio::select! {
            ended = open.carry(wait, &mut asked) => ended,
            () = answered => unreachable!("it never ends"),
        };
        assert_eq!(ended.to_string(), "no answer within 30s");
        assert_eq!(began.elapsed().as_secs(), 120, "two pings were answered, and a third was not");
    }
}
