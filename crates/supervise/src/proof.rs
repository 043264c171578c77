//! Proof that tasks can never be woken, on a program that runs on.
//!
//! A task is a *candidate* when it has been idle for a while and all that could wake it is known: the clones of its waker are
//! as many as its waits at primitives of `sync` (see `probe`). All others may run. Whoever may run can end the waits for what
//! it holds; so, from those on, each candidate is taken out that someone who may run can wake, and each that this one can wake, until
//! nothing changes. What is left is stuck. Each task and handle is looked at once, so a chain costs as much as a crowd.
//!
//! Nothing is stopped meanwhile: at the end each task that is left is looked at again, and one that was polled or woken since
//! the beginning counts as one that may run. Those that stood still all the time have neither made nor passed on a handle,
//! so what was read of theirs was true all the time.
//!
//! Source: the reduction of resource graphs of Holt, "Some deadlock properties of computer systems", ACM Computing Surveys
//! 4(3), 1972, with reachability from what may run as in Saioc, Lee, Møller and Chabbi, "Dynamic Partial Deadlock Detection and
//! Recovery via Garbage Collection", ASPLOS 2025, which Go's goroutine-leak profile goes by.

use crate::clock;
use crate::live::{ScopeState, Slot, TaskMeta};
use crate::probe;
use crate::row::TaskRow;
use crate::slab;
use crate::sync::{self, Holder, Side, Waited};
use crate::task_row;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Waker;
use std::time::Duration;

/// How long a task must have been idle before it is looked at: half of the time within which a breach must be reported.
const IDLE: Duration = Duration::from_secs(1);
/// Probes of one scan. At some 400 ns each they take a worker 8 ms of the 250 between two scans, while a crowd falls idle.
const PROBES_MAX: usize = 20_000;

/// A task of which all that could wake it is known.
struct Candidate {
    slot: &'static Slot,
    id: u64,
    polls: u64,
    /// Since when it waits: for blocking functions, which have one poll.
    since_ns: u64,
    /// It blocks a thread.
    blocking: bool,
    waits_count: usize,
    /// Ends that it waits at, as their places in the graph.
    ends: Vec<usize>,
}

/// One side of a primitive, at which tasks wait.
struct End {
    waited: usize,
    side: Side,
    /// Candidates, by their places.
    waiters: Vec<usize>,
    /// Candidates that hold handles which would end the waits.
    holders: Vec<usize>,
    forgotten: usize,
    /// Someone who may run can end the waits.
    live: bool,
}

/// What one pass has found, and what it took.
#[derive(Default)]
pub(crate) struct Proof {
    /// Tasks that cannot be woken.
    pub(crate) stuck: Vec<Stuck>,
    /// Tasks of which all that could wake them is known.
    pub(crate) candidates: usize,
    /// Probes that were asked for.
    pub(crate) probes: usize,
}

/// A task that cannot be woken.
pub(crate) struct Stuck {
    pub(crate) slot: &'static Slot,
    pub(crate) id: u64,
    pub(crate) waits: Vec<StuckWait>,
}

/// A primitive that it waits at, and who holds that: slots and numbers of tasks that are stuck as well.
#[derive(Clone)]
pub(crate) struct StuckWait {
    pub(crate) primitive: Arc<sync::Primitive>,
    pub(crate) holders: Vec<(&'static Slot, u64)>,
    pub(crate) forgotten: usize,
}

/// Looks at all tasks once.
pub(crate) fn pass(now: u64) -> Proof {
    let (candidates, probes) = candidates(now);
    let asked = probes.len();
    probes.into_iter().for_each(Waker::wake);
    let count = candidates.len();
    let stuck = if count == 0 { Vec::new() } else { Graph::new(candidates, sync::waited()).stuck() };
    Proof { stuck, candidates: count, probes: asked }
}

/// The candidates, by number, and the wakers of tasks that are to be probed.
fn candidates(now: u64) -> (Vec<Candidate>, Vec<Waker>) {
    let (mut candidates, mut probes) = (Vec::new(), Vec::new());
    for slot in slab::slots() {
        let meta = slot.meta();
        let Some(meta) = meta.as_ref() else { continue };
        let since_ns = waits_since(slot, meta);
        if now.saturating_sub(since_ns) < IDLE.as_nanos() as u64 {
            continue;
        }
        match waits_count(slot, meta) {
            Some(waits_count) => candidates.push(Candidate {
                slot,
                id: meta.id,
                polls: slot.polls.load(Relaxed),
                since_ns,
                blocking: meta.blocking,
                waits_count,
                ends: Vec::new(),
            }),
            None if wants_probe(slot) && probes.len() < PROBES_MAX => {
                probes.extend(probe::request(slot, meta));
            }
            None => {}
        }
    }
    candidates.sort_by_key(|candidate| candidate.id);
    (candidates, probes)
}

fn waits_since(slot: &Slot, meta: &TaskMeta) -> u64 {
    let since = if meta.blocking { &slot.point_since_ns } else { &slot.since_ns };
    since.load(Relaxed)
}

fn wants_probe(slot: &Slot) -> bool {
    !slot.is_active() && slot.woken.load(Relaxed)
}

/// At how many primitives a task waits, where it waits for nothing else.
fn waits_count(slot: &Slot, meta: &TaskMeta) -> Option<usize> {
    let waits = usize::from(slot.waits()?);
    match meta.blocking {
        // A thread waits at one place at a time, or at none that is known.
        true => (waits == 1).then_some(1),
        false => (probe::clones(slot, meta)? == waits).then_some(waits),
    }
}

impl Candidate {
    /// Whether it has stood still since it was looked at first.
    fn stood_still(&self) -> bool {
        let meta = self.slot.meta();
        meta.as_ref().is_some_and(|meta| {
            meta.id == self.id
                && self.slot.polls.load(Relaxed) == self.polls
                && waits_since(self.slot, meta) == self.since_ns
                && waits_count(self.slot, meta) == Some(self.waits_count)
        })
    }
}

struct Graph {
    candidates: Vec<Candidate>,
    waited: Vec<Waited>,
    ends: Vec<End>,
    /// Of each candidate: the ends whose waits it could end.
    could_end: Vec<Vec<usize>>,
    /// Of each candidate: whether it may run.
    runs: Vec<bool>,
    /// Candidates that may run and whose handles have not been followed yet.
    work: Vec<usize>,
}

impl Graph {
    fn new(candidates: Vec<Candidate>, waited: Vec<Waited>) -> Self {
        let count = candidates.len();
        let (could_end, runs) = (vec![Vec::new(); count], vec![false; count]);
        let mut graph = Self { candidates, waited, ends: Vec::new(), could_end, runs, work: Vec::new() };
        for number in 0..graph.waited.len() {
            graph.add(number, Side::Takes);
            graph.add(number, Side::Gives);
        }
        graph
    }

