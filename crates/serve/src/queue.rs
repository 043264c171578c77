//! Queues that a thread of its own empties.

use paceline_supervise::waiting;
use tokio::sync::mpsc;

/// The next piece; meanwhile the thread is shown as waiting for `what`. `None`: nobody is left who could send one.
#[track_caller]
pub(crate) fn next<T>(queue: &mut mpsc::Receiver<T>, what: &'static str) -> Option<T> {
    let _at = waiting(what);
    queue.blocking_recv()
}
