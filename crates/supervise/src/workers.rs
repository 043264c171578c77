//! A worker pool: so many at once, so many waiting, and a caller with much work does not push out one with little.

use crate::attempt::once;
use crate::contract::{Outcome, Until};
use crate::named::NamedExt as _;
use crate::scope::Spawner;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

type Work = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send>;

/// Why work was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// The pool's queue is full.
    #[error("{0} pieces of work wait already")]
    Full(usize),
    /// The pool's scope is closed.
    #[error("the pool is closed")]
    Closed,
}

/// Does work for many callers with a bounded number of tasks. Work of each caller is done in order; callers take turns.
pub struct Workers {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Queue>,
    length_max: usize,
    wake: Notify,
    done: AtomicU64,
    failed: AtomicU64,
    token: tokio_util::sync::CancellationToken,
}

/// Work by caller, and the callers in the order of their turns.
#[derive(Default)]
struct Queue {
    of: BTreeMap<u64, VecDeque<Work>>,
    turns: VecDeque<u64>,
    length: usize,
}

impl Queue {
    fn push(&mut self, caller: u64, work: Work) {
        let waiting = self.of.entry(caller).or_default();
        if waiting.is_empty() {
            self.turns.push_back(caller);
        }
        waiting.push_back(work);
        self.length += 1;
    }
    fn pop(&mut self) -> Option<Work> {
        let caller = self.turns.pop_front()?;
        let waiting = self.of.get_mut(&caller)?;
        let work = waiting.pop_front()?;
        if waiting.is_empty() {
            self.of.remove(&caller);
        } else {
            self.turns.push_back(caller);
        }
        self.length -= 1;
        Some(work)
    }
}

impl Workers {
    /// Starts `workers` tasks in a scope; at most `length_max` pieces of work wait.
    #[track_caller]
    pub fn start(scope: &Spawner, name: &'static str, workers: usize, length_max: usize) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            length_max,
            wake: Notify::new(),
            done: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            token: scope.token(),
        });
        for _ in 0..workers {
            scope.spawn(name, Until::Owner, shared.clone().serve());
        }
        Self { shared }
    }
    /// Queues work for a caller. Errors: the queue is full, or the scope closed; the work is dropped.
    pub fn submit<F>(&self, caller: u64, work: impl FnOnce() -> F + Send + 'static) -> Result<(), Busy>
    where
        F: Future<Output: Outcome> + Send + 'static,
    {
        if self.shared.token.is_cancelled() {
            return Err(Busy::Closed);
        }
        let mut queue = self.shared.queue();
        if queue.length >= self.shared.length_max {
            return Err(Busy::Full(queue.length));
        }
        let boxed = move || -> Pin<Box<dyn Future<Output = bool> + Send>> {
            Box::pin(async move { work().await.failure().is_none() })
        };
        queue.push(caller, Box::new(boxed));
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }
    /// Pieces of work that wait.
    pub fn waiting(&self) -> usize {
        self.shared.queue().length
    }
    /// Pieces of work that were done, and how many of them failed or panicked.
    pub fn done(&self) -> (u64, u64) {
        (self.shared.done.load(Relaxed), self.shared.failed.load(Relaxed))
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
    async fn serve(self: Arc<Self>) {
        while !self.token.is_cancelled() {
            let next = self.queue().pop();
            let Some(work) = next else {
                // A permit that was stored while no task waited wakes at once: no work is overlooked.
                let wake = self.wake.notified().named("work");
                _ = self.token.run_until_cancelled(wake).await;
                continue;
            };
            let mut well = false;
            once(async { well = work().await }).await;
            self.failed.fetch_add(u64::from(!well), Relaxed);
            self.done.fetch_add(1, Relaxed);
        }
    }
}
