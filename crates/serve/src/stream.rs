//! What the world is told: each durable change with its version as id, and, without ids, what is only of the moment.
//! A ring of past changes lets a subscriber that comes back go on where it was.

use crate::view;
use paceline_api::stream::{LOAD_SHEDDER, POSITIONS, PositionRow};
use paceline_engine::Change;
use paceline_supervise::{AdmissionChange, NotCritical, Spawner, Until};
use std::collections::VecDeque;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// One thing told.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// A change of the world.
    Change(Arc<Change>),
    /// Positions, figures: the event's name and its JSON.
    Moment(&'static str, Arc<str>),
}

/// How far a slow subscriber may fall behind before it is sent away to come back by id.
const LAG_MAX: usize = 8_192;

pub(crate) struct Stream {
    ring: Mutex<VecDeque<Arc<Change>>>,
    ring_max: usize,
    sender: broadcast::Sender<Told>,
    clients_max: usize,
    /// What is only of the moment can wait while the server is not well.
    moments: NotCritical,
}

/// A subscription: first what was missed, then what comes.
pub(crate) struct Subscription {
    pub(crate) missed: Vec<Arc<Change>>,
    /// The subscriber's last id is too old, or of another world: it must read the world anew.
    pub(crate) reset: bool,
    /// The version that what comes goes on from, if nothing was missed and any change was told yet.
    pub(crate) from: Option<u64>,
    pub(crate) told: broadcast::Receiver<Told>,
}

impl Stream {
    pub(crate) fn new(ring_max: usize, clients_max: usize, moments: NotCritical) -> Self {
        Self { ring: Mutex::default(), ring_max, sender: broadcast::channel(LAG_MAX).0, clients_max, moments }
    }
    fn ring(&self) -> MutexGuard<'_, VecDeque<Arc<Change>>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Tells a change to all and keeps it.
    pub(crate) fn change(&self, change: Arc<Change>) {
        let mut ring = self.ring();
        if ring.len() == self.ring_max {
            ring.pop_front();
        }
        ring.push_back(change.clone());
        // Nobody listening is fine.
        _ = self.sender.send(Told::Change(change));
    }
    /// Tells something of the moment, if anybody listens.
    pub(crate) fn moment(&self, name: &'static str, json: impl FnOnce() -> String) {
        if self.clients() > 0 && self.moments.may_work() {
            self.announce(name, json());
        }
    }
    /// Tells something of the moment also while the server is not well.
    pub(crate) fn announce(&self, name: &'static str, json: String) {
        _ = self.sender.send(Told::Moment(name, json.into()));
    }
    /// Tells what the load shedder lets in from now on.
    pub(crate) fn admission(&self, change: &AdmissionChange) {
        let published = view::admission_change(change);
        self.announce(LOAD_SHEDDER, serde_json::to_string(&published).unwrap_or_default());
    }
    /// How many listen.
    pub(crate) fn clients(&self) -> usize {
        self.sender.receiver_count()
    }
    /// Listens from after `last` on, or from now on. `None`: too many listen already.
    pub(crate) fn subscribe(&self, last: Option<u64>) -> Option<Subscription> {
        if self.clients() >= self.clients_max {
            return None;
        }
        // Under the ring's lock no change can fall between what was missed and what comes.
        let ring = self.ring();
        let told = self.sender.subscribe();
        let from = ring.back().map(|change| change.version.0);
        let Some(last) = last else {
            return Some(Subscription { missed: Vec::new(), reset: false, from, told });
        };
        let oldest = ring.front().map_or(u64::MAX, |change| change.version.0);
        let newest = ring.back().map_or(0, |change| change.version.0);
        let reset = last + 1 < oldest && last != newest || last > newest && newest > 0;
        let next = ring.partition_point(|change| change.version.0 <= last);
        let missed = if reset { Vec::new() } else { ring.range(next..).cloned().collect() };
        let from = from.filter(|_| missed.is_empty());
        Some(Subscription { missed, reset, from, told })
    }
}

/// Starts what writes positions down for the streams: with a large fleet that takes longer than a tick may wait. It ends when the
/// region closes its end of the channel.
pub(crate) fn start_positions(scope: &Spawner, stream: Arc<Stream>) -> SyncSender<Vec<PositionRow>> {
    let (rows_to, rows) = sync_channel::<Vec<PositionRow>>(1);
    scope.spawn_blocking("positions", Until::Owner, move |_| {
        while let Ok(rows) = rows.recv() {
            stream.moment(POSITIONS, || serde_json::to_string(&rows).unwrap_or_default());
        }
    });
    rows_to
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_model::{Event, Instant, VehicleId, Version};
    use paceline_supervise::{LoadShedder, LoadShedderOptions};

    fn stream_of(versions: std::ops::RangeInclusive<u64>, ring: usize) -> Stream {
        let moments = LoadShedder::new(LoadShedderOptions::default(), 1.0).declare("moments");
        let stream = Stream::new(ring, 2, moments);
        let vehicle = VehicleId::new("v1").expect("a good name");
        for version in versions {
            let event = Event::ContactLost { vehicle: vehicle.clone() };
            stream.change(Arc::new(Change { version: Version(version), at: Instant(0), event }));
        }
        stream
    }
    fn missed(stream: &Stream, last: u64) -> (Vec<u64>, bool) {
        let subscription = stream.subscribe(Some(last)).expect("there is room");
        (subscription.missed.iter().map(|change| change.version.0).collect(), subscription.reset)
    }

    #[test]
    fn a_subscriber_that_comes_back_gets_what_it_missed() {
        let stream = stream_of(1..=10, 4);
        assert_eq!(missed(&stream, 8), (vec![9, 10], false));
        assert_eq!(missed(&stream, 6), (vec![7, 8, 9, 10], false));
        assert_eq!(missed(&stream, 10), (vec![], false));
    }
    #[test]
    fn a_subscriber_that_was_away_too_long_is_told_to_start_anew() {
        let stream = stream_of(1..=10, 4);
        assert_eq!(missed(&stream, 5), (vec![], true));
        assert_eq!(missed(&stream, 99), (vec![], true), "of another world");
    }
    #[test]
    fn there_are_only_so_many_subscribers() {
        let stream = stream_of(1..=1, 4);
        let _kept = (stream.subscribe(None), stream.subscribe(None));
        assert!(stream.subscribe(None).is_none());
    }
}
