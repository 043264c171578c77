//! What the world is told: each durable change with its version as id, and, without ids, what is only of the moment.
//!
//! Everything is written once, into a log of bounded size that all streams read. A stream holds its place there and the piece that its
//! client is reading, which others share: one more stream costs a task and a connection, however far behind its client is. Of what is
//! only of the moment a stream reads the newest, and misses what came between. A client that does not take a piece for too long is
//! parted with.

mod item;
mod log;
mod reader;

pub use item::Wire;
pub(crate) use item::{moment, numbered};
pub(crate) use reader::{Found, Reader};

use crate::view;
use axum::body::Bytes;
use log::Log;
use paceline_api::stream::{FIGURES, LOAD_SHEDDER, POSITIONS, ResetReason, STOCK};
use paceline_engine::ledger::Change;
use paceline_model::Version;
use paceline_supervise::{AdmissionChange, NotCritical};
use prometheus_client::metrics::counter::Counter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What is only of the moment.
#[derive(Clone, Copy)]
pub(crate) enum Moment {
    Positions,
    Stock,
    Figures,
    LoadShedder,
}

impl Moment {
    const COUNT: usize = 4;
    fn name(self) -> &'static str {
        match self {
            Self::Positions => POSITIONS,
            Self::Stock => STOCK,
            Self::Figures => FIGURES,
            Self::LoadShedder => LOAD_SHEDDER,
        }
    }
}

/// Longest that a client may take for one piece, which has some kilobytes, or the positions of all vehicles. What it holds back is no
/// more than what was written in that time.
const PIECE_MAX: Duration = Duration::from_secs(20);

/// The newest of each kind with its number among all that were told.
type Moments = [Option<(u64, Bytes)>; Moment::COUNT];

struct Told {
    log: Log,
    moments: Moments,
    /// Moments told so far.
    count: u64,
    readers: Vec<Arc<Pace>>,
    /// Clients that have listened so far.
    subscribed: u64,
}

/// What all streams of a region read.
pub(crate) struct Stream {
    told: Mutex<Told>,
    /// Changed whenever there is something new.
    news: watch::Sender<()>,
    /// Whether what there is from before telling began is kept.
    has_older: watch::Sender<bool>,
    clients_max: usize,
    /// What is only of the moment can wait while the server is not well.
    moments: NotCritical,
    stalled: Counter,
}

/// Changes from before telling began.
pub(crate) struct Older(Log);

impl Older {
    /// Most changes that are kept.
    pub(crate) fn changes_max(&self) -> u64 {
        self.0.changes_max()
    }
    /// Adds changes, which follow those before.
    pub(crate) fn push<E: Wire>(&mut self, changes: &[Change<E>]) {
        self.0.push(changes);
    }
}

/// How a client keeps up.
struct Pace {
    /// Since when it has a piece that it has not taken yet.
    handed: Mutex<Option<Instant>>,
    /// Ends its connection.
    end: CancellationToken,
}

/// The bounds of a region's streams.
pub(crate) struct StreamOptions {
    /// Most changes that are kept.
    pub(crate) ring_max: usize,
    pub(crate) clients_max: usize,
    /// Counts clients that did not read.
    pub(crate) stalled: Counter,
}

