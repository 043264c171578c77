//! How a scope lives: it is opened, admits tasks, counts how they end, and closes.

use crate::clock;
use crate::closed::{Cause, Closed, Failure, TaskEnd};
use crate::contract::{Owner, Until};
use crate::current::{self, TaskId};
use crate::live::{OPEN, ScopeInfo, ScopeState, Slot, TaskMeta};
use crate::point;
use crate::recorder::{self, TaskEventKind};
use crate::report::{Breach, BreachReport};
use crate::row::TaskRow;
use crate::shared::Shared;
use crate::slab;
use crate::task_row;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How long aborted tasks may take to be dropped before they are said to stay.
const ABORT_GRACE: Duration = Duration::from_secs(1);

impl ScopeState {
    pub(super) fn open(
        shared: Arc<Shared>,
        parent: Option<Arc<Self>>,
        kind: &'static str,
        owner: Option<Owner>,
        opened: &'static Location<'static>,
    ) -> Arc<Self> {
        let component = parent.as_ref().map_or(kind, |parent| parent.info.component);
        let info = ScopeInfo { supervisor: shared.id, component, kind, owner, opened };
        let cancel =
            parent.as_ref().map_or_else(CancellationToken::new, |parent| parent.cancel.child_token());
        let inner = Arc::new(Self {
            info: Arc::new(info),
            counters: parent.as_ref().map_or_else(|| shared.counters(component), |p| p.counters.clone()),
            shared,
            number: current::next_id(),
            cancel,
            keeps_going: AtomicBool::new(false),
            due_ns: AtomicU64::new(OPEN),
            aborting: AtomicBool::new(false),
            idle: Notify::new(),
            tasks: Mutex::default(),
            parent,
        });
        if let Some(parent) = &inner.parent {
            let closed = {
                let mut table = parent.table();
                table.children.insert(inner.number, Arc::downgrade(&inner));
                table.closed
            };
            // A child of a closed scope is closed: nothing can be spawned into it.
            if closed {
                inner.table().closed = true;
            }
        }
        inner
    }

    /// Tasks that live in this scope itself, without its children.
    pub(super) fn live(&self) -> usize {
        self.table().live
    }

    /// A row for a new task; `None`: the scope is closed.
    pub(super) fn admit(
        self: &Arc<Self>,
        name: &'static str,
        until: Until,
        location: &'static Location<'static>,
        blocking: bool,
    ) -> Option<(TaskId, &'static Slot)> {
        let (id, at_ns) = (current::next_id(), clock::now_ns());
        let mut table = self.table();
        if table.closed {
            tracing::debug!(component = self.info.component, task = name, "not spawned: the scope is closed");
            return None;
        }
        let key = table.free.pop().unwrap_or_else(|| {
            table.rows.push(None);
            table.rows.len() as u32 - 1
        });
        let meta = TaskMeta {
            id,
            spawned: point::number(name, location),
            scope: self.clone(),
            abort: None,
            waker: None,
            probe: None,
            at_ns,
            contract: until.into(),
            key,
            blocking,
            reported: false,
            reported_blocked: false,
            stuck: false,
        };
        recorder::record(at_ns, &meta, TaskEventKind::Spawned);
        let slot = slab::acquire(meta);
        table.rows[key as usize] = Some(slot);
        self.counters.spawned.fetch_add(1, Relaxed);
        let was_idle = table.is_idle();
        table.live += 1;
        if was_idle {
            self.report_busy(true);
        }
        Some((id, slot))
    }

    /// Stores what aborts a task, if the task is still there.
    pub(super) fn store_abort(&self, id: TaskId, slot: &'static Slot, abort: tokio::task::AbortHandle) {
        if let Some(meta) = slot.meta().as_mut().filter(|meta| meta.id == id) {
            meta.abort = Some(abort.clone());
        }
        // The scope may have aborted its tasks while this one had no handle.
        if self.aborting.load(SeqCst) {
            abort.abort();
        }
    }

    /// Tells the parent that a task lives here, or none any more. Called with this scope's lock held; locks go
    /// from child to parent.
    fn report_busy(&self, busy: bool) {
        let Some(parent) = &self.parent else { return };
        let mut table = parent.table();
        if busy {
            let was_idle = table.is_idle();
            table.busy_below += 1;
            if was_idle {
                parent.report_busy(true);
            }
        } else {
            table.busy_below -= 1;
            if table.is_idle() {
                parent.report_busy(false);
                parent.idle.notify_waiters();
            }
        }
    }

    /// Removes a task that has ended.
    pub(crate) fn ended(&self, meta: &TaskMeta, how: TaskEnd, row: Option<TaskRow>) {
        let counters = &self.counters;
        let failure = self.count(meta, how);
        let mut table = self.table();
        table.rows[meta.key as usize] = None;
        table.free.push(meta.key);
        let fails = failure.is_some();
        match (failure, row) {
            (Some(failure), _) => table.outcome.push_failed(failure),
            (None, Some(row)) => table.outcome.push_aborted(row),
            (None, None) => table.outcome.finished += 1,
        }
        table.live -= 1;
        // Counted before the scope can be seen idle: then the registry is empty as well.
        counters.ended.fetch_add(1, Relaxed);
        if table.is_idle() {
            self.report_busy(false);
            self.idle.notify_waiters();
        }
        drop(table);
        if fails && !self.keeps_going.load(Relaxed) {
            self.cancel.cancel();
        }
    }

