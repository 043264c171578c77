//! The wrapper around every task's future: it keeps the task's row up to date, catches its panic, and records its end.

use crate::clock;
use crate::closed::{Cause, TaskEnd};
use crate::contract::Outcome;
use crate::counters::Counters;
use crate::current::Entered;
use crate::live::Slot;
use crate::probe;
use crate::recorder::{self, TaskEventKind};
use crate::slab;
use crate::span;
use crate::task_row;
use crate::threads;
use pin_project_lite::pin_project;
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, Waker};
use tracing::Span;

thread_local! {
    static POLLS: Cell<u32> = const { Cell::new(0) };
}

/// One poll in so many is timed exactly and recorded.
const SAMPLE: u32 = 16;

pin_project! {
    /// A task's future and its row. The future is dropped first: then the task is gone, and its end is recorded.
    pub(crate) struct Task<F> {
        #[pin]
        future: F,
        end: End,
    }
}

/// Records a task's end when it is dropped.
///
/// Its 24 bytes are all that a task's future grows by. Tokio's allocation for a task goes by steps of 128 bytes, and 8 more
/// would take the whole next step from many of them.
pub(crate) struct End {
    slot: &'static Slot,
    /// It was not aborted.
    ready: bool,
    aside: Option<Box<Aside>>,
}

/// What few tasks need, out of line.
#[derive(Default)]
struct Aside {
    span: Option<Span>,
    cause: Option<Box<Cause>>,
}

impl End {
    fn new(slot: &'static Slot, span: Option<Span>) -> Self {
        let aside = span.map(|span| Box::new(Aside { span: Some(span), cause: None }));
        Self { slot, ready: false, aside }
    }
    #[inline]
    fn span(&self) -> Option<&Span> {
        self.aside.as_ref()?.span.as_ref()
    }
    fn is(&mut self, how: TaskEnd) {
        self.ready = !matches!(how, TaskEnd::Aborted);
        if let TaskEnd::Failed(cause) = how {
            self.aside.get_or_insert_default().cause = Some(cause);
        }
    }
    fn how(&mut self) -> TaskEnd {
        let cause = self.aside.as_mut().and_then(|aside| aside.cause.take());
        match (self.ready, cause) {
            (false, _) => TaskEnd::Aborted,
            (true, None) => TaskEnd::Finished,
            (true, Some(cause)) => TaskEnd::Failed(cause),
        }
    }
}

impl<F> Task<F> {
    pub(crate) fn new(future: F, slot: &'static Slot, span: Option<Span>) -> Self {
        Self { future, end: End::new(slot, span) }
    }
}

impl<F: Future<Output: Outcome>> Future for Task<F> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let slot = this.end.slot;
        let polls = slot.polls.load(Relaxed);
        slot.polls.store(polls + 1, Relaxed);
        let sampled = POLLS.try_with(|count| count.replace(count.get().wrapping_add(1)) % SAMPLE == 0);
        let exact = sampled.unwrap_or(false);
        let began = match (exact, polls) {
            (false, 0) => started(slot),
            (false, _) => clock::coarse_ns(),
            (true, _) => began_exactly(slot, polls),
        };
        if polls == 0 {
            keep_waker(slot, cx.waker());
        }
        let idle = Idle::of(slot);
        slot.since_ns.store(began, Relaxed);
        slot.thread.store(threads::mine(), Relaxed);
        let polled = {
            let at = std::ptr::from_ref(&*this.future).addr();
            let _entered = Entered::new(slot, at..at + size_of::<F>());
            if polls == 0
                && let Some(span) = this.end.span()
            {
                span::started(span, slot);
            }
            let _in_span = this.end.span().map(Span::enter);
            match idle.probe(slot) {
                None => catch_unwind(AssertUnwindSafe(|| this.future.poll(cx))),
                Some(waker) => {
                    let mut cx = Context::from_waker(&waker);
                    catch_unwind(AssertUnwindSafe(|| this.future.poll(&mut cx)))
                }
            }
        };
        // The coarse clock may be behind an exact beginning.
        let ended = if exact { ended_exactly(slot, began) } else { clock::coarse_ns().max(began) };
        slot.thread.store(threads::NONE, Relaxed);
        if ended != began {
            passed(slot, began, ended);
        }
        match polled {
            Ok(Poll::Pending) => {
                idle.goes_on(slot);
                return Poll::Pending;
            }
            Ok(Poll::Ready(outcome)) => this.end.is(TaskEnd::of(outcome)),
            Err(panic) => this.end.is(TaskEnd::panicked(&*panic)),
        }
        Poll::Ready(())
    }
}

/// Time passed between a poll's begin and end, as far as its clock could see.
#[inline]
fn passed(slot: &'static Slot, began: u64, ended: u64) {
    let took = ended.saturating_sub(began);
    slot.since_ns.store(ended, Relaxed);
    slot.busy_ns.store(slot.busy_ns.load(Relaxed) + took, Relaxed);
    if took > clock::NOTABLE_NS {
        seems_long(slot, took);
    }
}

