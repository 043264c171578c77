//! Who can never be woken? A look at all channels at once: tasks that wait to receive, and tasks that could send.
//!
//! All that wait are taken to be stuck, and whoever can be woken by somebody outside is taken out again, until nothing
//! changes. What is left waits for itself, directly or in a ring.

use crate::registry;
use crate::report::{Breach, Report};
use crate::scope::Inner;
use crate::slab::{self, Slot};
use crate::sync::{self, Hand, Line};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// How long a receiver must have waited before it is looked at: half of the time within which it must be reported.
const WAITED_NS: u64 = 1_000_000_000;

struct Live {
    slot: &'static Slot,
    parent: u64,
    supervisor: u64,
}

/// Reports of all tasks that are stuck and not reported yet.
pub(crate) fn look(now: u64) -> Vec<(Arc<Inner>, Report)> {
    let lines = sync::waited_for(now.saturating_sub(WAITED_NS));
    if lines.is_empty() {
        return Vec::new();
    }
    let live = live();
    let mut waits: BTreeMap<u64, Vec<&Arc<Line>>> = BTreeMap::new();
    for line in &lines {
        let waiter = line.waiter.load(Relaxed);
        // It may wait for something else too, by which it can be woken.
        let only = live.get(&waiter).is_some_and(|task| task.slot.other_waits.load(Relaxed) == 0);
        if only {
            waits.entry(waiter).or_default().push(line);
        }
    }
    loop {
        let stuck: BTreeSet<u64> = waits.keys().copied().collect();
        let before = waits.len();
        waits.retain(|_, lines| lines.iter().all(|line| only_held_by(line, &stuck, &live)));
        if waits.len() == before {
            break;
        }
    }
    waits.iter().filter_map(|(id, lines)| report(&live[id], *id, lines[0], now)).collect()
}

fn live() -> BTreeMap<u64, Live> {
    let of = |slot: &'static Slot| {
        let born = slot.born();
        born.as_ref()
            .map(|born| (born.id, Live { slot, parent: born.parent, supervisor: born.scope.info.supervisor }))
    };
    slab::slots().filter_map(of).collect()
}

/// Whether every sender can only be in the hands of these tasks. Without senders the receiver is about to be woken.
fn only_held_by(line: &Line, stuck: &BTreeSet<u64>, live: &BTreeMap<u64, Live>) -> bool {
    let hands = line.hands();
    !hands.is_empty() && hands.iter().all(|hand| held_by(hand, stuck, live))
}

fn held_by(hand: &Hand, stuck: &BTreeSet<u64>, live: &BTreeMap<u64, Live>) -> bool {
    let (holder, at) = (hand.task.load(Relaxed), hand.at.load(Relaxed));
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
            // Gone. What was spawned before cannot have been given the sender at its birth.
            None => return parent > at,
        }
    }
    true
}

fn report(task: &Live, id: u64, line: &Line, now: u64) -> Option<(Arc<Inner>, Report)> {
    let mut born = task.slot.born();
    let born = born.as_mut().filter(|born| born.id == id && !born.told)?;
    born.told = true;
    let hands = line.hands().len();
    let made = registry::Site::from(line.made);
    let detail = format!(
        "channel \"{}\" made at {made}: {hands} senders, all with tasks that wait for it or for each other",
        line.name
    );
    let row = registry::row(task.slot, born, now);
    Some((born.scope.clone(), born.scope.reported(Breach::Stuck, Some(row), detail)))
}
