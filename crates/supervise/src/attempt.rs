//! Runs a future, or a function that blocks, with its panic as a failure: once, or again as the table of restarts says.

use crate::clock;
use crate::closed::{Cause, TaskEnd};
use crate::contract::Outcome;
use crate::counters::Counters;
use crate::named::NamedExt as _;
use crate::restart::{Restart, Tries};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// Runs futures until one does not fail, or the budget is spent, or the scope is cancelled in a pause.
pub(crate) async fn again<F: Future<Output: Outcome>>(
    restart: Restart,
    mut make: impl FnMut() -> F,
    counters: Arc<Counters>,
    token: CancellationToken,
) -> Result<(), Cause> {
    let mut tries = Tries::new(restart);
    loop {
        let cause = match once(make()).await {
            TaskEnd::Failed(cause) => *cause,
            TaskEnd::Finished | TaskEnd::Aborted => return Ok(()),
        };
        let Some(pause) = tries.failed(clock::now_ns()) else { return Err(cause) };
        if !paused(&cause, pause, &token).await {
            return Ok(());
        }
        counters.restarted.fetch_add(1, Relaxed);
    }
}

/// Says why there is another try, and waits for it. Returns whether there is: not if the scope is cancelled in the pause.
async fn paused(cause: &Cause, pause: Duration, token: &CancellationToken) -> bool {
    tracing::warn!(%cause, pause_ms = pause.as_millis() as u64, "task failed and is started again");
    let sleep = || tokio::time::sleep(pause).named("pause before a restart");
    pause.is_zero() || token.run_until_cancelled(sleep()).await.is_some()
}

/// Runs a function that blocks, on its own thread, until it does not fail, or as [`again`] gives up.
pub(crate) fn again_blocking<T: Outcome>(
    restart: Restart,
    mut run: impl FnMut() -> T,
    counters: &Counters,
    token: &CancellationToken,
) -> Result<(), Cause> {
    let runtime = Handle::current();
    let mut tries = Tries::new(restart);
    loop {
        // What it leaves half-written it does not look at again: each run makes its own.
        let end = catch_unwind(AssertUnwindSafe(&mut run));
        let cause = match end.map_or_else(|panic| TaskEnd::panicked(&*panic), TaskEnd::of) {
            TaskEnd::Failed(cause) => *cause,
            TaskEnd::Finished | TaskEnd::Aborted => return Ok(()),
        };
        let Some(pause) = tries.failed(clock::now_ns()) else { return Err(cause) };
        if !runtime.block_on(paused(&cause, pause, token)) {
            return Ok(());
        }
        counters.restarted.fetch_add(1, Relaxed);
    }
}

/// One run, with its panic as a failure.
pub(crate) async fn once<F: Future<Output: Outcome>>(future: F) -> TaskEnd {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(outcome)) => Poll::Ready(TaskEnd::of(outcome)),
        Err(panic) => Poll::Ready(TaskEnd::panicked(&*panic)),
    })
    .await
}
