//! What a replica has served since it was loaded: counts, and the latencies of the last inferences.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Latencies that are kept: enough that one in a hundred is ten.
const LATENCIES_MAX: usize = 1_024;

/// Counts of one replica.
#[derive(Debug, Default)]
pub(crate) struct Counted(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    requests: u64,
    errors: u64,
    latencies_ms: VecDeque<u32>,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Inferences since it was loaded.
    pub requests: u64,
    /// Those that failed.
    pub errors: u64,
    /// The latency that one in a hundred of the last inferences exceeds; `None`: there was none.
    pub p99_ms: Option<u32>,
}

impl Counted {
    /// One inference.
    pub(crate) fn count(&self, took: Duration, well: bool) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.requests += 1;
        inner.errors += u64::from(!well);
        if inner.latencies_ms.len() == LATENCIES_MAX {
            inner.latencies_ms.pop_front();
        }
        inner.latencies_ms.push_back(u32::try_from(took.as_millis()).unwrap_or(u32::MAX));
    }

    /// Another version serves.
    pub(crate) fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Inner::default();
    }

    /// As it stands.
    pub(crate) fn read(&self) -> Served {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<u32> = inner.latencies_ms.iter().copied().collect();
        sorted.sort_unstable();
        // The smallest that at least 99 % do not exceed.
        let p99_ms = sorted.get((sorted.len() * 99).div_ceil(100).saturating_sub(1)).copied();
        Served { requests: inner.requests, errors: inner.errors, p99_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_exceeds_the_p99() {
        let counted = Counted::default();
        assert_eq!(counted.read(), Served::default());
        (1..=200).for_each(|ms| counted.count(Duration::from_millis(ms), ms != 7));
        assert_eq!(counted.read(), Served { requests: 200, errors: 1, p99_ms: Some(198) });
        counted.reset();
        assert_eq!(counted.read(), Served::default());
    }
}
