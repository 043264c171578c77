//! Searches from several seeds side by side, each within its own limit.

use paceline_plan::{Budget, Rng};
use std::cmp::Ordering;
use std::time::{Duration, Instant};

/// When a search ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    Seconds(f64),
    Steps(u64),
}

impl Limit {
    fn budget(self) -> Budget {
        match self {
            Self::Steps(steps) => Budget::steps(steps),
            Self::Seconds(seconds) => {
                let start = now();
                Budget::within(move || {
                    start.elapsed().div_duration_f64(Duration::from_secs_f64(seconds.max(1e-9)))
                })
            }
        }
    }
}

/// What to search from, for how long, and on how many threads.
#[derive(Clone, Debug)]
pub(super) struct Starts {
    pub(super) limit: Limit,
    pub(super) seeds: Vec<u64>,
    pub(super) threads: usize,
}

impl Starts {
    /// The best answer over all seeds, the earliest of those that are equal. How many threads share the work changes nothing
    /// but the time it takes.
    pub(super) fn best<T: Send>(
        &self,
        search: impl Fn(&mut Budget, &mut Rng) -> T + Sync,
        order: impl Fn(&T, &T) -> Ordering,
    ) -> T {
        let threads = self.threads.clamp(1, self.seeds.len());
        let own = |thread: usize| self.seeds.iter().enumerate().skip(thread).step_by(threads);
        let one = |&seed| search(&mut self.limit.budget(), &mut Rng::new(seed));
        let mut answers: Vec<(usize, T)> = std::thread::scope(|scope| {
            let solve = |thread| own(thread).map(|(start, seed)| (start, one(seed))).collect::<Vec<_>>();
            let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || solve(thread))).collect();
            running.into_iter().flat_map(|thread| thread.join().expect("a search does not panic")).collect()
        });
        answers.sort_by(|(a_start, a), (b_start, b)| order(a, b).then(a_start.cmp(b_start)));
        answers.swap_remove(0).1
    }
}

#[expect(clippy::disallowed_methods, reason = "the deadline that the user asks for")]
fn now() -> Instant {
    Instant::now()
}
