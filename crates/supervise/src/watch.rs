//! The watch: one thread in the process that checks all contracts. A thread, not a task, because it must see also when
//! every worker of the runtime is held by a poll.

use crate::clock;
use crate::current::TaskId;
use crate::leaks;
use crate::live::{ScopeState, Slot, TaskMeta};
use crate::recorder::{self, TaskEventKind};
use crate::report::{Breach, BreachReport};
use crate::slab;
use crate::task_row;
use crate::threads::{self, ThreadSample};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::task::AbortHandle;

/// Time between two scans of all contracts: an eighth of the 2 s within which a breach must be reported.
const SCAN_EVERY: Duration = Duration::from_millis(250);
/// Time between two checks of a poll that seems to block its thread.
const SETTLE_EVERY: Duration = Duration::from_millis(5);
/// A scan may take at most one in so many parts of the time: with very many tasks it comes less often.
const SCAN_SHARE: u64 = 50;

/// When this thread itself slept so much longer than it meant to, the process or the machine stood still.
const HELD_UP: Duration = Duration::from_millis(100);

/// Starts the thread unless it runs already.
pub(crate) fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let thread = std::thread::Builder::new().name("supervise-watch".into());
        if let Err(error) = thread.spawn(watch) {
            tracing::error!(%error, "no watch thread: contracts are not watched");
        }
    });
}

#[expect(clippy::disallowed_methods, reason = "this thread is the clock of those that must not sleep")]
fn watch() {
    let (mut next, mut suspects) = (clock::now_ns(), Vec::new());
    loop {
        let pause = if suspects.is_empty() { SCAN_EVERY } else { SETTLE_EVERY };
        let wakes = clock::now_ns() + pause.as_nanos() as u64;
        std::thread::sleep(pause);
        let woke = clock::now_ns();
        if woke - wakes > HELD_UP.as_nanos() as u64 {
            // The whole process stood still. What tasks did not do meanwhile is not their fault; they get time to do it.
            suspects.clear();
            next = woke + SCAN_EVERY.as_nanos() as u64;
        }
        suspects.retain(|suspect| !is_settled(suspect, woke));
        if woke >= next {
            scan(woke, &mut suspects);
            let took = clock::now_ns() - woke;
            next = woke + (SCAN_EVERY.as_nanos() as u64).max(took * SCAN_SHARE);
        }
    }
}

/// A breach that was found, to be reported when no slot is locked.
struct Found {
    scope: Arc<ScopeState>,
    report: BreachReport,
    abort: Option<AbortHandle>,
}

/// A poll that seems to block its thread, unless the thread itself was kept from running.
struct Suspect {
    slot: &'static Slot,
    id: TaskId,
    polls: u64,
    thread: u32,
    since_ns: u64,
    sample: Option<ThreadSample>,
}

/// Checks every slot once: with a million tasks the walk itself is what a scan costs.
fn scan(now: u64, suspects: &mut Vec<Suspect>) {
    let mut found = Vec::new();
    for slot in slab::slots() {
        let mut meta = slot.meta();
        let Some(meta) = meta.as_mut() else { continue };
        found.extend(overdue(slot, meta, now));
        if seems_to_block(slot, meta, now) && !suspects.iter().any(|known| known.id == meta.id) {
            suspects.push(Suspect::new(slot, meta.id, now));
        }
    }
    for Found { scope, report, abort } in found {
        scope.shared.report(report);
        if let Some(abort) = abort {
            abort.abort();
        }
    }
    for (scope, report) in leaks::scan(now) {
        scope.shared.report(report);
    }
}

/// Whether a task is there although its contract is over.
fn overdue(slot: &'static Slot, meta: &mut TaskMeta, now: u64) -> Option<Found> {
    if meta.reported || meta.due_ns().is_none_or(|due| now <= due) {
        return None;
    }
    meta.reported = true;
    let abort = meta.abort.clone().filter(|_| meta.scope.shared.options.contain);
    Some(Found { scope: meta.scope.clone(), report: reported(Breach::Outlived, slot, meta, now), abort })
}

fn reported(breach: Breach, slot: &Slot, meta: &TaskMeta, now: u64) -> BreachReport {
    recorder::record(now, meta, TaskEventKind::Blocked);
    meta.scope.reported(breach, Some(task_row::row(slot, meta, now)), String::new())
}

/// Whether a poll runs so long that it may hold its thread from others.
fn seems_to_block(slot: &Slot, meta: &TaskMeta, now: u64) -> bool {
    !meta.reported_blocked && !meta.blocking && task_row::poll_too_long(slot, meta, now)
}

impl Suspect {
    fn new(slot: &'static Slot, id: TaskId, now: u64) -> Self {
        let (polls, thread) = (slot.polls.load(Relaxed), slot.thread.load(Relaxed));
        Self { slot, id, polls, thread, since_ns: now, sample: threads::sample(thread) }
    }
}

/// Checks a poll again: it has ended, or it is reported once its thread had the limit's time to itself.
fn is_settled(suspect: &Suspect, now: u64) -> bool {
    let slot = suspect.slot;
    let mut slot_meta = slot.meta();
    let Some(meta) = slot_meta.as_mut().filter(|meta| meta.id == suspect.id) else { return true };
    if !slot.is_active() || slot.polls.load(Relaxed) != suspect.polls {
        return true;
    }
    let limit = meta.scope.shared.options.poll_limit.as_nanos() as u64;
    let passed = now.saturating_sub(suspect.since_ns);
    if passed <= limit {
        return false;
    }
    let own = match (suspect.sample, threads::sample(suspect.thread)) {
        // Ready at one of both moments: then what counts is the processor time that it really had.
        (Some(then), Some(now)) if then.ready || now.ready => now.ran_ns.saturating_sub(then.ran_ns),
        _ => passed,
    };
    if own <= limit {
        return false;
    }
    meta.reported_blocked = true;
    let (scope, report) = (meta.scope.clone(), reported(Breach::BlockedPoll, slot, meta, now));
    drop(slot_meta);
    scope.shared.report(report);
    true
}
