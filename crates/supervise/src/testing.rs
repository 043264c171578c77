//! Tests that fail when a task outlives them, and print it.

use crate::registry::TaskRow;
use crate::supervisor::{Options, Supervisor};
use std::time::Duration;

/// Time that tasks have to end after the body of a test has.
const GRACE: Duration = Duration::from_millis(200);

/// Defines a test whose tasks must be gone when its body ends; the body is given a supervisor of its own.
///
/// ```
/// # use paceline_supervise::{Until, supervised_test};
/// supervised_test! {
///     async fn a_car_leaves_nothing(supervisor) {
///         let car = supervisor.scope("fleet").child("vehicle", 42);
///         car.spawn("telemetry", Until::Owner, async {});
///         assert!(car.close(std::time::Duration::from_secs(1)).await.is_clean());
///     }
/// }
/// ```
#[macro_export]
macro_rules! supervised_test {
    ($($(#[$meta:meta])* async fn $name:ident($supervisor:ident) $body:block)*) => { $(
        #[test]
        $(#[$meta])*
        fn $name() {
            $crate::run_supervised(async |$supervisor: $crate::Supervisor| $body);
        }
    )* };
}

/// Runs the body of a [`supervised_test!`](crate::supervised_test). Panics: a task outlived it; with each of them.
pub fn run_supervised(body: impl AsyncFnOnce(Supervisor)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system gives a runtime");
    let supervisor = Supervisor::new(Options::default());
    let left = runtime.block_on(async {
        body(supervisor.clone()).await;
        let end = tokio::time::Instant::now() + GRACE;
        while !supervisor.registry().is_empty() && tokio::time::Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        supervisor.registry().snapshot()
    });
    let shown: Vec<String> = left.iter().map(TaskRow::to_string).collect();
    // Dropping the runtime ends what was left, so that the next test finds none of it.
    drop(runtime);
    assert!(left.is_empty(), "{} tasks outlived the test:\n  {}", left.len(), shown.join("\n  "));
}
