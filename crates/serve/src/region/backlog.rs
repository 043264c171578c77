//! Whether what is asked stands and waits: how late the region comes to its queue, the server's threads to a timer, and how many
//! connections are ready and wait for one of these threads.
//!
//! ```text
//!              late for STANDING            in time for SETTLED
//!   in time --------------------> behind ---------------------> in time
//!
//!   behind: nobody reads history; new work is turned away at once and not after it has waited:
//!     all of it while the region's queue stands, which holds only what was let in, so that it empties;
//!     a share of it by the threads' line, which also holds what is turned away: shut altogether, the door would stay shut for as long as
//!     the flood lasts, and a server that could take thousands would take none. The share falls while that line stands, and rises while not
//! ```
//! A queue that fills and empties is what queues are for; one that stands only makes everybody wait, so that its length says
//! nothing and its delay everything. Sources: K. Nichols and V. Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012;
//! B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015, from which the two bounds of a wait are; D.-M. Chiu and R. Jain, "Analysis of the
//! Increase and Decrease Algorithms", Computer Networks and ISDN Systems 17(1), 1989, for how the share falls and rises.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
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
/// So many times that is no burst: whatever comes to the end of such a line waits for as long as makes one stand.
const READY_STANDS: usize = 4;
/// Time between two looks at whether the server's threads come to their connections in time.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// All new work, in the parts that a share is counted in: a power of two, so that what is summed up may wrap around.
const ALL: u32 = 1 << 16;
/// Of new work so much gets in at least, while the threads' line stands: without any, nothing would tell a flood of what is turned away at
/// once from one of what is not.
const LEAST: u32 = ALL / 128;
/// Each look that finds the line standing takes an eighth of the share: half of it in a tenth of a second.
const FALL: u32 = 8;
/// Each that finds it as long as no burst is takes half.
const FALL_FAST: u32 = 2;
/// Each look that does not gives so much back: all of it in some two seconds.
const RISE: u32 = ALL / 100;

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
    /// The share of new work that the threads have room for, of [`ALL`], and the sum of what each request brought of it: whoever makes it
    /// whole gets in.
    share: AtomicU32,
    sum: AtomicU32,
}

/// What a look finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delay {
    None,
    Late,
    /// Late, and so long a line that it need not be seen to stand.
    Stands,
}

impl Delay {
    fn late(late: bool) -> Self {
        if late { Self::Late } else { Self::None }
    }
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
    fn observe(&mut self, delay: Delay, now: Instant) {
        let late = delay != Delay::None;
        let since = late.then(|| self.since.unwrap_or(now));
        let stands = delay == Delay::Stands || since.is_some_and(|since| now - since >= STANDING);
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
        let (share, sum) = (AtomicU32::new(ALL), AtomicU32::new(0));
        Self { delay_max, lines: Mutex::default(), behind, late, share, sum }
    }
    /// Whether history can wait.
    pub(crate) fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Relaxed)
    }
    /// Whether what comes to the region's queue now would wait there for too long.
    pub(crate) fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }
    /// Whether new work that comes now is turned away: it would wait too long, or is not of the share that gets in. Each piece of work
    /// asks once: it counts.
    pub(crate) fn turns_away(&self) -> bool {
        if self.is_late() {
            return true;
        }
        let share = self.share.load(Ordering::Relaxed);
        share < ALL && self.sum.fetch_add(share, Ordering::Relaxed) % ALL + share < ALL
    }
    /// Longest that new work may have waited when its turn comes.
    pub(crate) fn waited_max(&self) -> Duration {
        if self.is_behind() { self.delay_max.min(WAITED_MAX) } else { WAITED_MAX }
    }
    /// Takes in how late a line is now.
    pub(crate) fn observe(&self, line: Line, delay: Duration) {
        self.note(line, Delay::late(delay > self.delay_max));
    }
    fn note(&self, line: Line, delay: Delay) {
        let now = Instant::now();
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines[line as usize].observe(delay, now);
        self.behind.store(lines.iter().any(|line| line.is_behind(now)), Ordering::Relaxed);
        let stands = lines[line as usize].turns_away(now);
        match line {
            Line::Region => self.late.store(stands, Ordering::Relaxed),
            // Under the lock: nobody else changes it meanwhile.
            Line::Tasks => {
                let share = self.share.load(Ordering::Relaxed);
                let fall = if delay == Delay::Stands { FALL_FAST } else { FALL };
                let next = if stands { (share - share / fall).max(LEAST) } else { ALL.min(share + RISE) };
                self.share.store(next, Ordering::Relaxed);
            }
        }
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
        let delay = match ready / READY_MAX {
            READY_STANDS.. => Delay::Stands,
            0 => Delay::late(due.elapsed() > backlog.delay_max),
            _ => Delay::Late,
        };
        backlog.note(Line::Tasks, delay);
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
        let mut away = false;
        while !away && Instant::now() < until {
            tokio::time::sleep(LOOK_EVERY).await;
            away = backlog.turns_away();
        }
        closing.cancel();
        while tasks.join_next().await.is_some() {}
        assert!(away);
    }

    /// Looks every 20 ms for so long at the threads' line, which always stands or never does.
    async fn threads(backlog: &Backlog, stand: bool, last_ms: u64) {
        for _ in 0..last_ms / 20 {
            backlog.note(Line::Tasks, Delay::late(stand));
            tokio::time::advance(LOOK_EVERY).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_so_long_that_it_will_stand_turns_new_work_away_at_once() {
        let backlog = Backlog::new(MAX);
        backlog.note(Line::Tasks, Delay::Stands);
        assert_eq!(let_in(&backlog), 500);
        (0..2).for_each(|_| backlog.note(Line::Tasks, Delay::Stands));
        assert_eq!(let_in(&backlog), 125);
    }

    /// How many of a thousand get in.
    fn let_in(backlog: &Backlog) -> usize {
        (0..1_000).filter(|_| !backlog.turns_away()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_of_new_work_gets_in_while_the_threads_line_stands_and_more_and_more_when_it_does_not() {
        let backlog = Backlog::new(MAX);
        threads(&backlog, true, 100).await;
        assert_eq!(let_in(&backlog), 1_000, "a burst is no flood");
        threads(&backlog, true, 200).await;
        let (fewer, all) = (let_in(&backlog), 1_000);
        assert!((200..500).contains(&fewer), "{fewer} of {all}");
        threads(&backlog, true, 2_000).await;
        let fewest = let_in(&backlog);
        assert!((7..=8).contains(&fewest), "some always do: {fewest}");
        assert!(!backlog.is_late(), "what is let in waits for nobody behind the door");
        // It settles where the line stands now and then.
        for _ in 0..200 {
            threads(&backlog, false, 80).await;
            threads(&backlog, true, 20).await;
        }
        let settled = let_in(&backlog);
        assert!((200..450).contains(&settled), "{settled}");
        threads(&backlog, false, 2_000).await;
        assert_eq!(let_in(&backlog), 1_000);
        assert!(!backlog.is_behind());
    }

    #[tokio::test(start_paused = true)]
    async fn one_line_in_time_does_not_hide_that_the_other_stands() {
        let backlog = Backlog::new(MAX);
        for _ in 0..10 {
            backlog.observe(Line::Tasks, Duration::from_secs(1));
            lasting(&backlog, 0, 20).await;
        }
        assert!(backlog.is_behind() && let_in(&backlog) < 1_000);
        lasting(&backlog, 30, 140).await;
        threads(&backlog, false, 20).await;
        assert!(backlog.is_late());
        assert_eq!(let_in(&backlog), 0, "the region's queue stands: nothing more gets there");
    }
}
