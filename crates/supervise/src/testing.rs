//! Tests that fail when a task outlives them, and print it.

use crate::options::Options;
use crate::row::TaskRow;
use crate::supervisor::Supervisor;
use std::time::Duration;

/// Time that tasks have to end after the body of a test has.
const GRACE: Duration = Duration::from_millis(200);

/// Runs the body of a [`test`](macro@crate::test). Panics: a task outlived it; the message lists each of them.
pub fn run_supervised<T>(body: impl AsyncFnOnce(Supervisor) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system gives a runtime");
    let supervisor = Supervisor::new(Options::default());
    let (result, left) = runtime.block_on(async {
        let result = body(supervisor.clone()).await;
        let end = tokio::time::Instant::now() + GRACE;
        while !supervisor.registry().is_empty() && tokio::time::Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        (result, supervisor.registry().snapshot())
    });
    let shown: Vec<String> = left.iter().map(TaskRow::to_string).collect();
    // Dropping the runtime ends what was left, so that the next test finds none of it.
    drop(runtime);
    assert!(left.is_empty(), "{} tasks outlived the test:\n  {}", left.len(), shown.join("\n  "));
    result
}
