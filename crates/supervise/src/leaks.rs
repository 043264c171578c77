//! The leaks that are proved at this moment: what the watch found in its latest pass, grouped for people, and what that took.

use crate::leak::{HOLDERS_SHOWN, Leak, LeakWait};
use crate::live::ScopeState;
use crate::proof::{self, Proof, Stuck, StuckWait};
use crate::report::{Breach, BreachReport};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the latest pass took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProofCost {
    /// Idle tasks of which all that could wake them was known.
    pub candidates: usize,
    /// Those that cannot be woken.
    pub stuck: usize,
    /// How long the pass took, on the watch's own thread.
    pub took_ns: u64,
    /// Probes since the process began: one poll each.
    pub probes: u64,
    /// Passes since the process began.
    pub passes: u64,
}

#[derive(Default)]
struct Latest {
    cost: ProofCost,
    /// Each with the number of its supervisor.
    leaks: Vec<(u64, Leak)>,
}

static LATEST: Mutex<Latest> = Mutex::new(Latest {
    cost: ProofCost { candidates: 0, stuck: 0, took_ns: 0, probes: 0, passes: 0 },
    leaks: Vec::new(),
});

fn latest() -> MutexGuard<'static, Latest> {
    LATEST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The leaks of one supervisor.
pub(crate) fn of(supervisor: u64) -> Vec<Leak> {
    let latest = latest();
    latest.leaks.iter().filter(|(of, _)| *of == supervisor).map(|(_, leak)| leak.clone()).collect()
}

/// What the latest pass took.
pub(crate) fn cost() -> ProofCost {
    latest().cost
}

/// Tasks that leak alike: the supervisor, the line of the spawn, the place of the wait, the line that made what they wait for.
type Alike = (u64, u32, u32, Option<usize>);

/// One more pass. Returns a report for each group in which a task is new.
pub(crate) fn scan(now: u64) -> Vec<(Arc<ScopeState>, BreachReport)> {
    let began = crate::clock::now_ns();
    let Proof { stuck, candidates, probes } = proof::pass(now);
    let mut groups: BTreeMap<Alike, Group> = BTreeMap::new();
    for stuck in &stuck {
        if let Some((alike, is_new)) = mark(stuck) {
            groups.entry(alike).or_default().add(stuck, is_new);
        }
    }
    let shown: Vec<_> = groups.into_iter().filter_map(|(alike, group)| group.shown(alike.0)).collect();
    let mut latest = latest();
    latest.cost = ProofCost {
        candidates,
        stuck: stuck.len(),
        took_ns: crate::clock::now_ns().saturating_sub(began),
        probes: latest.cost.probes + probes as u64,
        passes: latest.cost.passes + 1,
    };
    latest.leaks = shown.iter().map(|shown| (shown.supervisor, shown.leak.clone())).collect();
    drop(latest);
    shown.into_iter().filter(|shown| shown.is_new).map(Shown::reported).collect()
}

/// Marks a task as stuck. Returns its group, and whether it was not marked before; `None`: it is gone.
fn mark(stuck: &Stuck) -> Option<(Alike, bool)> {
    let mut meta = stuck.slot.meta();
    let meta = meta.as_mut().filter(|meta| meta.id == stuck.id)?;
    let is_new = !std::mem::replace(&mut meta.stuck, true);
    let made = stuck.waits.first().map(|wait| std::ptr::from_ref(wait.primitive.made).addr());
    let alike = (meta.scope.info.supervisor, meta.spawned, stuck.slot.point.load(Relaxed), made);
    Some((alike, is_new))
}

#[derive(Default)]
struct Group<'a> {
    /// Tasks have rising numbers.
    oldest: Option<&'a Stuck>,
    count: usize,
    is_new: bool,
}

impl<'a> Group<'a> {
    fn add(&mut self, stuck: &'a Stuck, is_new: bool) {
        self.count += 1;
        self.is_new |= is_new;
        if self.oldest.is_none_or(|oldest| stuck.id < oldest.id) {
            self.oldest = Some(stuck);
        }
    }
    fn shown(self, supervisor: u64) -> Option<Shown> {
        let oldest = self.oldest?;
        let (scope, task) = proof::row(oldest.slot, oldest.id)?;
        let leak = Leak { task, count: self.count, waits: oldest.waits.iter().map(wait).collect() };
        Some(Shown { supervisor, scope, leak, is_new: self.is_new })
    }
}

fn wait(wait: &StuckWait) -> LeakWait {
    let rows = wait.holders.iter().filter_map(|(slot, id)| proof::row(slot, *id));
    LeakWait {
        kind: wait.primitive.kind,
        name: wait.primitive.name,
        made: wait.primitive.made.into(),
        holders: rows.map(|(_, row)| row).take(HOLDERS_SHOWN).collect(),
        holders_count: wait.holders.len(),
        forgotten: wait.forgotten,
    }
}

struct Shown {
    supervisor: u64,
    scope: Arc<ScopeState>,
    leak: Leak,
    is_new: bool,
}

impl Shown {
    fn reported(self) -> (Arc<ScopeState>, BreachReport) {
        let Self { scope, leak, .. } = self;
        let mut detail = leak.why();
        if leak.count > 1 {
            detail.push_str(&format!("; {} tasks like this one", leak.count));
        }
        let mut report = scope.reported(Breach::Stuck, Some(leak.task), detail);
        report.waits = leak.waits;
        (scope, report)
    }
}
