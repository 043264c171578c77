//! What scopes promise: which tasks end, are cancelled and are named, and that none is left.

use paceline_supervise::sync::{ThisTask, mpsc};
use paceline_supervise::{
    Breach, Cause, NamedExt as _, OnError, Options, Restart, Restarts, Scope, Supervisor, TaskState, Until,
    waiting,
};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const GRACE: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(30);

fn supervisor() -> Supervisor {
    Supervisor::new(Options::default())
}

/// A task that ends when it is asked to.
fn listens(scope: &Scope) {
    let token = scope.token();
    scope.spawn("listens", Until::Owner, async move { token.cancelled().await });
}

/// Waits until a fact holds; a fact that never holds fails the test by its name.
async fn until(fact: &str, holds: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never: {fact}");
}

#[tokio::test(start_paused = true)]
async fn closing_ends_all_that_listen_names_who_does_not_and_leaves_nothing() {
    let supervisor = supervisor();
    let scope = supervisor.scope("test");
    listens(&scope);
    scope.spawn("deaf", Until::Owner, pending::<()>().named("nothing"));
    let line = line!() - 1;
    tokio::task::yield_now().await;
    let closed = scope.close(GRACE).await;
    assert_eq!((closed.finished, closed.aborted_names()), (1, vec!["deaf"]));
    let deaf = &closed.aborted[0];
    assert_eq!(
        (deaf.location.line, deaf.at.map(|at| (at.name, at.location.line))),
        (line, Some(("nothing", line)))
    );
    assert!(!closed.is_clean());
    assert_eq!(
        (closed.left(), supervisor.registry().len(), supervisor.registry().snapshot()),
        (0, 0, vec![])
    );
    assert_eq!(supervisor.reports()[0].breach, Breach::Aborted);
}

#[tokio::test]
async fn the_first_failure_cancels_the_siblings_and_comes_out() {
    let supervisor = supervisor();
    let scope = supervisor.scope("test");
    let other = supervisor.scope("other");
    listens(&scope);
    listens(&other);
    scope.spawn("breaks", Until::Owner, async { Err("a reason") });
    let closed = scope.run_until(pending(), LONG).await;
    assert_eq!(closed.finished, 1);
    assert_eq!(
        (closed.failed[0].name, &closed.failed[0].cause),
        ("breaks", &Cause::Error("a reason".into()))
    );
    assert_eq!(other.live(), 1, "another scope's tasks continue");
    assert!(other.close(LONG).await.is_clean());
}

#[tokio::test]
async fn a_panic_is_a_failure_with_the_tasks_name() {
    let scope = supervisor().scope("test");
    scope.spawn("panics", Until::Owner, async {
        if true {
            panic!("on {}", "purpose");
        }
    });
    let closed = scope.run_until(pending(), GRACE).await;
    assert_eq!(closed.failed[0].cause, Cause::Panic("on purpose".into()));
    let text = closed.failed[0].to_string();
    assert!(text.starts_with("test/panics of no owner at crates/supervise/tests/scopes.rs:"), "{text}");
}

#[tokio::test]
async fn where_tasks_are_things_of_their_own_one_failure_leaves_the_others() {
    let scope = supervisor().scope("connections").on_error(OnError::KeepGoing);
    listens(&scope);
    scope.spawn("breaks", Until::Owner, async { Err("a reason") });
    until("the failed task is gone", || scope.live() == 1).await;
    let closed = scope.close(LONG).await;
    assert_eq!((closed.finished, closed.failed.len()), (1, 1));
}

#[tokio::test]
async fn a_scope_ends_when_its_last_task_does() {
    let scope = supervisor().scope("test");
    scope.spawn_blocking("counts", Until::Owner, |_| Ok::<_, Infallible>(()));
    let closed = scope.run_until(pending(), LONG).await;
    assert_eq!(closed.finished, 1);
    assert!(closed.is_clean());
}

#[tokio::test]
async fn closing_a_component_closes_its_entities() {
    let supervisor = supervisor();
    let fleet = supervisor.scope("fleet");
    let cars: Vec<_> = (0..3).map(|number| fleet.child("vehicle", number)).collect();
    cars.iter().for_each(listens);
    // In no order: tasks stand where the table had room.
    let owners: BTreeSet<String> =
        supervisor.registry().snapshot().iter().flat_map(|row| &row.owner).map(ToString::to_string).collect();
    assert_eq!(owners, ["0", "1", "2"].map(String::from).into());
    let closed = fleet.close(LONG).await;
    assert_eq!((closed.finished, supervisor.registry().len()), (3, 0));
    assert_eq!(cars[0].spawn("late", Until::Owner, async {}), None, "nothing is spawned into what is closed");
}

#[tokio::test]
async fn a_vehicles_failure_ends_that_vehicle_and_no_other() {
    let fleet = supervisor().scope("fleet");
    let (bad, good) = (fleet.child("vehicle", 1), fleet.child("vehicle", 2));
    listens(&bad);
    listens(&good);
    bad.spawn("panics", Until::Owner, async { assert!(bad_luck(), "on purpose") });
    assert_eq!(bad.run_until(pending(), LONG).await.finished, 1);
    assert_eq!((good.live(), fleet.token().is_cancelled()), (1, false));
    drop(good.close(LONG).await);
}

