//! `block_on` inside a task: the worker thread sleeps until another task wakes it, which may need that very thread.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, Until};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

struct Unpark(Thread);
impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What many libraries bring along.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[tokio::test]
async fn block_on_inside_a_task_is_named_while_it_blocks() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 8);
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    // A runtime of its own: whoever holds a worker may hold that runtime's timers as well.
    let other = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let entered = other.enter();
    car.spawn("load-map", Until::Owner, async {
        block_on(released).ok();
    });
    let line = line!() - 3;
    drop(entered);
    let leak = Leak { breach: Breach::BlockedPoll, task: "load-map", line, owner: "8", at: None };
    museum.names(file!(), leak).await;
    release.send(()).ok();
    assert!(car.close(Duration::from_secs(5)).await.is_clean());
    other.shutdown_background();
}
