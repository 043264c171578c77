//! Tasks that wait and are well. None of them may be called stuck, however long they wait.

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use paceline_supervise::sync::{Mutex, Notify, Semaphore, ThisTask, mpsc, oneshot, watch};
use paceline_supervise::{NamedExt as _, Options, Scope, Supervisor, Until};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3_600);

/// Looks of the proof at tasks that wait: after four of them each has been idle for a second, probed, and judged.
const LOOKS: u64 = 8;

/// What a pattern keeps outside of tasks while they are looked at.
type Kept = Box<dyn Send>;

fn nothing() -> Kept {
    Box::new(())
}

/// Lets tasks wait until they have been judged, and says what was proved.
async fn check(plant: impl FnOnce(&Scope) -> Kept) {
    let supervisor = Supervisor::new(Options::default());
    let scope = supervisor.scope("healthy");
    let kept = plant(&scope);
    let registry = supervisor.registry();
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    let last = registry.proof_cost().passes + LOOKS;
    while registry.proof_cost().passes < last {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let leaks = registry.leaks();
        assert!(leaks.is_empty(), "a false alarm: {}", leaks[0]);
    }
    assert!(!registry.is_empty(), "they wait");
    assert!(supervisor.reports().is_empty(), "{}", supervisor.reports()[0]);
    drop(kept);
    drop(scope.close(Duration::ZERO).await);
}

/// A task that is alive for as long as it is looked at.
async fn works() {
    tokio::time::sleep(LONG).await;
}

/// A task at work that keeps a sender to itself until it sends.
fn keeps_to_itself(scope: &Scope, work: mpsc::Sender<u32>) {
    scope.spawn("source", Until::Owner, async move {
        let this = ThisTask::new();
        let work = this.confine(work);
        works().await;
        work.send(1).await.ok();
    });
}

#[tokio::test]
async fn a_worker_that_waits_for_work_from_outside_of_tasks() {
    check(|scope| {
        let (work, mut waiting) = mpsc::channel::<u32>("work", 4);
        scope.spawn("worker", Until::Owner, async move { while waiting.recv().await.is_some() {} });
        Box::new(work)
    })
    .await;
}

#[tokio::test]
async fn workers_that_share_a_queue_behind_a_lock() {
    check(|scope| {
        let (work, waiting) = mpsc::channel::<u32>("work", 4);
        let waiting = Arc::new(Mutex::new("the queue", waiting));
        for _ in 0..3 {
            let waiting = waiting.clone();
            scope.spawn("worker", Until::Owner, async move {
                while waiting.lock().await.recv().await.is_some() {}
            });
        }
        scope.spawn("source", Until::Owner, async move {
            works().await;
            work.send(1).await.ok();
        });
        nothing()
    })
    .await;
}

#[tokio::test]
async fn a_receiver_whose_sender_is_kept_by_a_task_that_works() {
    check(|scope| {
        let (work, mut waiting) = mpsc::channel::<u32>("work", 4);
        scope.spawn("worker", Until::Owner, async move { while waiting.recv().await.is_some() {} });
        keeps_to_itself(scope, work);
        nothing()
    })
    .await;
}

#[tokio::test]
async fn a_one_shot_whose_sender_lies_in_an_older_tasks_table() {
    check(|scope| {
        let (calls, mut called) = tokio::sync::mpsc::channel::<oneshot::Sender<u32>>(4);
        scope.spawn("region", Until::Owner, async move {
            let mut callers = BTreeMap::new();
            while let Some(caller) = called.recv().await {
                callers.insert(callers.len(), caller);
            }
        });
        let keeps = calls.clone();
        scope.spawn("handler", Until::Owner, async move {
            let (caller, answer) = oneshot::channel("the answer");
            calls.send(caller).await.ok();
            answer.recv().await.ok();
        });
        Box::new(keeps)
    })
    .await;
}

