//! Whether what is asked stands and waits: how late the region comes to its queue, the server's threads to a timer, and how many
//! connections are ready and wait for one of these threads.
//!
//! ```text
//!              late for STANDING            in time for SETTLED
//!   in time --------------------> behind ---------------------> in time
//!
//!   behind: nobody reads history; new work is turned away while it would wait too long, at once and not after it has
//! ```
//! A queue that fills and empties is what queues are for; one that stands only makes everybody wait, so that its length says
//! nothing and its delay everything. Sources: K. Nichols and V. Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012;
//! B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015, from which the two bounds of a wait are.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// A delay that lasts this long stands; shorter ones are rounds, snapshots and a disk that is slow for once.
const STANDING: Duration = Duration::from_millis(100);
/// Without delay for so long, the flood is over.
const SETTLED: Duration = Duration::from_secs(1);
/// Longest that new work may have waited while nothing stands. Its caller has waited as long, and is better served by an answer: what is
/// taken on later than this is answered later still.
const WAITED_MAX: Duration = Duration::from_secs(1);
/// Ready tasks that one thread gets through in about the time that new work may usually wait: one takes some forty microseconds. What
/// is configured for that time does not change it.
const READY_MAX: usize = 512;
/// Time between two looks at whether the server's threads come to their connections in time.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where something waits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    /// The region's queue.
    Region,
    /// The server's threads. The runtime serves timers ahead of connections: a timer that is late tells of a thread that is held up, and
    /// what waits behind it in line is counted.
    Tasks,
}

/// How late the two lines are.
pub(crate) struct Backlog {
    delay_max: Duration,
    lines: Mutex<[Lateness; 2]>,
    /// What the lines come to, read for each request.
    behind: AtomicBool,
    late: AtomicBool,
}

/// How late one line is.
#[derive(Clone, Copy, Debug, Default)]
struct Lateness {
    /// Since when each look found it late.
    since: Option<Instant>,
    /// When the flood is over, if it goes on in time from now on.
    behind_until: Option<Instant>,
}

impl Lateness {
    fn observe(&mut self, late: bool, now: Instant) {
        let since = late.then(|| self.since.unwrap_or(now));
        let stands = since.is_some_and(|since| now - since >= STANDING);
        let goes_on = late && self.is_behind(now);
        self.since = since;
        if stands || goes_on {
            self.behind_until = Some(now + SETTLED);
        }
    }
    fn is_behind(self, now: Instant) -> bool {
        self.behind_until.is_some_and(|until| now < until)
    }
    fn turns_away(self, now: Instant) -> bool {
        self.since.is_some() && self.is_behind(now)
    }
}

impl Backlog {
    pub(crate) fn new(delay_max: Duration) -> Self {
        let (behind, late) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { delay_max, lines: Mutex::default(), behind, late }
    }
    /// Whether history can wait.
    pub(crate) fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Relaxed)
    }
    /// Whether what comes now would wait too long.
    pub(crate) fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }
    /// Longest that new work may have waited when its turn comes.
    pub(crate) fn waited_max(&self) -> Duration {
        if self.is_behind() { self.delay_max.min(WAITED_MAX) } else { WAITED_MAX }
    }
    /// Takes in how late a line is now.
    pub(crate) fn observe(&self, line: Line, delay: Duration) {
        self.note(line, delay > self.delay_max);
    }
    fn note(&self, line: Line, late: bool) {
        let now = Instant::now();
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines[line as usize].observe(late, now);
        self.behind.store(lines.iter().any(|line| line.is_behind(now)), Ordering::Relaxed);
        self.late.store(lines.iter().any(|line| line.turns_away(now)), Ordering::Relaxed);
    }
}

/// Watches the server's threads, by which it is run, until `closing`: a timer that comes late found them held up, and a long line of
/// tasks that are ready waits for them.
pub(crate) async fn watch_tasks(backlog: Arc<Backlog>, closing: CancellationToken) {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let runtime = Handle::current().metrics();
    while let Some(due) = closing.run_until_cancelled(looks.tick()).await {
        let ready = runtime.global_queue_depth() / runtime.num_workers().max(1);
        backlog.note(Line::Tasks, due.elapsed() > backlog.delay_max || ready > READY_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: Duration = Duration::from_millis(20);

    /// Looks every 20 ms for so long, and always finds the same delay.
    async fn lasting(backlog: &Backlog, delay_ms: u64, lasts_ms: u64) {
        for _ in 0..lasts_ms / 20 {
            backlog.observe(Line::Region, Duration::from_millis(delay_ms));
            tokio::time::advance(LOOK_EVERY).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_no_flood() {
        let backlog = Backlog::new(MAX);
        for _ in 0..20 {
            lasting(&backlog, 80, 80).await;
            lasting(&backlog, 0, 20).await;
            assert!(!backlog.is_behind() && !backlog.is_late());
        }
        assert_eq!(backlog.waited_max(), WAITED_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn a_delay_that_stands_turns_new_work_away_until_it_is_gone() {
        let backlog = Backlog::new(MAX);
        lasting(&backlog, 30, 140).await;
        assert!(backlog.is_behind() && backlog.is_late());
        assert_eq!(backlog.waited_max(), MAX);
        lasting(&backlog, 5, 20).await;
        assert!(backlog.is_behind() && !backlog.is_late(), "there is room, and the flood may go on");
    }

    #[tokio::test(start_paused = true)]
    async fn in_a_flood_it_does_not_have_to_stand_again() {
        let backlog = Backlog::new(MAX);
        lasting(&backlog, 30, 140).await;
        for _ in 0..200 {
            lasting(&backlog, 5, 20).await;
            assert!(!backlog.is_late());
            lasting(&backlog, 30, 20).await;
            assert!(backlog.is_late(), "at once");
        }
        lasting(&backlog, 5, 1_040).await;
        assert!(!backlog.is_behind(), "a second in time ends it");
        lasting(&backlog, 30, 80).await;
        assert!(!backlog.is_late(), "and a burst is a burst again");
    }

    /// Timers go first, so that none is late; each task does next to nothing, and there are very many.
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_long_line_of_ready_tasks_turns_new_work_away() {
        let (backlog, closing) = (Arc::new(Backlog::new(Duration::from_secs(60))), CancellationToken::new());
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(watch_tasks(backlog.clone(), closing.clone()));
        for _ in 0..20 * READY_MAX {
            let closing = closing.clone();
            tasks.spawn(async move {
                while !closing.is_cancelled() {
                    tokio::task::yield_now().await;
                }
            });
        }
        let until = Instant::now() + Duration::from_secs(20);
        while !backlog.is_late() && Instant::now() < until {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let late = backlog.is_late();
        closing.cancel();
        while tasks.join_next().await.is_some() {}
        assert!(late);
    }

    #[tokio::test(start_paused = true)]
    async fn one_line_in_time_does_not_hide_that_the_other_is_late() {
        let backlog = Backlog::new(MAX);
        for _ in 0..10 {
            backlog.observe(Line::Tasks, Duration::from_secs(1));
            lasting(&backlog, 0, 20).await;
        }
        assert!(backlog.is_late());
    }
}
