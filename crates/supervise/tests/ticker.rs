//! The ticker.

use paceline_supervise::{Options, Scope, Supervisor};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

fn scope() -> Scope {
    Supervisor::new(Options::default()).scope("test")
}

#[tokio::test(start_paused = true)]
async fn a_ticker_does_not_drift_over_a_day() {
    let scope = scope();
    let start = tokio::time::Instant::now();
    let last = Arc::new(Mutex::new(start));
    let seen = last.clone();
    let ticks = scope.tick("tick", Duration::from_millis(7_000), move || {
        *seen.lock().unwrap() = tokio::time::Instant::now();
        // Some of the work is slow; no tick is late by it.
        tokio::time::sleep(Duration::from_millis(90))
    });
    tokio::time::sleep(Duration::from_secs(86_400)).await;
    let count = ticks.done();
    assert_eq!(count, 86_400_000 / 7_000 + 1);
    let due = start + Duration::from_millis(7_000) * (count as u32 - 1);
    // Timers of tokio go off within the next millisecond.
    let late = last.lock().unwrap().duration_since(due);
    assert!(late <= Duration::from_millis(1), "{late:?}");
    assert_eq!((ticks.missed(), ticks.failed()), (0, 0));
    drop(scope.close(LONG).await);
}

#[tokio::test(start_paused = true)]
async fn slow_work_misses_ticks_and_never_overlaps() {
    let scope = scope();
    let at_once = Arc::new(AtomicU32::new(0));
    let ticks = scope.tick("tick", Duration::from_millis(100), move || {
        let at_once = at_once.clone();
        async move {
            assert_eq!(at_once.fetch_add(1, SeqCst), 0);
            tokio::time::sleep(Duration::from_millis(250)).await;
            at_once.fetch_sub(1, SeqCst);
        }
    });
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    // Begun at 0, 300, 600 and 900; those in between are missed.
    assert_eq!((ticks.done(), ticks.missed(), ticks.failed()), (4, 6, 0));
    assert!(ticks.overrun() >= Duration::from_millis(450), "{:?}", ticks.overrun());
    drop(scope.close(LONG).await);
}

#[tokio::test(start_paused = true)]
async fn a_panic_costs_one_tick() {
    let scope = scope();
    let count = AtomicU32::new(0);
    let ticks = scope.tick("tick", Duration::from_millis(100), move || {
        assert_ne!(count.fetch_add(1, SeqCst), 3, "on purpose");
        async {}
    });
    tokio::time::sleep(Duration::from_millis(950)).await;
    assert_eq!((ticks.done(), ticks.failed(), ticks.missed()), (10, 1, 0));
    assert!(scope.close(LONG).await.is_clean());
}