impl Stream {
    /// Goes on from a world of version `from`.
    pub(crate) fn new(options: StreamOptions, from: Version, moments: NotCritical) -> Self {
        let StreamOptions { ring_max, clients_max, stalled } = options;
        let log = Log::new(from.0, ring_max);
        let told = Told { log, moments: Moments::default(), count: 0, readers: Vec::new(), subscribed: 0 };
        let (news, has_older) = (watch::Sender::new(()), watch::Sender::new(false));
        Self { told: Mutex::new(told), news, has_older, clients_max, moments, stalled }
    }
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Tells changes to all and keeps them.
    pub(crate) fn changes<E: Wire>(&self, changes: &[&Change<E>]) {
        if !changes.is_empty() {
            self.told().log.push(changes.iter().copied());
            self.news.send_replace(());
        }
    }
    /// What follows that version is told next; what came before may have gaps.
    pub(crate) fn goes_on_from(&self, version: Version) {
        let mut told = self.told();
        if told.log.newest() != version.0 {
            told.log.begin_anew(version.0);
        }
    }
    /// A log for changes from before telling began.
    pub(crate) fn older_begins(&self) -> Older {
        let most = usize::try_from(self.told().log.changes_max()).unwrap_or(usize::MAX);
        Older(Log::new(0, most))
    }
    /// Keeps changes from before telling began; `None`: they are not to be had.
    pub(crate) fn older(&self, older: Option<Older>) {
        if let Some(Older(log)) = older {
            self.told().log.put_before(log);
        }
        self.has_older.send_replace(true);
    }
    /// Waits until what there is from before telling began is kept.
    pub(crate) async fn complete(&self) {
        // It is told as long as there is a stream.
        _ = self.has_older.subscribe().wait_for(|has| *has).await;
    }
    /// Tells something of the moment, if anybody listens.
    pub(crate) fn moment(&self, kind: Moment, json: impl FnOnce() -> Vec<u8>) {
        if self.clients() > 0 && self.moments.may_work() {
            self.announce(kind, &json());
        }
    }
    /// Tells something of the moment also while the server is not well.
    fn announce(&self, kind: Moment, json: &[u8]) {
        let text = Bytes::from(item::written(kind.name(), json));
        let mut told = self.told();
        told.count += 1;
        told.moments[kind as usize] = Some((told.count, text));
        drop(told);
        self.news.send_replace(());
    }
    /// Tells what the load shedder lets in from now on.
    pub(crate) fn admission(&self, change: &AdmissionChange) {
        let published = view::admission_change(change);
        self.announce(Moment::LoadShedder, &serde_json::to_vec(&published).unwrap_or_default());
    }
    /// How many listen.
    pub(crate) fn clients(&self) -> usize {
        self.news.receiver_count()
    }
    /// Ends the connections of clients that do not read.
    pub(crate) fn part_with_the_stalled(&self) {
        let mut told = self.told();
        // A stream that has ended is held here alone.
        told.readers.retain(|pace| Arc::strong_count(pace) > 1);
        for pace in &told.readers {
            let handed = *pace.handed();
            if handed.is_some_and(|since| since.elapsed() > PIECE_MAX) && !pace.end.is_cancelled() {
                tracing::warn!("a stream's client has not read for {PIECE_MAX:?}: its connection is ended");
                self.stalled.inc();
                pace.end.cancel();
            }
        }
    }
    /// Listens from after `last` on, or from now on; `end` ends the client's connection. `None`: too many listen already.
    pub(crate) fn subscribe(self: &Arc<Self>, last: Option<u64>, end: CancellationToken) -> Option<Reader> {
        // Under the lock nothing can fall between what was missed and what comes.
        let mut told = self.told();
        if self.clients() >= self.clients_max {
            return None;
        }
        let (oldest, newest) = (told.log.oldest(), told.log.newest());
        let reset = last.and_then(|last| match last {
            _ if last > newest => Some(ResetReason::AnotherWorld),
            _ if last + 1 < oldest => Some(ResetReason::TooOld),
            _ => None,
        });
        let next = last.filter(|_| reset.is_none()).unwrap_or(newest) + 1;
        let pace = Arc::new(Pace { handed: Mutex::default(), end });
        told.readers.push(pace.clone());
        told.subscribed += 1;
        let (stream, news) = (self.clone(), self.news.subscribe());
        Some(Reader { stream, news, number: told.subscribed, next, seen: told.count, reset, pace })
    }
}

impl Pace {
    fn handed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.handed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_model::{Event, Instant, VehicleId, Version};
    use paceline_supervise::{LoadShedder, LoadShedderOptions};

