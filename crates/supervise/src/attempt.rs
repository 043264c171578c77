//! Runs a future with its panic as a failure: once, or again as the table of restarts says.

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
        tracing::warn!(%cause, pause_ms = pause.as_millis() as u64, "task failed and is started again");
        if token
            .run_until_cancelled(tokio::time::sleep(pause).named("pause before a restart"))
            .await
            .is_none()
        {
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
