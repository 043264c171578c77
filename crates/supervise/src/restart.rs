//! What happens to a task that failed: one table for a whole program, by kind of task.

use std::collections::BTreeMap;
use std::time::Duration;

/// Whether a failed task is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// Its failure is the scope's.
    #[default]
    Never,
    /// Again after a pause that doubles each time, up to `backoff_max`; more than `budget` failures within `window`
    /// and its failure is the scope's.
    OnError {
        /// The first pause.
        backoff: Duration,
        /// The longest pause.
        backoff_max: Duration,
        /// Failures allowed within the window.
        budget: u32,
        /// Failures older than this no longer count, and the pause is short again.
        window: Duration,
    },
}

impl Restart {
    /// From 100 ms to 10 s between tries, 5 failures a minute.
    pub const USUAL: Self = Self::OnError {
        backoff: Duration::from_millis(100),
        backoff_max: Duration::from_secs(10),
        budget: 5,
        window: Duration::from_secs(60),
    };
}

/// The table: (component, task) to what happens when it fails. What is not in it is never restarted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restarts(BTreeMap<(&'static str, &'static str), Restart>);

impl Restarts {
    /// A table of rows (component, task, policy).
    pub fn table(rows: &[(&'static str, &'static str, Restart)]) -> Self {
        Self(rows.iter().map(|&(component, task, restart)| ((component, task), restart)).collect())
    }
    /// What happens to a task when it fails.
    pub fn of(&self, component: &'static str, task: &'static str) -> Restart {
        self.0.get(&(component, task)).copied().unwrap_or_default()
    }
}

/// Counts failures against a budget.
pub(crate) struct Tries {
    restart: Restart,
    /// When each of the recent failures was, in nanoseconds.
    failures: Vec<u64>,
}

impl Tries {
    pub(crate) fn new(restart: Restart) -> Self {
        Self { restart, failures: Vec::new() }
    }
    /// Records a failure. Returns how long to pause before the next try; `None`: no more.
    pub(crate) fn failed(&mut self, now_ns: u64) -> Option<Duration> {
        let Restart::OnError { backoff, backoff_max, budget, window } = self.restart else { return None };
        self.failures.retain(|at| now_ns.saturating_sub(*at) < window.as_nanos() as u64);
        self.failures.push(now_ns);
        let count = self.failures.len() as u32;
        (count <= budget).then(|| {
            let doubled = backoff.saturating_mul(1 << (count - 1).min(20));
            doubled.min(backoff_max)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_until_the_budget_is_spent_and_old_failures_are_forgotten() {
        let ms = Duration::from_millis;
        let restart = Restart::OnError { backoff: ms(10), backoff_max: ms(35), budget: 3, window: ms(1_000) };
        let mut tries = Tries::new(restart);
        let at = |ms: u64| ms * 1_000_000;
        assert_eq!(tries.failed(at(0)), Some(ms(10)));
        assert_eq!(tries.failed(at(20)), Some(ms(20)));
        assert_eq!(tries.failed(at(60)), Some(ms(35)));
        assert_eq!(tries.failed(at(100)), None);
        assert_eq!(tries.failed(at(5_000)), Some(ms(10)));
        assert_eq!(Tries::new(Restart::Never).failed(0), None);
    }
}
