//! Reads a task's row from its slot, for whoever shows or reports it.

use crate::clock;
use crate::live::{Slot, TaskMeta};
use crate::point;
use crate::row::{Await, TaskRow, TaskState};
use std::sync::atomic::Ordering::Relaxed;

/// The row of a task whose slot is locked.
pub(crate) fn row(slot: &Slot, meta: &TaskMeta, now: u64) -> TaskRow {
    let (info, spawned) = (&meta.scope.info, meta.spawned());
    let (since, latency) = (slot.since_ns.load(Relaxed), slot.latency_us.load(Relaxed));
    let at = point::point(slot.point.load(Relaxed)).map(|point| Await {
        name: point.name,
        location: point.location.into(),
        for_ms: clock::span_ms(slot.point_since_ns.load(Relaxed), now),
    });
    TaskRow {
        id: meta.id,
        component: info.component,
        scope: info.kind,
        owner: info.owner.clone(),
        name: spawned.name,
        location: spawned.location.into(),
        contract: meta.contract.into(),
        state: state(slot, meta, now),
        blocking: meta.blocking,
        stuck: meta.stuck && (meta.blocking || !slot.woken.load(Relaxed)),
        polls: slot.polls.load(Relaxed),
        busy_ms: busy_ms(slot, meta, now),
        start_latency_us: (latency != u32::MAX).then_some(latency),
        age_ms: clock::span_ms(meta.at_ns, now),
        state_for_ms: clock::span_ms(since, now),
        at,
    }
}

fn busy_ms(slot: &Slot, meta: &TaskMeta, now: u64) -> u64 {
    // A blocking function has one poll and it is not over.
    let running = if meta.blocking && slot.is_active() { now } else { 0 };
    slot.busy_ns.load(Relaxed) / 1_000_000 + clock::span_ms(slot.since_ns.load(Relaxed), running)
}

pub(crate) fn state(slot: &Slot, meta: &TaskMeta, now: u64) -> TaskState {
    let active = slot.is_active();
    let overdue = meta.due_ns().is_some_and(|due| now > due);
    let long = active && !meta.blocking && poll_too_long(slot, meta, now);
    let stuck = meta.stuck && !slot.woken.load(Relaxed);
    match (overdue || long || stuck, active) {
        (true, _) => TaskState::Blocked,
        (false, true) => TaskState::Active,
        (false, false) => TaskState::Idle,
    }
}

pub(crate) fn poll_too_long(slot: &Slot, meta: &TaskMeta, now: u64) -> bool {
    let limit = meta.scope.shared.options.poll_limit.as_nanos() as u64;
    // The coarse clock may have been behind when the poll began.
    let limit = limit + clock::COARSE.as_nanos() as u64;
    slot.is_active() && now.saturating_sub(slot.since_ns.load(Relaxed)) > limit
}