    fn place(&self, id: u64) -> Option<usize> {
        self.candidates.binary_search_by_key(&id, |candidate| candidate.id).ok()
    }

    /// Adds one side of a primitive, if candidates wait at it.
    fn add(&mut self, waited: usize, side: Side) {
        let Waited { primitive, waiters, handles } = &self.waited[waited];
        let mine = waiters.iter().filter(|waiter| waiter.side == side);
        let placed = mine.filter_map(|waiter| Some((self.place(waiter.task)?, waiter.given.is_some())));
        // A thread may run a future, in which this is one wait of many.
        let alone = placed.filter(|(place, blocks)| self.candidates[*place].blocking == *blocks);
        let waiters: Vec<usize> = alone.map(|(place, _)| place).collect();
        if waiters.is_empty() {
            return;
        }
        let (mut holders, mut forgotten, mut count, mut live) = (Vec::new(), 0, 0, false);
        for handle in handles.iter().filter(|handle| handle.side == side.other()) {
            count += 1;
            match handle.holder() {
                Holder::AtLarge => live = true,
                Holder::Forgotten => forgotten += 1,
                Holder::Task(task) => match self.place(task) {
                    Some(place) => holders.push(place),
                    None => live = true,
                },
            }
        }
        // Fewer than there must be: one is on its way to a waiter, or all are gone and the waiters are being told.
        live |= count < primitive.handles_needed;
        holders.sort_unstable();
        holders.dedup();
        let number = self.ends.len();
        waiters.iter().for_each(|waiter| self.candidates[*waiter].ends.push(number));
        holders.iter().for_each(|holder| self.could_end[*holder].push(number));
        self.ends.push(End { waited, side, waiters, holders, forgotten, live });
    }

    fn stuck(mut self) -> Vec<Stuck> {
        for candidate in 0..self.candidates.len() {
            // It waits at something that was left out because a handle is at large, or no longer waits.
            if self.candidates[candidate].ends.len() != self.candidates[candidate].waits_count {
                self.runs(candidate);
            }
        }
        for end in 0..self.ends.len() {
            if self.ends[end].live || self.has_been_given(end) {
                self.ended(end);
            }
        }
        self.follow();
        for candidate in 0..self.candidates.len() {
            if !self.runs[candidate] && !self.candidates[candidate].stood_still() {
                self.runs(candidate);
            }
        }
        self.follow();
        let left = (0..self.candidates.len()).filter(|candidate| !self.runs[*candidate]);
        left.map(|candidate| self.shown(candidate)).collect()
    }

    /// Whether a blocking function waits for what has come meanwhile.
    fn has_been_given(&self, end: usize) -> bool {
        let End { waited, side, .. } = self.ends[end];
        let Waited { primitive, waiters, .. } = &self.waited[waited];
        let mut mine = waiters.iter().filter(|waiter| waiter.side == side);
        mine.any(|waiter| waiter.given.is_some_and(|given| given != primitive.given()))
    }

    fn runs(&mut self, candidate: usize) {
        if !std::mem::replace(&mut self.runs[candidate], true) {
            self.work.push(candidate);
        }
    }

    /// The waits at an end can be ended by someone who may run.
    fn ended(&mut self, end: usize) {
        self.ends[end].live = true;
        for waiter in std::mem::take(&mut self.ends[end].waiters) {
            self.runs(waiter);
        }
    }

    /// Takes out whom those can wake that may run.
    fn follow(&mut self) {
        while let Some(candidate) = self.work.pop() {
            for end in std::mem::take(&mut self.could_end[candidate]) {
                self.ended(end);
            }
        }
    }

    fn shown(&self, candidate: usize) -> Stuck {
        let task = |place: &usize| (self.candidates[*place].slot, self.candidates[*place].id);
        let (slot, id) = task(&candidate);
        let wait = |end: &usize| {
            let End { waited, holders, forgotten, .. } = &self.ends[*end];
            StuckWait {
                primitive: self.waited[*waited].primitive.clone(),
                holders: holders.iter().map(task).collect(),
                forgotten: *forgotten,
            }
        };
        Stuck { slot, id, waits: self.candidates[candidate].ends.iter().map(wait).collect() }
    }
}

/// The row of a task, if it is still there.
pub(crate) fn row(slot: &Slot, id: u64) -> Option<(Arc<ScopeState>, TaskRow)> {
    let meta = slot.meta();
    let meta = meta.as_ref().filter(|meta| meta.id == id)?;
    Some((meta.scope.clone(), task_row::row(slot, meta, clock::now_ns())))
}
