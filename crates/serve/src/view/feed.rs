//! The region's end of the read model: what has changed waits here until it is durable, then goes on its way. The region never waits
//! for who reads: where its queue is full, or its reader has begun anew, rows are left out until all of them are sent once more.
//!
//! ```text
//!   fed --(queue full, reader began anew)--> lost --(next look, room in the queue)--> all rows, then fed
//! ```

use super::model::Model;
use crate::kind::ReadModel;
use paceline_engine::Ledger;
use paceline_engine::ledger::{Change, World};
use paceline_model::Version;
use paceline_supervise::sync::mpsc;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What the read model is told.
pub(crate) enum Fed<M: ReadModel = Model> {
    /// A durable change, and, with the last one of a record, the rows as it leaves them.
    Change(Arc<Change<<M::World as World>::Recorded>>, Option<Box<M::Delta>>),
    /// All rows, as the durable world has them: what came before may be missing.
    Whole(Version, Box<M::Delta>),
    /// Devices said something of themselves.
    Heard(M::Heard),
    /// A round is over, and how long it took from when it was due.
    Round { degraded: bool, took: Duration },
    /// Time to tell what is of the moment.
    Publish,
}

impl<M: ReadModel> Fed<M> {
    /// Whether it brings all rows.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Whole(..) => true,
            Self::Change(_, rows) => rows.as_deref().is_some_and(M::is_whole),
            Self::Heard(_) | Self::Round { .. } | Self::Publish => false,
        }
    }
}

/// Told and not yet taken in: some seconds of a busy region, at most a few hundred bytes each.
const FED_MAX: usize = 16_384;

/// What the feed and its reader share.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    /// The newest version that somebody outside may have been told of: whoever reads waits for it.
    pub(super) promised: Arc<AtomicU64>,
    /// The reader misses something: it wants all rows.
    pub(super) lost: Arc<AtomicBool>,
}

/// The region's end.
pub(crate) struct Feed<M: ReadModel = Model> {
    fed: mpsc::Sender<Fed<M>>,
    shared: Shared,
    /// Rows whose version is not durable yet.
    pending: VecDeque<(Version, Box<M::Delta>)>,
    /// The version of the world at the last look.
    head: Version,
}

impl<M: ReadModel> Feed<M> {
    /// Goes on from a world that the reader has whole.
    pub(crate) fn new(head: Version, shared: Shared) -> (Self, mpsc::Receiver<Fed<M>>) {
        shared.promised.store(head.0, Ordering::SeqCst);
        let (fed, receiver) = mpsc::channel("what changed", FED_MAX);
        (Self { fed, shared, pending: VecDeque::new(), head }, receiver)
    }

    /// An input has had its effect on the head.
    pub(crate) fn changed(&mut self, ledger: &Ledger<M::World>, mut changes: <M::World as World>::Changes) {
        if let Some(heard) = M::take_heard(ledger, &mut changes) {
            self.send(Fed::Heard(heard));
        }
        let version = ledger.version();
        if version > self.head {
            self.head = version;
            self.pending.push_back((version, Box::new(M::delta(ledger, changes))));
        }
    }

    /// A change is durable, and about to be told.
    pub(crate) fn publish(
        &mut self,
        ledger: &Ledger<M::World>,
        change: Arc<Change<<M::World as World>::Recorded>>,
    ) {
        let version = change.version;
        let ready = self.pending.front().is_some_and(|(of, _)| *of == version);
        let rows = ready.then(|| self.pending.pop_front()).flatten().map(|(_, mut rows)| {
            M::heard_since(&mut rows, ledger);
            rows
        });
        self.send(Fed::Change(change, rows));
        self.shared.promised.store(version.0, Ordering::SeqCst);
    }

    /// A round is over.
    pub(crate) fn round(&self, degraded: bool, took: Duration) {
        self.send(Fed::Round { degraded, took });
    }

    /// Time to tell what is of the moment; and to send all rows, if the reader has lost some.
    pub(crate) fn due(&mut self, ledger: &Ledger<M::World>) {
        let lost = self.shared.lost.load(Ordering::SeqCst);
        if lost && self.fed.capacity() > FED_MAX / 2 {
            self.shared.lost.store(false, Ordering::SeqCst);
            let whole = Box::new(M::whole(ledger));
            self.pending.clear();
            self.head = ledger.version();
            if ledger.durable() >= self.head {
                self.send(Fed::Whole(self.head, whole));
            } else {
                self.pending.push_back((self.head, whole));
            }
        }
        self.send(Fed::Publish);
    }

    fn send(&self, fed: Fed<M>) {
        if !self.shared.lost.load(Ordering::SeqCst) && self.fed.try_send(fed).is_err() {
            self.shared.lost.store(true, Ordering::SeqCst);
        }
    }
}