fn bad_luck() -> bool {
    false
}

#[tokio::test]
async fn a_scope_that_is_dropped_aborts_its_tasks_and_is_reported() {
    let supervisor = supervisor();
    let scope = supervisor.scope("test");
    let line = line!() - 1;
    scope.spawn("forgotten", Until::Owner, pending::<()>());
    drop(scope);
    until("its task is gone", || supervisor.registry().is_empty()).await;
    let report = &supervisor.reports()[0];
    assert_eq!((&report.breach, report.opened.line), (&Breach::DroppedOpen, line));
    assert!(report.detail.contains("test/forgotten"), "{report}");
    drop(supervisor.scope("empty"));
    assert_eq!(supervisor.reported(), 1, "where nothing lived there is nothing to report");
}

#[tokio::test]
async fn a_task_that_outlives_its_time_is_named_and_contained() {
    let supervisor = supervisor();
    let scope = supervisor.scope("test");
    scope.spawn("slow", Until::Within(Duration::from_millis(10)), pending::<()>().named("an answer"));
    until("it was contained", || scope.live() == 0).await;
    let report = &supervisor.reports()[0];
    let task = report.task.as_ref().unwrap();
    assert_eq!((&report.breach, task.name, task.state), (&Breach::Outlived, "slow", TaskState::Blocked));
    assert_eq!(task.at.unwrap().name, "an answer");
    assert_eq!(scope.close(LONG).await.aborted_names(), ["slow"]);
}

#[tokio::test]
async fn a_request_that_is_over_ends_its_tasks_and_the_one_that_stays_is_named() {
    let supervisor = supervisor();
    let http = supervisor.scope("http");
    {
        let request = http.request("POST /v1/orders", "o1");
        request.spawn("notify", Until::Request, pending::<()>().named("the driver's app"));
        let token = request.token();
        request.spawn("log", Until::Request, async move { token.cancelled().await });
    }
    until("both are gone", || supervisor.registry().is_empty()).await;
    let report = &supervisor.reports()[0];
    assert_eq!((supervisor.reported(), report.owner.clone()), (1, Some("o1".into())));
    assert_eq!(report.task.as_ref().unwrap().name, "notify");
    drop(http.close(LONG).await);
}

#[tokio::test]
async fn a_blocking_function_that_does_not_watch_its_token_is_said_to_stay() {
    let supervisor = supervisor();
    let scope = supervisor.scope("test");
    let (release, held) = std::sync::mpsc::channel::<()>();
    scope.spawn_blocking("deaf", Until::Owner, move |_: CancellationToken| {
        let _at = waiting("the release");
        // Ends when the test lets go of the sender.
        _ = held.recv();
    });
    until("it runs", || supervisor.registry().snapshot()[0].at.is_some()).await;
    let closed = scope.close(GRACE).await;
    assert_eq!((closed.left(), closed.stayed[0].name), (1, "deaf"));
    assert_eq!(closed.stayed[0].at.map(|at| at.name), Some("the release"));
    assert!(supervisor.reports().iter().any(|report| report.breach == Breach::Stayed));
    drop(release);
    until("it is gone once it was released", || supervisor.registry().is_empty()).await;
}

#[tokio::test]
async fn a_task_is_restarted_as_the_table_says_and_its_last_failure_is_the_scopes() {
    let ms = Duration::from_millis;
    let twice = Restart::OnError { backoff: ms(1), backoff_max: ms(1), budget: 2, window: LONG };
    let restarts = Restarts::table(&[("test", "flaky", twice)]);
    let supervisor = Supervisor::new(Options { restarts, ..Options::default() });
    for (name, runs) in [("flaky", 3), ("never", 1)] {
        let scope = supervisor.scope("test");
        let ran = Arc::new(AtomicU32::new(0));
        let counted = ran.clone();
        scope.spawn_restarting(name, Until::Owner, move || {
            let count = counted.fetch_add(1, SeqCst);
            async move {
                assert_ne!(count, 1, "a panic is a failure too");
                Err::<(), _>("no luck")
            }
        });
        let closed = scope.run_until(pending(), LONG).await;
        assert_eq!((ran.load(SeqCst), closed.failed.len()), (runs, 1), "{name}");
    }
    assert_eq!(supervisor.registry().components()[0].restarted, 2);
}

/// How often a part on a thread of its own ran that panics so many times, and whether its scope ended well.
async fn runs_of_a_part(panics: u32) -> (u32, bool) {
    let at_once =
        Restart::OnError { backoff: Duration::ZERO, backoff_max: Duration::ZERO, budget: 5, window: LONG };
    let restarts = Restarts::table(&[("test", "part", at_once)]);
    let scope = Supervisor::new(Options { restarts, ..Options::default() }).scope("test");
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    scope.spawn_blocking_restarting("part", Until::Owner, move || {
        assert!(counted.fetch_add(1, SeqCst) >= panics, "on purpose");
    });
    until("it has ended", || scope.live() == 0).await;
    let closed = scope.close(GRACE).await;
    (runs.load(SeqCst), closed.is_clean())
}

