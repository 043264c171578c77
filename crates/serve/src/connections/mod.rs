//! Connections of both listeners: one task each, in a scope, so that each is seen, none is left, and a handler's panic ends
//! only its own. There are only so many, each reads only so much of a head, and none waits for ever: neither for a request nor
//! for a client that does not read.

mod bound;
mod link;
mod outspoken;
mod refused;
mod secured;

pub(crate) use bound::Bound;
pub(crate) use link::{LinkSlot, OpenedLink};

use crate::auth::Arrival;
use crate::tls::{NoTls, Tls};
use axum::Router;
use axum::http::{Method, Uri};
use axum::response::Response;
use futures_util::future::{Either, ready};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use outspoken::Outspoken;
use paceline_supervise::{NamedExt as _, OnError, Supervisor, Until};
use rustix::net::sockopt::set_tcp_user_timeout;
use secured::{certificate, secured};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// The component that connections of the public listener belong to.
pub(crate) const PUBLIC: &str = "http";
/// The component that connections of the operator's listener belong to.
pub(crate) const ADMIN: &str = "admin";
/// How long a client may take to send a request's head, which is also how long it may keep a connection without any.
/// Longer than the slowest usual rate of positions, which is one in 20 s.
const HEAD_MAX: Duration = Duration::from_secs(60);
/// Largest head of a request, and largest piece of a body that is read at once. Browsers send up to some 8 kB of cookies.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Most headers of a request.
const HEADERS_MAX: usize = 64;
/// How long a client may leave an answer unread, in milliseconds, before its connection is cut.
const UNREAD_MS_MAX: u32 = 60_000;
/// Connections that are being turned away at once; further ones are cut without a word.
const TURNED_AWAY_MAX: usize = 8;
/// Pause after the system refuses a connection, which it does when it has no more file descriptors.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// Says to whom there is nothing more to say than to come back later; asked once for each request, before anything else is done for it.
pub(crate) type Turnstile = Arc<dyn Fn(&Method, &Uri) -> Option<Response> + Send + Sync>;

/// A listener, what answers, and how many may ask at once.
pub(crate) struct Served {
    pub(crate) component: &'static str,
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) bound: Arc<Bound>,
    /// `None`: nobody is turned away before it is known what they want.
    pub(crate) turnstile: Option<Turnstile>,
    pub(crate) router: Router,
}

/// Answers requests until `closing`, then finishes those under way, for at most `grace`.
pub(crate) async fn run(served: Served, supervisor: Supervisor, closing: CancellationToken, grace: Duration) {
    let Served { component, listener, tls, bound, turnstile, router } = served;
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY_MAX));
    let connections = supervisor.scope(component).on_error(OnError::KeepGoing);
    while let Some(accepted) =
        closing.run_until_cancelled(listener.accept().named("the next connection")).await
    {
        match accepted {
            Ok((stream, from)) => match bound.admit(from.ip()) {
                Ok(place) => {
                    let (tls, closing) = (tls.clone(), closing.clone());
                    let answers = (turnstile.clone(), router.clone());
                    let one = connection(stream, from.ip(), tls, answers, closing);
                    connections.spawn("connection", Until::Owner, async move {
                        one.await;
                        drop(place);
                    });
                }
                Err(why) => {
                    tracing::debug!(?why, "a connection was turned away");
                    let Ok(few) = turned_away.clone().try_acquire_owned() else { continue };
                    let tls = tls.clone();
                    connections.spawn("turned-away", Until::Owner, async move {
                        refused::turn_away(stream, tls.as_deref(), why).await;
                        drop(few);
                    });
                }
            },
            Err(error) => {
                tracing::warn!(%error, "a connection was refused");
                tokio::time::sleep(REFUSED_PAUSE).named("pause after a refused connection").await;
            }
        }
    }
    // With them goes what keeps the region's queue open.
    drop((listener, turnstile, router));
    let closed = connections.close(grace).await;
    if !closed.is_clean() {
        tracing::warn!(?closed, "not every connection ended well");
    }
}

/// Ends a connection from within one of its requests: for who knows that its client does not read.
#[derive(Clone)]
pub(crate) struct ConnectionEnd(pub(crate) CancellationToken);

/// Serves one connection until its client leaves, or until `closing` and the end of the request under way.
async fn connection(
    stream: TcpStream,
    remote: IpAddr,
    tls: Option<Arc<Tls>>,
    (turnstile, router): (Option<Turnstile>, Router),
    closing: CancellationToken,
) {
    // Answers are small and wanted at once. A socket that refuses this serves as well, only slower.
    _ = stream.set_nodelay(true);
    // One that refuses this is cut when its server ends.
    _ = set_tcp_user_timeout(&stream, UNREAD_MS_MAX);
    // A socket that does not know its own address any more has lost its client.
    let Ok(local) = stream.local_addr() else { return };
    let stream = match closing.run_until_cancelled(secured(stream, tls.as_deref())).await {
        Some(Ok(stream)) => stream,
        Some(Err(NoTls::PlainHttp(stream))) => return refused::plain_http(stream).await,
        Some(Err(NoTls::Broken)) | None => return,
    };
    let certificate = certificate(&stream);
    let arrival = Arrival { local: local.ip(), remote, certificate };
    let answers = TowerToHyperService::new(router.clone());
    let (end, link) = (CancellationToken::new(), LinkSlot::default());
    let (ends, slot, from) = (ConnectionEnd(end.clone()), link.clone(), arrival.clone());
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Some(away) = turnstile.as_ref().and_then(|away| away(request.method(), request.uri())) {
            return Either::Left(ready(Ok(away)));
        }
        request.extensions_mut().insert(from.clone());
        request.extensions_mut().insert(ends.clone());
        request.extensions_mut().insert(slot.clone());
        Either::Right(answers.call(request))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_MAX);
    http.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    let mut connection =
        pin!(http.serve_connection(TokioIo::new(Outspoken::new(stream)), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut().named("the next request") => ended,
        () = end.cancelled() => return,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().named("the last request").await
        }
    };
    match ended {
        Ok(()) => link.carry(arrival, router, closing).await,
        Err(error) => tracing::debug!(%error, "a connection broke"),
    }
}
