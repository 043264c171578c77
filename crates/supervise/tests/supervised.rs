//! A test fails when a task outlives it, and says which.

use paceline_supervise::{NamedExt as _, Supervisor, Until, run_supervised, supervised_test};
use std::future::pending;
use std::time::Duration;

supervised_test! {
    async fn a_test_that_closes_what_it_opens_passes(supervisor) {
        let scope = supervisor.scope("test");
        scope.spawn("listens", Until::Owner, async {});
        assert!(scope.close(Duration::from_secs(5)).await.is_clean());
    }

    #[should_panic(expected = "1 tasks outlived the test:\n  test/forgotten (owner, spawned at ")]
    async fn a_test_that_leaves_a_task_fails_and_prints_it(supervisor) {
        let scope = supervisor.scope("test");
        scope.spawn("forgotten", Until::Owner, pending::<()>().named("nobody"));
        std::mem::forget(scope);
    }
}

#[test]
fn a_body_may_be_a_function() {
    async fn body(supervisor: Supervisor) {
        assert!(supervisor.registry().is_empty());
    }
    run_supervised(body);
}