#[tokio::test]
async fn a_part_that_panics_begins_anew_until_its_budget_is_spent() {
    assert_eq!(runs_of_a_part(5).await, (6, true));
    assert_eq!(runs_of_a_part(6).await, (6, false));
}

#[tokio::test]
async fn a_poll_that_holds_its_thread_is_reported_while_it_runs_and_counted_after() {
    let supervisor = supervisor();
    let scope = supervisor.scope("test");
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (go, gone) = tokio::sync::oneshot::channel::<()>();
    let blocks = async move {
        gone.await.ok();
        // What a tired engineer writes: a receiver of threads in a task.
        _ = held.recv();
    };
    // A runtime of its own: whoever holds a worker may hold that runtime's timers as well.
    let other = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    {
        let _entered = other.enter();
        scope.spawn("blocks", Until::Owner, blocks.named("a message"));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    go.send(()).unwrap();
    until("it was reported", || supervisor.reported() == 1).await;
    let report = &supervisor.reports()[0];
    assert_eq!(report.breach, Breach::BlockedPoll);
    let task = report.task.as_ref().unwrap();
    // The await began 500 ms before the poll that blocks.
    let (poll_ms, waited_ms) = (task.state_for_ms, task.at.unwrap().for_ms);
    assert!(poll_ms + 400 < waited_ms, "{poll_ms} {waited_ms}");
    let said = format!("has run for {poll_ms} ms in one poll, within \"a message\"");
    assert!(report.to_string().contains(&said), "{report}");
    assert_eq!(supervisor.registry().components()[0].blocked, 1);
    drop(release);
    assert!(scope.close(LONG).await.is_clean());
    assert_eq!(supervisor.registry().components()[0].blocked_polls, 1);
    other.shutdown_background();
}

#[tokio::test]
async fn rows_tell_names_polls_and_the_innermost_place_of_waiting() {
    let supervisor = supervisor();
    let scope = supervisor.scope("test");
    let (go, gone) = tokio::sync::oneshot::channel::<()>();
    let token = scope.token();
    scope.spawn("waits", Until::Forever, async move {
        async {
            gone.named("inner").await.ok();
            pending::<()>().await;
        }
        .named("outer")
        .with_cancellation_token(&token)
        .await
    });
    let at = || supervisor.registry().snapshot()[0].at.map(|at| at.name);
    until("it waits within", || at() == Some("inner")).await;
    go.send(()).unwrap();
    until("it waits outside", || at() == Some("outer")).await;
    let row = &supervisor.registry().snapshot()[0];
    assert_eq!((row.component, row.name, row.contract), ("test", "waits", Until::Forever));
    assert_eq!((row.polls, row.state), (2, TaskState::Idle));
    assert!(row.start_latency_us.is_some());
    let json = serde_json::to_value(row).unwrap();
    assert_eq!((&json["name"], &json["at"]["name"]), (&"waits".into(), &"outer".into()));
    drop(scope.close(LONG).await);
    let whats: Vec<_> =
        supervisor.registry().events().iter().map(|event| format!("{:?}", event.what)).collect();
    assert_eq!((whats.first().unwrap().as_str(), whats.last().unwrap().as_str()), ("Spawned", "Finished"));
}

/// Cancels a future with a token: the task ends without an error.
trait WithToken: Future + Sized {
    async fn with_cancellation_token(self, token: &CancellationToken) {
        token.run_until_cancelled(self).await;
    }
}
impl<F: Future> WithToken for F {}

#[tokio::test]
async fn a_future_that_is_dropped_half_done_takes_its_name_with_it() {
    let supervisor = supervisor();
    let scope = supervisor.scope("test");
    scope.spawn("selects", Until::Owner, async {
        tokio::select! {
            () = pending::<()>().named("loser") => {}
            () = tokio::task::yield_now() => {}
        }
        pending::<()>().await;
    });
    until("it was polled twice", || supervisor.registry().snapshot()[0].polls == 2).await;
    assert_eq!(supervisor.registry().snapshot()[0].at, None);
    drop(scope.close(GRACE).await);
}

#[tokio::test]
async fn a_leak_that_was_ended_is_shown_no_more() {
    let supervisor = supervisor();
    let (scope, other) = (supervisor.scope("waits"), supervisor.scope("holds"));
    let (work, mut waiting) = mpsc::channel::<u32>("work", 1);
    scope.spawn("waits", Until::Owner, async move { while waiting.recv().await.is_some() {} });
    other.spawn("holds", Until::Owner, async move {
        let this = ThisTask::new();
        let _work = this.confine(work);
        pending::<()>().await;
    });
    let registry = supervisor.registry();
    while registry.leaks().len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(other.close(Duration::ZERO).await);
    while !registry.is_empty() || !registry.leaks().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(scope.close(LONG).await.is_clean(), "its sender went, so it ended");
}
