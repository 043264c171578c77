//! `/debug/sched` and one line a second in the log, target `sched`: tasks by state, spawns and ends, queues, polls. What
//! changed within the last second, not since the start.

use crate::hotspots::Hotspots;
use crate::running::RunningRegions;
use paceline_supervise::{Component, NamedExt as _, POLL_BUCKETS, Supervisor, quantile_ns};
use serde::Serialize;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(1);

/// The last second.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Sched {
    tasks: u64,
    active: u64,
    idle: u64,
    blocked: u64,
    spawned_per_s: u64,
    ended_per_s: u64,
    /// Of the polls of this second that were timed, one in 16: below this lie 99 % of them.
    poll_p99_us: Option<u64>,
    /// From spawn to first poll.
    start_p99_us: Option<u64>,
    /// Polls that ran over their limit.
    blocked_polls: u64,
    queues: Vec<Queue>,
    components: Vec<Row>,
}

#[derive(Clone, Debug, Serialize)]
struct Queue {
    name: String,
    waiting: usize,
    most: usize,
}

#[derive(Clone, Debug, Serialize)]
struct Row {
    name: &'static str,
    active: u64,
    idle: u64,
    blocked: u64,
    spawned_per_s: u64,
    ended_per_s: u64,
    poll_p99_us: Option<u64>,
    start_p99_us: Option<u64>,
    blocked_polls: u64,
}

/// Looks once a second and keeps what it saw.
pub(crate) struct Sampler {
    supervisor: Supervisor,
    hotspots: Arc<Hotspots>,
    regions: RunningRegions,
    last: Mutex<Sched>,
}

impl Sampler {
    pub(crate) fn new(supervisor: Supervisor, hotspots: Arc<Hotspots>, regions: RunningRegions) -> Self {
        Self { supervisor, hotspots, regions, last: Mutex::default() }
    }

    /// What the last look saw.
    pub(crate) fn last(&self) -> Sched {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks until `closing`.
    pub(crate) async fn run(self: Arc<Self>, closing: CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let registry = self.supervisor.registry();
        let mut before = registry.components();
        while closing.run_until_cancelled(ticks.tick().named("next second")).await.is_some() {
            let now = registry.components();
            let mut sched = Sched::between(&before, &now);
            sched.queues = self.regions.queues().into_iter().map(queue).collect();
            tracing::debug!(target: "sched", "{}", sched.line());
            for row in &sched.components {
                self.hotspots.second(
                    row.name,
                    row.spawned_per_s,
                    row.start_p99_us.map(Duration::from_micros),
                );
            }
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = sched;
            before = now;
        }
    }
}

fn queue((name, (waiting, most)): (String, (usize, usize))) -> Queue {
    Queue { name, waiting, most }
}

impl Sched {
    fn between(before: &[Component], now: &[Component]) -> Self {
        let none = Component::default();
        let mut sched = Self::default();
        let mut all = Component::default();
        for now in now {
            let before = before.iter().find(|before| before.name == now.name).unwrap_or(&none);
            let second = since(before, now);
            sched.active += now.active;
            sched.idle += now.idle;
            sched.blocked += now.blocked;
            add(&mut all, &second);
            sched.components.push(row(&second, now));
        }
        let sums = row(&all, &none);
        Self {
            tasks: sched.active + sched.idle + sched.blocked,
            spawned_per_s: sums.spawned_per_s,
            ended_per_s: sums.ended_per_s,
            poll_p99_us: sums.poll_p99_us,
            start_p99_us: sums.start_p99_us,
            blocked_polls: sums.blocked_polls,
            ..sched
        }
    }

    /// For the log; the words stay the same, so that it can be cut and plotted.
    fn line(&self) -> String {
        let mut line = format!(
            "tasks={} active={} idle={} blocked={} spawned={} ended={} poll_p99_us={} blocked_polls={}",
            self.tasks,
            self.active,
            self.idle,
            self.blocked,
            self.spawned_per_s,
            self.ended_per_s,
            self.poll_p99_us.unwrap_or(0),
            self.blocked_polls,
        );
        for Queue { name, waiting, most } in &self.queues {
            _ = write!(line, " {name}={waiting}/{most}");
        }
        line
    }
}

/// What was counted between two looks.
fn since(before: &Component, now: &Component) -> Component {
    let times = |before: &[u64; POLL_BUCKETS], now: &[u64; POLL_BUCKETS]| {
        std::array::from_fn(|bucket| now[bucket].saturating_sub(before[bucket]))
    };
    Component {
        name: now.name,
        spawned: now.spawned.saturating_sub(before.spawned),
        ended: now.ended.saturating_sub(before.ended),
        blocked_polls: now.blocked_polls.saturating_sub(before.blocked_polls),
        poll_times: times(&before.poll_times, &now.poll_times),
        start_latencies: times(&before.start_latencies, &now.start_latencies),
        ..Component::default()
    }
}

fn add(all: &mut Component, second: &Component) {
    all.spawned += second.spawned;
    all.ended += second.ended;
    all.blocked_polls += second.blocked_polls;
    for bucket in 0..POLL_BUCKETS {
        all.poll_times[bucket] += second.poll_times[bucket];
        all.start_latencies[bucket] += second.start_latencies[bucket];
    }
}

fn row(second: &Component, now: &Component) -> Row {
    let p99_us = |times: &[u64; POLL_BUCKETS]| quantile_ns(times, 0.99).map(|ns| ns / 1_000);
    Row {
        name: second.name,
        active: now.active,
        idle: now.idle,
        blocked: now.blocked,
        spawned_per_s: second.spawned,
        ended_per_s: second.ended,
        poll_p99_us: p99_us(&second.poll_times),
        start_p99_us: p99_us(&second.start_latencies),
        blocked_polls: second.blocked_polls,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_second_is_the_difference_of_two_looks() {
        let mut before = Component { name: "http", spawned: 100, ended: 90, ..Component::default() };
        before.poll_times[0] = 1_000;
        let mut now =
            Component { spawned: 160, ended: 120, blocked_polls: 2, active: 1, idle: 39, ..before.clone() };
        now.poll_times[3] = 98;
        now.poll_times[7] = 2;
        let new = Component { name: "fleet", spawned: 7, idle: 7, ..Component::default() };
        let sched = Sched::between(&[before], &[now, new]);
        expect!["tasks=47 active=1 idle=46 blocked=0 spawned=67 ended=30 poll_p99_us=131 blocked_polls=2"]
            .assert_eq(&sched.line());
    }
}
