//! How server and city live beside each other, and end: the city first.

use crate::commands;
use paceline_model::Instant;
use paceline_serve::{Clock, Server};
use paceline_supervise::{Options, Scope, Spawner, Supervisor, Until};
use std::time::Duration;

/// Requests that may wait in one lane: what is about one thing always takes the same lane, and so stays in order.
pub(super) const LANE_LENGTH: usize = 1_024;
/// Longest sleep between two looks at the city.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Time between two lines of progress.
pub(super) const SAY_EVERY: Duration = Duration::from_secs(10);

/// Says where the demo is to be seen.
pub(super) fn say_where(base: &str) {
    println!("look at {base}/   (API: {base}/openapi.json, figures: {base}/metrics; Ctrl-C ends it)");
}

/// A scope for the city, and who watches it.
pub(super) fn city_scope() -> (Supervisor, Scope) {
    let supervisor = Supervisor::new(Options::default());
    let scope = supervisor.scope("demo");
    (supervisor, scope)
}

/// Keeps an ear on what the server publishes, until the city ends.
pub(super) fn listen(scope: &Spawner, ear: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
    let token = scope.token();
    scope.spawn("listen", Until::Owner, async move {
        tokio::select! {
            () = token.cancelled() => Ok(()),
            ended = ear => ended,
        }
    });
}

/// Lets server and city live until the time is over or somebody ends them: the city first, then the server.
pub(super) async fn play(
    server: Server,
    (supervisor, scope): (Supervisor, Scope),
    seconds: Option<u64>,
) -> anyhow::Result<()> {
    let (ending, ended) = tokio::sync::oneshot::channel();
    let city_ends = async move {
        let closed = scope.run_until(end(seconds), Duration::from_secs(5)).await;
        // The server hears of the end only after the city is silent; its receiver lives as long as the server.
        _ = ending.send(());
        closed
    };
    let server_ends = server.run(async {
        _ = ended.await;
    });
    let (city, summary) = tokio::join!(city_ends, server_ends);
    println!(
        "ended: {} tasks of the city, {} of the server, none left; {} broken contracts reported",
        city.finished,
        summary.closed.finished,
        supervisor.reported() + summary.reported
    );
    anyhow::ensure!(city.is_clean(), "the city did not end well: {city:?}");
    commands::all_ended(&summary)
}

async fn end(seconds: Option<u64>) {
    let timer = async {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = timer => {}
        () = commands::asked_to_end() => {}
    }
}

/// How long to wait for what the city does next, in real time.
pub(super) fn wait_for(clock: Clock, next: Option<Instant>) -> Duration {
    next.map_or(LOOK_EVERY, |next| clock.real(next.since(clock.now())).min(LOOK_EVERY))
}
