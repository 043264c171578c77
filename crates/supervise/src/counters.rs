//! The counters of a component: numbers that tasks add to without a lock, and what is read from them.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Poll times of one component, of one poll in 16: `counts[i]` polls took less than 2^(i+10) ns, the last any time.
pub const POLL_BUCKETS: usize = 16;

/// Counters of a component since it was made. Each counts by itself; together they may be a task or two apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Component {
    /// As given to [`Supervisor::scope`](crate::Supervisor::scope).
    pub name: &'static str,
    /// Tasks spawned.
    pub spawned: u64,
    /// Tasks ended, however.
    pub ended: u64,
    /// Of these, with an error.
    pub failed: u64,
    /// Of these, with a panic.
    pub panicked: u64,
    /// Of these, aborted.
    pub aborted: u64,
    /// Times that one was started again.
    pub restarted: u64,
    /// Polls that ran over their limit.
    pub blocked_polls: u64,
    /// Poll times; see [`POLL_BUCKETS`].
    pub poll_times: [u64; POLL_BUCKETS],
    /// Start latencies of all tasks, in the same buckets.
    pub start_latencies: [u64; POLL_BUCKETS],
    /// Tasks that are active now.
    pub active: u64,
    /// Tasks that are idle now.
    pub idle: u64,
    /// Tasks that are blocked now.
    pub blocked: u64,
}

impl Component {
    /// Tasks that live now.
    pub fn live(&self) -> u64 {
        self.spawned.saturating_sub(self.ended)
    }
}

/// The time in ns below which `share` (0 to 1) of the counted times lie: the upper bound of their bucket. `None`: none.
pub fn quantile_ns(counts: &[u64; POLL_BUCKETS], share: f64) -> Option<u64> {
    let total: u64 = counts.iter().sum();
    let wanted = (total as f64 * share).ceil() as u64;
    let mut seen = 0;
    let bucket = counts.iter().position(|count| {
        seen += count;
        seen >= wanted.max(1)
    });
    bucket.map(|bucket| 1 << (bucket + 10))
}

/// The counters behind [`Component`].
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) spawned: AtomicU64,
    pub(crate) ended: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) panicked: AtomicU64,
    pub(crate) aborted: AtomicU64,
    pub(crate) restarted: AtomicU64,
    pub(crate) blocked_polls: AtomicU64,
    pub(crate) poll_times: [AtomicU64; POLL_BUCKETS],
    pub(crate) start_latencies: [AtomicU64; POLL_BUCKETS],
}

impl Counters {
    pub(crate) fn add_time(buckets: &[AtomicU64; POLL_BUCKETS], ns: u64) {
        let bucket = (64 - (ns >> 10).leading_zeros() as usize).min(POLL_BUCKETS - 1);
        buckets[bucket].fetch_add(1, Relaxed);
    }
    pub(crate) fn read(&self, name: &'static str) -> Component {
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        // Ended before spawned: then no task seems to have ended before it began.
        let ended = read(&self.ended);
        Component {
            name,
            ended,
            spawned: read(&self.spawned),
            failed: read(&self.failed),
            panicked: read(&self.panicked),
            aborted: read(&self.aborted),
            restarted: read(&self.restarted),
            blocked_polls: read(&self.blocked_polls),
            poll_times: self.poll_times.each_ref().map(read),
            start_latencies: self.start_latencies.each_ref().map(read),
            ..Component::default()
        }
    }
}
