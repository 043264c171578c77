//! Tasks that can never be woken, from all channels at once: tasks that wait to receive, and tasks that could send.
//!
//! All that wait are assumed to be stuck, and each that a task outside this set can wake is taken out again, until nothing
//! changes. What is left waits for itself, directly or in a ring.

use crate::live::{ScopeState, Slot};
use crate::registry;
use crate::report::{Breach, BreachReport};
use crate::row::SourceLocation;
use crate::slab;
use crate::sync::{self, ChannelInfo, SenderInfo};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// How long a receiver must have waited before it is checked: half of the time within which it must be reported.
const WAITED_NS: u64 = 1_000_000_000;

struct Live {
    slot: &'static Slot,
    parent: u64,
    supervisor: u64,
}

/// Reports of all tasks that are stuck and not reported yet.
pub(crate) fn scan(now: u64) -> Vec<(Arc<ScopeState>, BreachReport)> {
    let channels = sync::waited_for(now.saturating_sub(WAITED_NS));
    if channels.is_empty() {
        return Vec::new();
    }
    let live = live();
    let mut waits: BTreeMap<u64, Vec<&Arc<ChannelInfo>>> = BTreeMap::new();
    for channel in &channels {
        let waiter = channel.waiter.load(Relaxed);
        // It may wait for something else too, by which it can be woken.
        let only = live.get(&waiter).is_some_and(|task| task.slot.other_waits.load(Relaxed) == 0);
        if only {
            waits.entry(waiter).or_default().push(channel);
        }
    }
    loop {
        let stuck: BTreeSet<u64> = waits.keys().copied().collect();
        let before = waits.len();
        waits.retain(|_, channels| channels.iter().all(|channel| only_held_by(channel, &stuck, &live)));
        if waits.len() == before {
            break;
        }
    }
    waits.iter().filter_map(|(id, channels)| report(&live[id], *id, channels[0], now)).collect()
}

fn live() -> BTreeMap<u64, Live> {
    let of = |slot: &'static Slot| {
        let meta = slot.meta();
        meta.as_ref()
            .map(|meta| (meta.id, Live { slot, parent: meta.parent, supervisor: meta.scope.info.supervisor }))
    };
    slab::slots().filter_map(of).collect()
}

/// Whether every sender can only be held by these tasks. Without senders the receiver is about to be woken.
fn only_held_by(channel: &ChannelInfo, stuck: &BTreeSet<u64>, live: &BTreeMap<u64, Live>) -> bool {
    let senders = channel.senders();
    !senders.is_empty() && senders.iter().all(|sender| held_by(sender, stuck, live))
}

fn held_by(sender: &SenderInfo, stuck: &BTreeSet<u64>, live: &BTreeMap<u64, Live>) -> bool {
    let (holder, at) = (sender.task.load(Relaxed), sender.at.load(Relaxed));
    let Some(task) = live.get(&holder) else { return false };
    let later = live.range(at + 1..).filter(|(_, later)| later.supervisor == task.supervisor);
    let mut heirs = later.filter(|(_, later)| may_descend(later.parent, holder, at, live)).map(|(id, _)| id);
    stuck.contains(&holder) && heirs.all(|id| stuck.contains(id))
}

/// Whether `parent` is `holder`, or one that it spawned after `at`, or one that is gone and may have been.
fn may_descend(mut parent: u64, holder: u64, at: u64, live: &BTreeMap<u64, Live>) -> bool {
    while parent != holder {
        match live.get(&parent) {
            Some(next) => parent = next.parent,
            // Gone. What was spawned before cannot have been given the sender when it was spawned.
            None => return parent > at,
        }
    }
    true
}

fn report(task: &Live, id: u64, channel: &ChannelInfo, now: u64) -> Option<(Arc<ScopeState>, BreachReport)> {
    let mut meta = task.slot.meta();
    let meta = meta.as_mut().filter(|meta| meta.id == id && !meta.reported)?;
    meta.reported = true;
    let senders = channel.senders().len();
    let made = SourceLocation::from(channel.made);
    let detail = format!(
        "channel \"{}\" made at {made}: {senders} senders, all with tasks that wait for it or for each other",
        channel.name
    );
    let row = registry::row(task.slot, meta, now);
    Some((meta.scope.clone(), meta.scope.reported(Breach::Stuck, Some(row), detail)))
}
