//! What only tests do to a running server: plant a leak, make a handler or a part panic.

use paceline_supervise::{NamedExt as _, Scope, Until};
use std::collections::BTreeSet;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Held by a test; the server does what it says.
#[derive(Clone, Debug)]
pub struct TestHooks {
    /// How many tasks are leaked.
    pub leaked: watch::Sender<usize>,
    /// Parts that panic at their next turn, by name: `solver`, `view`, `road-service`, `road-survey`, `traffic-service`.
    pub panics: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl Default for TestHooks {
    fn default() -> Self {
        Self { leaked: watch::Sender::new(0), panics: Arc::default() }
    }
}

impl TestHooks {
    /// Panics if the test wants it of this part, once.
    pub(crate) fn turn(&self, part: &'static str) {
        let asked = self.panics.lock().unwrap_or_else(PoisonError::into_inner).remove(part);
        assert!(!asked, "a test asked {part} to panic");
    }

    /// Leaks as many tasks as the test says, and lets go of all when it says less.
    pub(crate) async fn leak(self, leaks: Scope, token: CancellationToken) {
        let mut wanted = self.leaked.subscribe();
        let mut round = leaks.child("leak", 0);
        loop {
            let number = *wanted.borrow_and_update();
            if number < round.live() {
                let next = leaks.child("leak", 0);
                // They are deaf, as leaks are: they are aborted at once.
                drop(std::mem::replace(&mut round, next).close(std::time::Duration::ZERO).await);
            }
            for _ in round.live()..number {
                round.spawn("planted", Until::Forever, pending::<()>().named("nobody"));
            }
            if !matches!(token.run_until_cancelled(wanted.changed()).await, Some(Ok(()))) {
                break;
            }
        }
        drop((round.close(std::time::Duration::ZERO).await, leaks.close(std::time::Duration::ZERO).await));
    }
}

/// A handler that panics.
pub(crate) async fn panics() {
    panic!("a test asked the handler to panic");
}
