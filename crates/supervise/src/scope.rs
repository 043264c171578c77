//! Scopes: component, entity, task. A scope's tasks are gone when it is closed.
//!
//! ```text
//! Supervisor -- scope("fleet") --+-- spawn("sweep", Until::Forever, ..)
//!                                +-- child("vehicle", 42) --+-- spawn("telemetry", Until::Owner, ..)
//!                                                           +-- request("PUT /route", ..) -- spawn(..)
//! ```
//!
//! Cancelling goes down the tree, failures do not go up: what a vehicle's task does wrong ends that vehicle's tasks.

mod lifecycle;

use crate::attempt;
use crate::closed::Closed;
use crate::contract::{Outcome, Owner, Until};
use crate::current::TaskId;
use crate::live::ScopeState;
use crate::options::OnError;
use crate::shared::Shared;
use crate::span;
use crate::task::{self, Task};
use std::future::Future;
use std::ops::Deref;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Spawns into a scope. Cheap to clone; holding one does not keep the scope open.
#[derive(Clone)]
pub struct Spawner(Arc<ScopeState>);

/// Owns tasks. Close it: dropping it aborts what lives in it and is reported.
#[must_use = "a scope that is dropped aborts its tasks"]
pub struct Scope {
    spawner: Spawner,
    closed: bool,
}

/// The scope of one request. When it is dropped, which is when the response has been sent, its tasks are asked to end;
/// those that are there after [`Options::request_grace`](crate::Options) are reported and aborted.
pub struct Request(Spawner);

impl Deref for Scope {
    type Target = Spawner;
    fn deref(&self) -> &Spawner {
        &self.spawner
    }
}
impl Deref for Request {
    type Target = Spawner;
    fn deref(&self) -> &Spawner {
        &self.0
    }
}

impl Scope {
    pub(crate) fn open(
        shared: Arc<Shared>,
        parent: Option<Arc<ScopeState>>,
        kind: &'static str,
        owner: Option<Owner>,
        opened: &'static Location<'static>,
    ) -> Self {
        Self { spawner: Spawner(ScopeState::open(shared, parent, kind, owner, opened)), closed: false }
    }
    /// What the failure of one task means for the others; unless reported otherwise, they are cancelled.
    pub fn on_error(self, on_error: OnError) -> Self {
        self.0.keeps_going.store(on_error == OnError::KeepGoing, Relaxed);
        self
    }
    /// A handle that spawns into this scope and can be handed on.
    pub fn spawner(&self) -> Spawner {
        self.spawner.clone()
    }
    /// Asks all tasks to end, waits `grace`, aborts the rest. Returns when the last task is gone, or with
    /// [`Closed::stayed`] what cannot be aborted.
    pub async fn close(mut self, grace: Duration) -> Closed {
        self.closed = true;
        self.0.clone().close(grace).await
    }
    /// Waits until `shutdown` comes, or a task fails, or the last one has ended; then closes.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>, grace: Duration) -> Closed {
        tokio::select! {
            () = shutdown => {}
            () = self.0.cancel.cancelled() => {}
            () = self.0.until_idle() => {}
        }
        self.close(grace).await
    }
}

impl Request {
    /// Asks all tasks to end, waits `grace`, aborts the rest.
    pub async fn close(self, grace: Duration) -> Closed {
        self.0.0.clone().close(grace).await
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if !self.closed {
            self.0.dropped();
        }
    }
}
impl Drop for Request {
    fn drop(&mut self) {
        self.0.0.shut(self.0.0.shared.options.request_grace);
        self.0.0.cancel.cancel();
    }
}

impl Spawner {
    /// A scope within this one, for an entity of some kind.
    #[track_caller]
    pub fn child(&self, kind: &'static str, owner: impl Into<Owner>) -> Scope {
        let parent = Some(self.0.clone());
        Scope::open(self.0.shared.clone(), parent, kind, Some(owner.into()), Location::caller())
    }
    /// A scope within this one, for a request that is being answered.
    #[track_caller]
    pub fn request(&self, kind: &'static str, owner: impl Into<Owner>) -> Request {
        let parent = Some(self.0.clone());
        let owner = Some(owner.into());
        Request(Spawner(ScopeState::open(self.0.shared.clone(), parent, kind, owner, Location::caller())))
    }
    /// Tells the tasks to end. Tasks watch a clone of it.
    pub fn token(&self) -> CancellationToken {
        self.0.cancel.clone()
    }
    /// Tasks that live in this scope itself, without its children.
    pub fn live(&self) -> usize {
        self.0.live()
    }

    /// Runs a future in this scope. Must be called within a tokio runtime. Returns its number; `None`: the scope is
    /// closed, and the future was dropped.
    #[track_caller]
    pub fn spawn<F>(&self, name: &'static str, until: Until, future: F) -> Option<TaskId>
    where
        F: Future<Output: Outcome> + Send + 'static,
    {
        let (id, slot) = self.0.admit(name, until, Location::caller(), false)?;
        let span = span::of(&self.0.info, name, Location::caller());
        #[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
        let handle = tokio::spawn(Task::new(future, slot, span));
        self.0.store_abort(id, slot, handle.abort_handle());
        Some(id)
    }

    /// Runs a function that blocks on a thread of its own. It cannot be aborted: it must watch the token, or end when
    /// its channel closes. If it stays after its scope has closed, it is named.
    #[track_caller]
    pub fn spawn_blocking<T: Outcome>(
        &self,
        name: &'static str,
        until: Until,
        run: impl FnOnce(CancellationToken) -> T + Send + 'static,
    ) -> Option<TaskId> {
        let (id, slot) = self.0.admit(name, until, Location::caller(), true)?;
        let span = span::of(&self.0.info, name, Location::caller());
        let token = self.token();
        let handle = tokio::task::spawn_blocking(move || task::run_blocking(slot, span, || run(token)));
        self.0.store_abort(id, slot, handle.abort_handle());
        Some(id)
    }

    /// Runs futures one after the other: when one fails, the next is made as the supervisor's table of
    /// [`Restarts`](crate::Restarts) says for this component and name.
    #[track_caller]
    pub fn spawn_restarting<F>(
        &self,
        name: &'static str,
        until: Until,
        make: impl FnMut() -> F + Send + 'static,
    ) -> Option<TaskId>
    where
        F: Future<Output: Outcome> + Send + 'static,
    {
        let inner = &self.0;
        let restart = inner.shared.options.restarts.of(inner.info.component, name);
        let again = attempt::again(restart, make, inner.counters.clone(), self.token());
        self.spawn(name, until, again)
    }

    /// The same for a function that blocks, as [`Self::spawn_blocking`] runs it. What a run that failed left half-written, the next
    /// one finds: it should make its own.
    #[track_caller]
    pub fn spawn_blocking_restarting<T: Outcome>(
        &self,
        name: &'static str,
        until: Until,
        run: impl FnMut() -> T + Send + 'static,
    ) -> Option<TaskId> {
        let restart = self.0.shared.options.restarts.of(self.0.info.component, name);
        let counters = self.0.counters.clone();
        self.spawn_blocking(name, until, move |token| {
            attempt::again_blocking(restart, run, &counters, &token)
        })
    }
}