#[tokio::test]
async fn a_one_shot_whose_sender_lies_in_a_queue_of_a_worker_with_much_to_do() {
    check(|scope| {
        let (calls, mut called) = mpsc::channel::<oneshot::Sender<u32>>("calls", 4);
        scope.spawn("region", Until::Owner, async move {
            let this = ThisTask::new();
            works().await;
            let _answered = this.confine(called.recv().await.unwrap());
        });
        scope.spawn("handler", Until::Owner, async move {
            let (caller, answer) = oneshot::channel("the answer");
            calls.send(caller).await.ok();
            answer.recv().await.ok();
        });
        nothing()
    })
    .await;
}

#[tokio::test]
async fn a_receive_from_oneself_within_a_time_out() {
    check(|scope| {
        scope.spawn("waits", Until::Owner, async move {
            let this = ThisTask::new();
            let (sender, mut receiver) = mpsc::channel::<u32>("nothing", 1);
            let _kept = this.confine(sender);
            tokio::time::timeout(LONG, receiver.recv()).await.ok();
        });
        nothing()
    })
    .await;
}

#[tokio::test]
async fn a_select_one_branch_of_which_is_alive() {
    check(|scope| {
        let (alive, mut news) = mpsc::channel::<u32>("news", 1);
        scope.spawn("selects", Until::Owner, async move {
            let this = ThisTask::new();
            let (sender, mut receiver) = mpsc::channel::<u32>("nothing", 1);
            let _kept = this.confine(sender);
            tokio::select! {
                _ = receiver.recv() => {}
                _ = news.recv() => {}
            }
        });
        let token = scope.token();
        scope.spawn("until-told", Until::Owner, async move {
            let this = ThisTask::new();
            let (sender, mut receiver) = mpsc::channel::<u32>("nothing", 1);
            let _kept = this.confine(sender);
            token.run_until_cancelled(receiver.recv()).await;
        });
        Box::new(alive)
    })
    .await;
}

