//! Parts of a region on threads of their own. One that panics begins anew, with what it was sent meanwhile; what it was at is lost, and
//! whoever waits for that is told so. A part that panics again and again ends the server, which its operator's tools start from the
//! journal.

use crate::clock::Stopwatch;
use paceline_supervise::{Outcome, Spawner, Until};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// Panics within [`WINDOW`] that a part survives: as many as a failed task of the supervisor's usual kind.
const PANICS_MAX: usize = 5;
/// Panics longer ago than this count no more.
const WINDOW: Duration = Duration::from_secs(60);

/// Runs a part until it ends by itself.
#[track_caller]
pub(crate) fn spawn<T: Outcome>(
    scope: &Spawner,
    name: &'static str,
    mut run: impl FnMut() -> T + Send + 'static,
) {
    scope.spawn_blocking(name, Until::Owner, move |_| {
        let mut panics: Vec<Stopwatch> = Vec::new();
        loop {
            // What it leaves half-written it does not look at again: each run makes its own.
            match catch_unwind(AssertUnwindSafe(&mut run)) {
                Ok(ended) => return ended,
                Err(panic) => {
                    panics.retain(|since| since.elapsed() < WINDOW);
                    if panics.len() == PANICS_MAX {
                        resume_unwind(panic);
                    }
                    panics.push(Stopwatch::start());
                    tracing::error!(part = name, "a part panicked and begins anew");
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_supervise::{Options, Supervisor};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// How often a part ran that panics so many times, and how its scope ended.
    async fn runs(panics: usize) -> (usize, bool) {
        let scope = Supervisor::new(Options::default()).scope("serve");
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        spawn(&scope, "part", move || {
            assert!(counted.fetch_add(1, Ordering::SeqCst) >= panics, "on purpose")
        });
        while scope.live() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let closed = scope.close(Duration::from_secs(1)).await;
        (runs.load(Ordering::SeqCst), closed.is_clean())
    }

    #[tokio::test]
    async fn a_part_that_panics_begins_anew_until_its_budget_is_spent() {
        assert_eq!(runs(PANICS_MAX).await, (PANICS_MAX + 1, true));
        assert_eq!(runs(PANICS_MAX + 1).await, (PANICS_MAX + 1, false));
    }
}
