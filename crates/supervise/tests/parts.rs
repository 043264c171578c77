//! The ticker, the worker pool and the object pool.

use paceline_supervise::{Busy, Options, Pool, Reset, Scope, Supervisor, Workers};
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

#[tokio::test]
async fn workers_do_so_much_at_once_and_no_more_may_wait() {
    let scope = scope();
    let workers = Workers::start(&scope, "worker", 2, 4);
    let (go, _) = tokio::sync::broadcast::channel::<()>(1);
    let work = || {
        let mut go = go.subscribe();
        move || async move { go.recv().await }
    };
    let asked = |caller| {
        let work = work();
        workers.submit(caller, move || async move {
            work().await.ok();
        })
    };
    assert_eq!((asked(1), asked(1)), (Ok(()), Ok(())));
    while workers.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..4 {
        assert_eq!(asked(1), Ok(()));
    }
    assert_eq!(asked(2), Err(Busy::Full(4)));
    go.send(()).unwrap();
    while workers.done().0 < 6 {
        tokio::task::yield_now().await;
    }
    assert!(scope.close(LONG).await.is_clean());
    assert_eq!(workers.submit(1, || async {}), Err(Busy::Closed));
}

#[tokio::test]
async fn who_asks_much_does_not_push_out_who_asks_little_and_a_panic_costs_one_piece() {
    let scope = scope();
    let workers = Workers::start(&scope, "worker", 1, 100);
    let order = Arc::new(Mutex::new(Vec::new()));
    let ask = |caller: u64| {
        let order = order.clone();
        workers.submit(caller, move || async move { order.lock().unwrap().push(caller) }).unwrap();
    };
    workers.submit(0, || async { assert!(scope_name().is_empty(), "on purpose") }).unwrap();
    (0..10).for_each(|_| ask(1));
    (0..2).for_each(|_| ask(2));
    while workers.done().0 < 13 {
        tokio::task::yield_now().await;
    }
    assert_eq!(order.lock().unwrap()[..5], [1, 2, 1, 2, 1]);
    assert_eq!(workers.done(), (13, 1));
    assert!(scope.close(LONG).await.is_clean());
}

fn scope_name() -> String {
    "test".into()
}

/// What a route search leaves behind.
#[derive(Default)]
struct Scratch {
    vehicle: Option<u64>,
    labels: Vec<u32>,
    note: String,
}
impl Reset for Scratch {
    fn reset(&mut self) {
        let Self { vehicle, labels, note } = self;
        *vehicle = None;
        labels.reset();
        note.reset();
    }
}

#[test]
fn no_user_of_a_pool_sees_what_the_last_one_left() {
    let pool = Pool::new(2, Scratch::default);
    for user in 0..100 {
        let (mut first, mut second, third) = (pool.get(), pool.get(), pool.get());
        for scratch in [&first, &second, &third] {
            assert!(scratch.vehicle.is_none() && scratch.labels.is_empty() && scratch.note.is_empty());
        }
        for scratch in [&mut first, &mut second] {
            scratch.vehicle = Some(user);
            scratch.labels.extend([1, 2, 3]);
            scratch.note.push_str("residue");
        }
    }
    assert_eq!(pool.kept(), 2);
    assert!(pool.get().labels.capacity() >= 3, "room is kept");
}

#[test]
fn what_was_in_use_when_its_user_panicked_does_not_come_back() {
    let pool = Pool::new(2, Scratch::default);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _scratch = pool.get();
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    assert_eq!(pool.kept(), 0);
}
