//! What happens in a soak, counted by all lanes at once.

use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What happened, counted.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Done {
    placed: usize,
    served: usize,
    cancelled: usize,
    timed_out: usize,
    faults: usize,
    vanished: usize,
    reconnected: usize,
    streams: usize,
}

impl Done {
    pub(crate) fn ended(&self) -> usize {
        self.served + self.cancelled + self.timed_out
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { placed, served, cancelled, timed_out, faults, vanished, reconnected, streams } = self;
        write!(
            f,
            "{placed} orders: {served} served, {cancelled} cancelled, {timed_out} timed out; vehicles: {faults} faults, \
             {vanished} vanished, {reconnected} came back; {streams} streams opened and dropped"
        )
    }
}

/// The same while it happens; every counter counts by itself.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) placed: AtomicUsize,
    pub(crate) served: AtomicUsize,
    pub(crate) cancelled: AtomicUsize,
    pub(crate) timed_out: AtomicUsize,
    pub(crate) faults: AtomicUsize,
    pub(crate) vanished: AtomicUsize,
    pub(crate) reconnected: AtomicUsize,
    pub(crate) streams: AtomicUsize,
}

impl Counts {
    pub(crate) fn done(&self) -> Done {
        Done {
            placed: self.placed.load(Relaxed),
            served: self.served.load(Relaxed),
            cancelled: self.cancelled.load(Relaxed),
            timed_out: self.timed_out.load(Relaxed),
            faults: self.faults.load(Relaxed),
            vanished: self.vanished.load(Relaxed),
            reconnected: self.reconnected.load(Relaxed),
            streams: self.streams.load(Relaxed),
        }
    }
}
