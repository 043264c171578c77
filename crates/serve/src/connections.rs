//! Connections of both listeners: one task each, in a scope, so that each is seen, none is left, and a handler's panic ends
//! only its own.

use crate::auth::Arrival;
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use paceline_supervise::{NamedExt as _, OnError, Supervisor, Until};
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// The component that connections of the public listener belong to.
pub(crate) const PUBLIC: &str = "http";
/// The component that connections of the operator's listener belong to.
pub(crate) const ADMIN: &str = "admin";
/// How long a client may take to send a request's head, which is also how long it may keep a connection without any.
/// Longer than the slowest usual rate of positions, which is one in 20 s.
const HEAD_MAX: Duration = Duration::from_secs(60);
/// Pause after the system refuses a connection, which it does when it has no more file descriptors.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// Answers requests until `closing`, then finishes those under way, for at most `grace`.
pub(crate) async fn run(
    component: &'static str,
    supervisor: Supervisor,
    listener: TcpListener,
    router: Router,
    closing: CancellationToken,
    grace: Duration,
) {
    let connections = supervisor.scope(component).on_error(OnError::KeepGoing);
    while let Some(accepted) =
        closing.run_until_cancelled(listener.accept().named("the next connection")).await
    {
        match accepted {
            Ok((stream, from)) => {
                let one = connection(stream, from.ip(), router.clone(), closing.clone());
                connections.spawn("connection", Until::Owner, one);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was refused");
                tokio::time::sleep(REFUSED_PAUSE).named("pause after a refused connection").await;
            }
        }
    }
    // With them goes what keeps the region's queue open.
    drop((listener, router));
    let closed = connections.close(grace).await;
    if !closed.is_clean() {
        tracing::warn!(?closed, "not every connection ended well");
    }
}

/// Ends a connection from within one of its requests: for who knows that its client does not read.
#[derive(Clone)]
pub(crate) struct ConnectionEnd(pub(crate) CancellationToken);

/// Serves one connection until its client leaves, or until `closing` and the end of the request under way.
async fn connection(stream: TcpStream, remote: IpAddr, router: Router, closing: CancellationToken) {
    // Answers are small and wanted at once. A socket that refuses this serves as well, only slower.
    _ = stream.set_nodelay(true);
    // A socket that does not know its own address any more has lost its client.
    let Ok(local) = stream.local_addr() else { return };
    let (arrival, router) = (Arrival { local: local.ip(), remote }, TowerToHyperService::new(router));
    let end = CancellationToken::new();
    let ends = ConnectionEnd(end.clone());
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(arrival.clone());
        request.extensions_mut().insert(ends.clone());
        router.call(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_MAX);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut().named("the next request") => ended,
        () = end.cancelled() => return,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().named("the last request").await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
