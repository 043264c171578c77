//! A span for each task, for tracing: it is linked to the span in which the task was spawned, which is not its parent,
//! because a task may outlive that. Of level TRACE under the target `supervise::task`; where those are off, a
//! spawn pays the check of a flag and a poll that of an empty pointer.

use crate::live::{ScopeInfo, Slot};
use std::panic::Location;
use std::sync::atomic::Ordering::Relaxed;
use tracing::{Span, trace_span};

/// The span of a new task, if tracing is on for it. The current span is that of its spawner.
pub(crate) fn of(info: &ScopeInfo, name: &'static str, location: &'static Location<'static>) -> Option<Span> {
    let span = trace_span!(
        target: "supervise::task", parent: None, "task",
        component = info.component,
        task = name,
        scope = info.kind,
        owner = info.owner.as_ref().map(|owner| owner.as_str()),
        location = %location,
        start_us = tracing::field::Empty,
    );
    if span.is_disabled() {
        return None;
    }
    span.follows_from(Span::current());
    Some(span)
}

/// Says how long the task waited for its first poll.
#[cold]
pub(crate) fn started(span: &Span, slot: &Slot) {
    span.record("start_us", i64::from(slot.latency_us.load(Relaxed)));
}