#[tokio::test]
async fn futures_that_are_joined_or_polled_one_by_one() {
    check(|scope| {
        scope.spawn("joins", Until::Owner, async move {
            let this = ThisTask::new();
            let (sender, mut receiver) = mpsc::channel::<u32>("work", 1);
            let sender = this.confine(sender);
            let sends = async {
                works().await;
                sender.send(1).await.ok();
            };
            tokio::join!(receiver.recv(), sends);
        });
        scope.spawn("one-by-one", Until::Owner, async move {
            let mut each: FuturesUnordered<_> = (0..4).map(|_| works()).collect();
            while each.next().await.is_some() {}
        });
        nothing()
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_lock_or_a_permit_that_a_task_at_work_holds() {
    check(|scope| {
        let ledger = Arc::new(Mutex::new("ledger", 0));
        let plugs = Arc::new(Semaphore::new("plugs", 2));
        for name in ["first", "second", "third", "fourth"] {
            let (ledger, plugs) = (ledger.clone(), plugs.clone());
            scope.spawn(name, Until::Owner, async move {
                let _plug = plugs.acquire().await;
                let mut ledger = ledger.lock().await;
                *ledger += 1;
                works().await;
            });
        }
        nothing()
    })
    .await;
}

#[tokio::test]
async fn a_publisher_whose_reader_is_slow() {
    check(|scope| {
        let (changes, read) = mpsc::channel::<u32>("changes", 1);
        scope.spawn("publishes", Until::Owner, async move { while changes.send(1).await.is_ok() {} });
        scope.spawn("reads", Until::Owner, async move {
            let this = ThisTask::new();
            let mut read = this.confine(read);
            while read.recv().await.is_some() {
                works().await;
            }
        });
        nothing()
    })
    .await;
}

#[tokio::test]
async fn a_publisher_whose_reader_waits_for_a_socket() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    check(|scope| {
        let (changes, read) = mpsc::channel::<u32>("changes", 1);
        scope.spawn("publishes", Until::Owner, async move { while changes.send(1).await.is_ok() {} });
        scope.spawn("accepts", Until::Owner, async move {
            let this = ThisTask::new();
            let _read = this.confine(read);
            drop(listener.accept().await);
        });
        nothing()
    })
    .await;
}

#[tokio::test]
async fn who_watches_a_value_or_waits_to_be_notified() {
    check(|scope| {
        let (prices, mut seen) = watch::channel("a price", 0);
        scope.spawn("watches", Until::Owner, async move { seen.changed().await });
        let ready = Notify::new("ready");
        let notifies = ready.clone();
        scope.spawn("waits", Until::Owner, async move { ready.notified().await });
        Box::new((prices, notifies))
    })
    .await;
}

#[tokio::test]
async fn a_notification_that_several_tasks_share() {
    check(|scope| {
        let ready = Arc::new(Notify::new("ready"));
        let notifies = ready.clone();
        scope.spawn("waits", Until::Owner, async move { ready.notified().await });
        scope.spawn("notifies", Until::Owner, async move {
            works().await;
            notifies.notify_one();
        });
        nothing()
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_waits_for_work() {
    check(|scope| {
        let (work, mut waiting) = mpsc::channel::<u32>("work", 4);
        scope.spawn_blocking("thread", Until::Owner, move |_| while waiting.blocking_recv().is_some() {});
        keeps_to_itself(scope, work);
        nothing()
    })
    .await;
}

#[tokio::test]
async fn what_waits_at_something_that_is_not_ours() {
    check(|scope| {
        let (sender, mut receiver) = tokio::sync::mpsc::channel::<u32>(1);
        scope.spawn("channel", Until::Owner, async move { _ = receiver.recv().named("a channel").await });
        let (caller, answer) = tokio::sync::oneshot::channel::<u32>();
        scope.spawn("answer", Until::Owner, async move { _ = answer.named("an answer").await });
        let token = scope.token();
        scope.spawn("token", Until::Owner, async move { token.cancelled().named("the end").await });
        Box::new((sender, caller))
    })
    .await;
}

/// The runtime's only thread is held while all of its tasks have been woken and none was polled.
#[test]
fn tasks_that_were_woken_and_find_no_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let supervisor = Supervisor::new(Options::default());
    let registry = supervisor.registry();
    let passes = || registry.proof_cost().passes;
    let done = Arc::new(AtomicBool::new(false));
    let scope = supervisor.scope("healthy");
    runtime.block_on(async {
        let (to, mut woken) = mpsc::channel::<u32>("work", 1);
        let (caller, answer) = tokio::sync::oneshot::channel::<u32>();
        let finished = done.clone();
        scope.spawn("ours", Until::Owner, async move { while woken.recv().await.is_some() {} });
        scope.spawn("not-ours", Until::Owner, async move {
            answer.await.ok();
            finished.store(true, SeqCst);
        });
        let judged = passes() + 10;
        while passes() < judged {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        to.try_send(1).unwrap();
        drop(to);
        caller.send(1).unwrap();
        let judged = passes() + LOOKS;
        while passes() < judged {
            std::thread::park_timeout(Duration::from_millis(20));
            assert!(supervisor.registry().leaks().is_empty());
        }
        scope.close(LONG).await
    });
    assert!(done.load(SeqCst));
}

#[tokio::test]
async fn a_thread_that_runs_a_future_with_a_time_out() {
    check(|scope| {
        let runtime = tokio::runtime::Handle::current();
        scope.spawn_blocking("thread", Until::Owner, move |token| {
            let this = ThisTask::new();
            let (sender, mut receiver) = mpsc::channel::<u32>("nothing", 1);
            let _kept = this.confine(sender);
            let waits = tokio::time::timeout(LONG, receiver.recv());
            _ = runtime.block_on(token.run_until_cancelled(waits));
        });
        nothing()
    })
    .await;
}
