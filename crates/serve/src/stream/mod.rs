//! What the world is told: each durable change with its version as id, and, without ids, what is only of the moment.
//!
//! Everything is written once, into a log of bounded size that all streams read. A stream holds its place there and the piece that its
//! client is reading, which others share: one more stream costs a task and a connection, however far behind its client is. Of what is
//! only of the moment a stream reads the newest, and misses what came between. A client that does not take a piece for too long is
//! parted with.

mod item;
mod log;
mod turns;

pub use item::Wire;
pub(crate) use item::{moment, numbered};

use crate::view;
use axum::body::Bytes;
use log::Log;
use paceline_api::stream::{FIGURES, LOAD_SHEDDER, POSITIONS, ResetReason, STOCK};
use paceline_engine::ledger::Change;
use paceline_model::Version;
use paceline_supervise::{AdmissionChange, NamedExt as _, NotCritical};
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

/// What a reader finds.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    /// A piece of the stream.
    Piece(Bytes),
    /// What it would read next is no longer kept.
    Lagged,
    /// Nothing new.
    Nothing,
}

/// One client's place in what is told.
pub(crate) struct Reader {
    stream: Arc<Stream>,
    news: watch::Receiver<()>,
    /// How many had listened before, and this one: its turn among those that listen.
    number: u64,
    /// The version that it reads next.
    next: u64,
    /// The last moment that it read, by its number.
    seen: u64,
    /// Why the client must read the world anew: its last id is too old, or of another world.
    pub(crate) reset: Option<ResetReason>,
    pace: Arc<Pace>,
}

impl Reader {
    /// The version that what comes goes on from.
    pub(crate) fn version(&self) -> u64 {
        self.next - 1
    }
    /// The client has taken what it was handed, and is handed another piece, or waits.
    pub(crate) fn hands(&self, piece: bool) {
        *self.pace.handed() = piece.then(Instant::now);
    }
    /// The next piece: changes before what is only of the moment.
    pub(crate) fn take(&mut self) -> Found {
        self.news.mark_unchanged();
        let told = self.stream.told();
        if let Some((piece, next)) = told.log.from(self.next) {
            self.next = next;
            return Found::Piece(piece);
        }
        if self.next <= told.log.newest() {
            return Found::Lagged;
        }
        let moments = told.moments.iter().flatten();
        match moments.filter(|(number, _)| *number > self.seen).min_by_key(|(number, _)| *number) {
            Some((number, piece)) => {
                self.seen = *number;
                Found::Piece(piece.clone())
            }
            None => Found::Nothing,
        }
    }
    /// Waits for something new, and for this reader's turn to read it. Whoever is interrupted finds the same again.
    pub(crate) async fn news(&mut self) {
        // The stream lives as long as this reader.
        _ = self.news.changed().await;
        // It is new until it is taken.
        self.news.mark_changed();
        let turn = turns::after(self.number, self.stream.clients());
        if !turn.is_zero() {
            tokio::time::sleep(turn).named("a stream's turn").await;
        }
    }
}

#[cfg(test)]
mod tests;