    fn count(&self, meta: &TaskMeta, how: TaskEnd) -> Option<Failure> {
        let counters = &self.counters;
        let cause = match how {
            TaskEnd::Finished => return None,
            TaskEnd::Aborted => {
                counters.aborted.fetch_add(1, Relaxed);
                return None;
            }
            TaskEnd::Failed(cause) => *cause,
        };
        let counter = match cause {
            Cause::Panic(_) => &counters.panicked,
            Cause::Error(_) => &counters.failed,
        };
        counter.fetch_add(1, Relaxed);
        let failure = Failure {
            component: self.info.component,
            owner: self.info.owner.clone(),
            name: meta.spawned().name,
            location: meta.spawned().location.into(),
            cause,
        };
        tracing::error!(%failure, "task failed");
        Some(failure)
    }

    pub(super) async fn until_idle(&self) {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            // Listening begins before the check, so that no wake is missed.
            idle.as_mut().enable();
            if self.table().is_idle() {
                return;
            }
            idle.await;
        }
    }

    pub(super) async fn close(self: Arc<Self>, grace: Duration) -> Closed {
        self.shut(grace);
        self.cancel.cancel();
        if tokio::time::timeout(grace, self.until_idle()).await.is_err() {
            self.report_all(Breach::Aborted);
            self.abort_all();
            if tokio::time::timeout(ABORT_GRACE, self.until_idle()).await.is_err() {
                self.report_all(Breach::Stayed);
            }
        }
        let closed = self.take_outcome();
        tracing::debug!(
            component = self.info.component,
            scope = self.info.kind,
            finished = closed.finished,
            aborted = closed.aborted.len(),
            failed = closed.failed.len(),
            stayed = closed.stayed.len(),
            "closed"
        );
        closed
    }

    /// Refuses spawns from now on, here and below, and sets when all must be gone.
    pub(super) fn shut(&self, grace: Duration) {
        let due = clock::now_ns().saturating_add(grace.as_nanos() as u64);
        self.each(&mut |inner| {
            inner.due_ns.fetch_min(due, Relaxed);
            inner.table().closed = true;
        });
    }

    /// Calls `act` on this scope and all below it. No lock is held meanwhile.
    fn each(&self, act: &mut dyn FnMut(&Self)) {
        act(self);
        let children: Vec<_> = self.table().children.values().cloned().collect();
        for child in children.iter().filter_map(Weak::upgrade) {
            child.each(act);
        }
    }

    fn abort_all(&self) {
        self.each(&mut |inner| {
            inner.aborting.store(true, SeqCst);
            inner.each_task(|_, meta| meta.abort.clone()).iter().for_each(tokio::task::AbortHandle::abort);
        });
    }

    /// What `of` says of each task of this scope itself.
    fn each_task<T>(&self, of: impl Fn(&Slot, &TaskMeta) -> Option<T>) -> Vec<T> {
        let slots: Vec<_> = self.table().rows.iter().copied().flatten().collect();
        let mine = |slot: &&'static Slot| {
            let meta = slot.meta();
            // The slot may have been given to another task since.
            let meta = meta.as_ref().filter(|meta| std::ptr::eq(&*meta.scope, self))?;
            of(slot, meta)
        };
        slots.iter().filter_map(mine).collect()
    }

    fn rows(&self) -> Vec<TaskRow> {
        let now = clock::now_ns();
        let mut rows = Vec::new();
        self.each(&mut |inner| {
            rows.extend(inner.each_task(|slot, meta| Some(task_row::row(slot, meta, now))));
        });
        rows
    }

    fn report_all(&self, breach: Breach) {
        for row in self.rows() {
            self.shared.report(self.reported(breach.clone(), Some(row), String::new()));
        }
    }

    pub(crate) fn reported(&self, breach: Breach, task: Option<TaskRow>, detail: String) -> BreachReport {
        BreachReport {
            at_ns: clock::now_ns(),
            breach,
            component: self.info.component,
            scope: self.info.kind,
            owner: self.info.owner.clone(),
            opened: self.info.opened.into(),
            task,
            detail,
            waits: Vec::new(),
        }
    }

    fn take_outcome(&self) -> Closed {
        let mut closed = Closed::default();
        self.each(&mut |inner| closed.merge(std::mem::take(&mut inner.table().outcome)));
        closed.stayed.extend(self.rows());
        closed
    }

    /// A scope was dropped without close.
    pub(super) fn dropped(&self) {
        self.shut(Duration::ZERO);
        let rows = self.rows();
        self.cancel.cancel();
        if rows.is_empty() {
            return;
        }
        let names: Vec<_> = rows.iter().take(20).map(ToString::to_string).collect();
        let detail = format!("{} tasks lived in it and were aborted: {}", rows.len(), names.join("; "));
        self.abort_all();
        self.shared.report(self.reported(Breach::DroppedOpen, None, detail));
    }
}
