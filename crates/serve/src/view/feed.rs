//! The region's end of the read model: what has changed waits here until it is durable, then goes on its way. The region never waits
//! for who reads: where its queue is full, or its reader has begun anew, rows are left out until all of them are sent once more.
//!
//! ```text
//!   fed --(queue full, reader began anew)--> lost --(next look, room in the queue)--> all rows, then fed
//! ```

use super::rows::Delta;
use paceline_engine::{Change, Changes, Fleet, Ledger, PositionFix};
use paceline_model::{Reading, VehicleIdx, Version};
use paceline_supervise::sync::mpsc;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What the read model is told.
pub(crate) enum Fed {
    /// A durable change, and, with the last one of a record, the rows as it leaves them.
    Change(Arc<Change>, Option<Box<Delta>>),
    /// All rows, as the durable world has them: what came before may be missing.
    Whole(Version, Box<Delta>),
    /// Vehicles said where they are.
    Heard(Vec<(VehicleIdx, Reading, PositionFix)>),
    /// A round is over, and how long it took from when it was due.
    Round { degraded: bool, took: Duration },
    /// Time to tell positions and figures.
    Publish,
}

impl Fed {
    /// Whether it brings all rows.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Whole(..) => true,
            Self::Change(_, rows) => rows.as_ref().is_some_and(|rows| rows.whole),
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
pub(crate) struct Feed {
    fed: mpsc::Sender<Fed>,
    shared: Shared,
    /// Rows whose version is not durable yet.
    pending: VecDeque<(Version, Box<Delta>)>,
    /// The version of the world at the last look.
    head: Version,
}

impl Feed {
    /// Goes on from a world that the reader has whole.
    pub(crate) fn new(head: Version, shared: Shared) -> (Self, mpsc::Receiver<Fed>) {
        shared.promised.store(head.0, Ordering::SeqCst);
        let (fed, receiver) = mpsc::channel("what changed", FED_MAX);
        (Self { fed, shared, pending: VecDeque::new(), head }, receiver)
    }

    /// An input has had its effect on the head.
    pub(crate) fn changed(&mut self, ledger: &Ledger<Fleet>, mut changes: Changes) {
        let heard = std::mem::take(&mut changes.heard);
        if !heard.is_empty() {
            self.send(Fed::Heard(heard));
        }
        let version = ledger.version();
        if version > self.head {
            self.head = version;
            self.pending.push_back((version, Box::new(Delta::of(ledger.world(), changes))));
        }
    }

    /// A change is durable, and about to be told.
    pub(crate) fn publish(&mut self, ledger: &Ledger<Fleet>, change: Arc<Change>) {
        let version = change.version;
        let ready = self.pending.front().is_some_and(|(of, _)| *of == version);
        let rows = ready.then(|| self.pending.pop_front()).flatten().map(|(_, mut rows)| {
            rows.heard_since(ledger.world());
            rows
        });
        self.send(Fed::Change(change, rows));
        self.shared.promised.store(version.0, Ordering::SeqCst);
    }

    /// A round is over.
    pub(crate) fn round(&self, degraded: bool, took: Duration) {
        self.send(Fed::Round { degraded, took });
    }

    /// Time to tell positions and figures; and to send all rows, if the reader has lost some.
    pub(crate) fn due(&mut self, ledger: &Ledger<Fleet>) {
        let lost = self.shared.lost.load(Ordering::SeqCst);
        if lost && self.fed.capacity() > FED_MAX / 2 {
            self.shared.lost.store(false, Ordering::SeqCst);
            let whole = Box::new(Delta::whole(ledger.world()));
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

    fn send(&self, fed: Fed) {
        if !self.shared.lost.load(Ordering::SeqCst) && self.fed.try_send(fed).is_err() {
            self.shared.lost.store(true, Ordering::SeqCst);
        }
    }
}
