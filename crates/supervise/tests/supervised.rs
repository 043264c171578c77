//! A test fails when a task outlives it, and says which.

use paceline_supervise::{self as supervise, Cause, NamedExt as _, Supervisor, Until};
use std::future::pending;
use std::time::Duration;

#[supervise::test]
async fn a_test_that_closes_what_it_opens_passes(supervisor: Supervisor) {
    let scope = supervisor.scope("test");
    scope.spawn("listens", Until::Owner, async {});
    assert!(scope.close(Duration::from_secs(5)).await.is_clean());
}

#[supervise::test]
#[should_panic(expected = "1 tasks outlived the test:\n  test/forgotten (owner, spawned at ")]
async fn a_test_that_leaves_a_task_fails_and_prints_it(supervisor: Supervisor) {
    let scope = supervisor.scope("test");
    scope.spawn("forgotten", Until::Owner, pending::<()>().named("nobody"));
    std::mem::forget(scope);
}

#[supervise::test]
async fn a_test_may_go_without_a_supervisor() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[supervise::test]
async fn a_test_may_return_what_a_test_may(supervisor: Supervisor) -> Result<(), &'static str> {
    let scope = supervisor.scope("test");
    scope.spawn("fails", Until::Owner, async { Err("on purpose") });
    let closed = scope.close(Duration::from_secs(5)).await;
    let failure = closed.failed.first().ok_or("the failure is lost")?;
    assert_eq!(failure.cause, Cause::Error("on purpose".into()));
    Ok(())
}