#[cold]
fn seems_long(slot: &'static Slot, took: u64) {
    let mut meta = slot.meta();
    let Some(meta) = meta.as_mut() else { return };
    // The coarse clock jumps by whole steps: the poll may have begun just before one.
    let limit = meta.scope.shared.options.poll_limit.as_nanos() as u64 + clock::step_ns();
    if took > limit && !meta.blocking {
        meta.scope.counters.blocked_polls.fetch_add(1, Relaxed);
        recorder::record(clock::now_ns(), meta, TaskEventKind::Blocked);
    }
}

/// How a task was idle before a poll, so that a probe does not look like the end of its wait.
struct Idle {
    probing: bool,
    since_ns: u64,
    point: u32,
}

impl Idle {
    #[inline]
    fn of(slot: &Slot) -> Self {
        let (since_ns, point) = (slot.since_ns.load(Relaxed), slot.point.load(Relaxed));
        Self { probing: slot.probing.load(Relaxed), since_ns, point }
    }
    /// The waker of a poll that is a probe; otherwise the task's own is used.
    #[inline]
    fn probe(&self, slot: &'static Slot) -> Option<Waker> {
        if self.probing {
            return Some(probe::begin(slot));
        }
        slot.woken.store(true, Relaxed);
        None
    }
    /// The task waits again where it waited before the probe.
    #[inline]
    fn goes_on(&self, slot: &Slot) {
        if self.probing && slot.point.load(Relaxed) == self.point {
            slot.since_ns.store(self.since_ns, Relaxed);
        }
    }
}

/// Keeps what wakes a task, for probes.
fn keep_waker(slot: &Slot, waker: &Waker) {
    if let Some(meta) = slot.meta().as_mut() {
        meta.waker = Some(waker.clone());
    }
}

/// Records how long a task has waited for its first poll. Returns the exact time.
fn started(slot: &'static Slot) -> u64 {
    let now = clock::now_ns();
    if let Some(meta) = slot.meta().as_ref() {
        let latency = now.saturating_sub(meta.at_ns);
        slot.latency_us.store((latency / 1_000).min(u64::from(u32::MAX - 1)) as u32, Relaxed);
        Counters::add_time(&meta.scope.counters.start_latencies, latency);
    }
    now
}

#[cold]
fn began_exactly(slot: &'static Slot, polls: u64) -> u64 {
    let now = if polls == 0 { started(slot) } else { clock::now_ns() };
    if let Some(meta) = slot.meta().as_ref() {
        recorder::record(now, meta, TaskEventKind::Active);
    }
    now
}

#[cold]
fn ended_exactly(slot: &'static Slot, began: u64) -> u64 {
    let now = clock::now_ns();
    let meta = slot.meta();
    if let Some(meta) = meta.as_ref() {
        Counters::add_time(&meta.scope.counters.poll_times, now.saturating_sub(began));
        recorder::record(now, meta, TaskEventKind::Idle);
    }
    now
}

/// Runs a blocking function as a task: it is active until it returns.
pub(crate) fn run_blocking<T: Outcome>(slot: &'static Slot, span: Option<Span>, run: impl FnOnce() -> T) {
    let mut end = End::new(slot, span);
    let began = began_exactly(slot, 0);
    slot.polls.store(1, Relaxed);
    slot.since_ns.store(began, Relaxed);
    slot.thread.store(threads::mine(), Relaxed);
    let outcome = {
        let _entered = Entered::new(slot, 0..0);
        let _in_span = end.span().map(|span| {
            span::started(span, slot);
            span.enter()
        });
        catch_unwind(AssertUnwindSafe(run))
    };
    end.is(outcome.map_or_else(|panic| TaskEnd::panicked(&*panic), TaskEnd::of));
}

impl Drop for End {
    fn drop(&mut self) {
        let (slot, how) = (self.slot, self.how());
        // As late as is known without reading a clock, and never before it began.
        let now = clock::coarse_ns().max(slot.since_ns.load(Relaxed));
        let row = matches!(how, TaskEnd::Aborted).then(|| {
            let meta = slot.meta();
            meta.as_ref().map(|meta| task_row::row(slot, meta, now))
        });
        let Some(meta) = slot.meta().take() else { return };
        let what = match &how {
            TaskEnd::Aborted => TaskEventKind::Aborted,
            TaskEnd::Finished => TaskEventKind::Finished,
            TaskEnd::Failed(cause) => match **cause {
                Cause::Panic(_) => TaskEventKind::Panicked,
                Cause::Error(_) => TaskEventKind::Failed,
            },
        };
        recorder::record(now, &meta, what);
        let scope = meta.scope.clone();
        scope.ended(&meta, how, row.flatten());
        // Only now: until its scope has released it, the slot must not be another task's.
        slab::release(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_grows_by_24_bytes() {
        assert_eq!(size_of::<Task<[u8; 40]>>() - 40, 24);
    }
}
