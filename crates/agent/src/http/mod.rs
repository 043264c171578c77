//! What the node answers over HTTP: inferences, and how its replicas stand. There are only so many connections, bodies and heads are
//! bounded, and each connection is a task of the agent's scope.

mod answers;

pub(crate) use answers::router;
pub use answers::{ReplicaLine, StatusView};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use paceline_supervise::{NamedExt as _, Spawner, Until};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Most connections at once: a node serves its own site.
const CONNECTIONS_MAX: usize = 256;
/// How long a client may take to send a request's head, and keep a connection without any.
const HEAD_MAX: Duration = Duration::from_secs(60);
/// Largest head.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Pause after the system refuses a connection, which it does when it has no more file descriptors.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// Answers until the scope ends.
pub(crate) async fn serve(scope: Spawner, listener: TcpListener, router: Router) {
    let (places, end) = (Arc::new(Semaphore::new(CONNECTIONS_MAX)), scope.token());
    while let Some(accepted) = end.run_until_cancelled(listener.accept().named("the next connection")).await {
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection was refused");
                tokio::time::sleep(REFUSED_PAUSE).named("pause after a refused connection").await;
                continue;
            }
        };
        // One too many is closed without a word: it costs the least.
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (router, end) = (router.clone(), end.clone());
        scope.spawn("connection", Until::Owner, async move {
            connection(stream, router, end).await;
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, router: Router, end: tokio_util::sync::CancellationToken) {
    // A socket that refuses this serves as well, only slower.
    _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_MAX).max_buf_size(HEAD_BYTES_MAX);
    let service = TowerToHyperService::new(router);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut().named("the next request") => ended,
        () = end.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().named("the last request").await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
