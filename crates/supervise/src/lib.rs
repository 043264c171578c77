//! Who owns this task, and when must it be gone? A [`Scope`] owns tasks: it waits for all of them, the first failure
//! cancels the rest, and whoever does not end in time is named.
//!
//! This is the only crate that may spawn. Contracts, the registry of tasks and the leak report are to come.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;
use std::time::Duration;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// A task's number and result, or how its join failed.
type Ended = Result<(Id, Result<(), String>), JoinError>;

/// Owns tasks until the last of them has ended.
pub struct Scope {
    name: &'static str,
    cancel: CancellationToken,
    tasks: JoinSet<Result<(), String>>,
    names: BTreeMap<Id, &'static str>,
}

/// How a scope's tasks ended. Every task that was spawned is in exactly one list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Ended by themselves, without an error.
    pub finished: Vec<&'static str>,
    /// Did not end within the grace and were aborted.
    pub aborted: Vec<&'static str>,
    /// Ended with an error or a panic, and which.
    pub failed: Vec<(&'static str, String)>,
}

impl Closed {
    /// Whether every task ended by itself and without an error.
    pub fn is_clean(&self) -> bool {
        self.aborted.is_empty() && self.failed.is_empty()
    }
}

impl Scope {
    /// An empty scope. Must be used within a Tokio runtime.
    pub fn new(name: &'static str) -> Self {
        Self { name, cancel: CancellationToken::new(), tasks: JoinSet::new(), names: BTreeMap::new() }
    }

    /// Says to the tasks that they shall end. Tasks watch a clone of it.
    pub fn token(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Runs a future in this scope.
    pub fn spawn<E: Display>(
        &mut self,
        name: &'static str,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let handle = self.tasks.spawn(async move { task.await.map_err(|error| error.to_string()) });
        self.own(name, &handle);
    }

    /// Runs a function that blocks on a thread of its own. It cannot be aborted: it must watch the token or end when
    /// its channel closes.
    pub fn spawn_blocking<E: Display>(
        &mut self,
        name: &'static str,
        task: impl FnOnce() -> Result<(), E> + Send + 'static,
    ) {
        let handle = self.tasks.spawn_blocking(move || task().map_err(|error| error.to_string()));
        self.own(name, &handle);
    }

    fn own(&mut self, name: &'static str, handle: &AbortHandle) {
        tracing::debug!(scope = self.name, task = name, "spawned");
        self.names.insert(handle.id(), name);
    }

    /// Waits until `shutdown` comes or a task ends with an error; then cancels all, waits `grace`, aborts the rest.
    /// Returns when the last task is gone.
    pub async fn run_until(mut self, shutdown: impl Future<Output = ()>, grace: Duration) -> Closed {
        let mut closed = Closed::default();
        tokio::pin!(shutdown);
        while closed.failed.is_empty() && !self.tasks.is_empty() {
            tokio::select! {
                () = &mut shutdown => break,
                ended = self.tasks.join_next_with_id() => self.note(ended, &mut closed),
            }
        }
        self.close(grace, closed).await
    }

    async fn close(mut self, grace: Duration, mut closed: Closed) -> Closed {
        self.cancel.cancel();
        let deadline = tokio::time::Instant::now() + grace;
        while !self.tasks.is_empty() {
            match tokio::time::timeout_at(deadline, self.tasks.join_next_with_id()).await {
                Ok(ended) => self.note(ended, &mut closed),
                Err(_) => break,
            }
        }
        self.tasks.abort_all();
        while let Some(ended) = self.tasks.join_next_with_id().await {
            self.note(Some(ended), &mut closed);
        }
        tracing::info!(scope = self.name, ?closed, "closed");
        closed
    }

    fn note(&mut self, ended: Option<Ended>, closed: &mut Closed) {
        let (id, result) = match ended {
            None => return,
            Some(Ok((id, result))) => (id, result),
            Some(Err(error)) if error.is_cancelled() => {
                closed.aborted.push(self.names.remove(&error.id()).unwrap_or("unnamed"));
                return;
            }
            Some(Err(error)) => (error.id(), Err(error.to_string())),
        };
        let name = self.names.remove(&id).unwrap_or("unnamed");
        match result {
            Ok(()) => closed.finished.push(name),
            Err(error) => {
                tracing::error!(scope = self.name, task = name, error, "task failed");
                closed.failed.push((name, error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::future::pending;

    const GRACE: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_shutdown_ends_all_that_listen_and_names_who_does_not() {
        let mut scope = Scope::new("test");
        let token = scope.token();
        scope.spawn("listens", async move {
            token.cancelled().await;
            Ok::<_, Infallible>(())
        });
        scope.spawn("deaf", pending::<Result<(), Infallible>>());
        let closed = scope.run_until(async {}, GRACE).await;
        assert_eq!(closed.finished, ["listens"]);
        assert_eq!(closed.aborted, ["deaf"]);
        assert!(!closed.is_clean());
    }

    #[tokio::test]
    async fn the_first_failure_cancels_the_others() {
        let mut scope = Scope::new("test");
        let token = scope.token();
        scope.spawn("listens", async move {
            token.cancelled().await;
            Ok::<_, Infallible>(())
        });
        scope.spawn("breaks", async { Err("a reason") });
        let closed = scope.run_until(pending(), GRACE).await;
        assert_eq!(closed.finished, ["listens"]);
        assert_eq!(closed.failed, [("breaks", "a reason".to_owned())]);
    }

    #[tokio::test]
    async fn a_panic_is_a_failure_of_its_task() {
        let mut scope = Scope::new("test");
        scope.spawn("panics", async {
            if true {
                panic!("on purpose");
            }
            Ok::<_, Infallible>(())
        });
        let closed = scope.run_until(pending(), GRACE).await;
        assert_eq!(closed.failed.len(), 1);
        assert!(closed.failed[0].1.contains("panic"), "{closed:?}");
    }

    #[tokio::test]
    async fn a_scope_ends_when_its_last_task_does() {
        let mut scope = Scope::new("test");
        scope.spawn_blocking("counts", || Ok::<_, Infallible>(()));
        let closed = scope.run_until(pending(), GRACE).await;
        assert_eq!(closed.finished, ["counts"]);
        assert!(closed.is_clean());
    }
}