    pub(super) fn change(version: u64) -> Change<Event> {
        let event = Event::ContactLost { vehicle: VehicleId::new("v1").expect("a good name") };
        Change { version: Version(version), at: Instant(0), event }
    }
    pub(super) fn stream_of(
        versions: std::ops::RangeInclusive<u64>,
        ring_max: usize,
        clients_max: usize,
    ) -> Arc<Stream> {
        let moments = LoadShedder::new(LoadShedderOptions::default(), 1.0).declare("moments");
        let options = StreamOptions { ring_max, clients_max, stalled: Counter::default() };
        let stream = Arc::new(Stream::new(options, Version(versions.start() - 1), moments));
        versions.for_each(|version| stream.changes(&[&change(version)]));
        stream
    }
    /// The ids of all changes that a reader finds.
    fn ids(reader: &mut Reader) -> Vec<u64> {
        let mut ids = Vec::new();
        while let Found::Piece(piece) = reader.take() {
            let text = String::from_utf8(piece.to_vec()).expect("text");
            ids.extend(text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse::<u64>().ok()));
        }
        ids
    }
    fn missed(stream: &Arc<Stream>, last: u64) -> (Vec<u64>, Option<ResetReason>) {
        let mut reader = stream.subscribe(Some(last), CancellationToken::new()).expect("there is room");
        (ids(&mut reader), reader.reset)
    }

    #[test]
    fn a_subscriber_that_comes_back_gets_what_it_missed() {
        let stream = stream_of(1..=10, 4, 2);
        assert_eq!(missed(&stream, 8), (vec![9, 10], None));
        assert_eq!(missed(&stream, 6), (vec![7, 8, 9, 10], None));
        assert_eq!(missed(&stream, 10), (vec![], None));
    }
    #[test]
    fn a_subscriber_that_was_away_too_long_is_told_to_start_anew() {
        let stream = stream_of(1..=10, 4, 2);
        assert_eq!(missed(&stream, 5), (vec![], Some(ResetReason::TooOld)));
        assert_eq!(missed(&stream, 99), (vec![], Some(ResetReason::AnotherWorld)));
    }
    #[test]
    fn changes_that_came_together_are_read_from_any_of_them_and_written_once() {
        let stream = stream_of(1..=2, 100, 2);
        let together: Vec<Change<Event>> = (3..=6).map(change).collect();
        stream.changes(&together.iter().collect::<Vec<_>>());
        assert_eq!(missed(&stream, 4), (vec![5, 6], None));
        let read = || match stream.subscribe(Some(2), CancellationToken::new()).expect("room").take() {
            Found::Piece(piece) => piece,
            other => panic!("{other:?}"),
        };
        assert_eq!(read().as_ptr(), read().as_ptr(), "two readers share the same bytes");
    }
    #[test]
    fn a_reader_that_falls_out_of_the_log_is_told_so() {
        let stream = stream_of(1..=1, 4, 2);
        let mut reader = stream.subscribe(None, CancellationToken::new()).expect("there is room");
        (2..=9).for_each(|version| stream.changes(&[&change(version)]));
        assert_eq!(reader.take(), Found::Lagged);
    }
    #[test]
    fn of_what_is_only_of_the_moment_the_newest_is_read_after_the_changes() {
        let stream = stream_of(1..=1, 4, 2);
        let mut reader = stream.subscribe(None, CancellationToken::new()).expect("there is room");
        for json in ["1", "2"] {
            stream.moment(Moment::Figures, || json.into());
        }
        stream.changes(&[&change(2)]);
        assert_eq!(reader.take(), Found::Piece(stream.told().log.from(2).expect("it is kept").0));
        assert_eq!(reader.take(), Found::Piece("event: figures\ndata: 2\n\n".into()));
        assert_eq!(reader.take(), Found::Nothing);
    }
    #[test]
    fn a_gap_begins_the_log_anew_and_older_changes_go_before_it_only_without_one() {
        let stream = stream_of(1..=3, 100, 2);
        stream.changes(&[&change(7)]);
        assert_eq!(missed(&stream, 3), (vec![], Some(ResetReason::TooOld)));
        let older = |versions: std::ops::RangeInclusive<u64>| {
            let mut older = stream.older_begins();
            older.push(&versions.map(change).collect::<Vec<_>>());
            stream.older(Some(older));
        };
        older(4..=5);
        assert_eq!(missed(&stream, 4), (vec![], Some(ResetReason::TooOld)), "6 would be missing");
        older(5..=6);
        assert_eq!(missed(&stream, 4), (vec![5, 6, 7], None));
    }
    #[test]
    fn there_are_only_so_many_subscribers() {
        let stream = stream_of(1..=1, 4, 2);
        let _kept = [None, None].map(|last| stream.subscribe(last, CancellationToken::new()));
        assert!(stream.subscribe(None, CancellationToken::new()).is_none());
    }
    #[tokio::test(start_paused = true)]
    async fn only_who_does_not_take_its_piece_is_parted_with() {
        let stream = stream_of(1..=1, 4, 2);
        let [deaf, idle] = [(), ()].map(|()| {
            let end = CancellationToken::new();
            (stream.subscribe(None, end.clone()).expect("there is room"), end)
        });
        deaf.0.hands(true);
        idle.0.hands(true);
        idle.0.hands(false);
        tokio::time::advance(PIECE_MAX / 2).await;
        stream.part_with_the_stalled();
        assert!(!deaf.1.is_cancelled());
        tokio::time::advance(PIECE_MAX).await;
        stream.part_with_the_stalled();
        assert!(deaf.1.is_cancelled() && !idle.1.is_cancelled());
        assert_eq!(stream.stalled.get(), 1);
    }
}
