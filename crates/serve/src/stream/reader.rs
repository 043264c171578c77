//! One client's place in what is told, and its turn: where very many listen they read by turns, since all at once they were a line behind
//! which new orders wait.

use super::{Pace, Stream};
use axum::body::Bytes;
use paceline_api::stream::ResetReason;
use paceline_supervise::NamedExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Streams that are written to at once: one takes some thirty microseconds.
const TOGETHER_MAX: usize = 256;
/// Time between two turns: about what one takes a thread.
const TURN: Duration = Duration::from_millis(5);

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
    pub(super) stream: Arc<Stream>,
    pub(super) news: watch::Receiver<()>,
    /// How many had listened before, and this one: its turn among those that listen.
    pub(super) number: u64,
    /// The version that it reads next.
    pub(super) next: u64,
    /// The last moment that it read, by its number.
    pub(super) seen: u64,
    /// Why the client must read the world anew: its last id is too old, or of another world.
    pub(crate) reset: Option<ResetReason>,
    pub(super) pace: Arc<Pace>,
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
        let turns = self.stream.clients() / TOGETHER_MAX + 1;
        let turn = TURN * (self.number % turns as u64) as u32;
        if !turn.is_zero() {
            tokio::time::sleep(turn).named("a stream's turn").await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{change, stream_of};
    use super::*;
    use futures_util::future::join_all;
    use std::collections::BTreeMap;
    use tokio_util::sync::CancellationToken;

    fn readers(stream: &Arc<Stream>, count: usize) -> Vec<Reader> {
        (0..count).map(|_| stream.subscribe(None, CancellationToken::new()).expect("there is room")).collect()
    }

    /// How many have their turn after how many milliseconds.
    async fn turns(count: usize) -> BTreeMap<u128, usize> {
        let stream = stream_of(1..=1, 4, count);
        let mut readers = readers(&stream, count);
        stream.changes(&[&change(2)]);
        let began = Instant::now();
        let waits = readers.iter_mut().map(async |reader| {
            reader.news().await;
            assert!(matches!(reader.take(), Found::Piece(_)) && reader.take() == Found::Nothing);
            began.elapsed().as_millis()
        });
        let mut turns = BTreeMap::new();
        join_all(waits).await.into_iter().for_each(|ms| *turns.entry(ms).or_default() += 1);
        turns
    }

    #[tokio::test(start_paused = true)]
    async fn few_read_at_once_and_very_many_by_turns() {
        assert_eq!(turns(200).await, BTreeMap::from([(0, 200)]));
        let many = turns(1_000).await;
        let latest = many.last_key_value().map(|(ms, _)| *ms);
        assert!(many.values().all(|together| *together <= TOGETHER_MAX), "{many:?}");
        assert!(latest.is_some_and(|ms| (15..=20).contains(&ms)), "{many:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_interrupted_in_its_turn_reads_the_same_afterwards() {
        let stream = stream_of(1..=1, 4, 600);
        let mut readers = readers(&stream, 600);
        stream.changes(&[&change(2)]);
        let late = readers.iter_mut().find(|reader| reader.number % 3 == 2).expect("the last turn");
        let interrupted = tokio::time::timeout(Duration::from_millis(1), late.news()).await;
        assert!(interrupted.is_err());
        late.news().await;
        assert!(matches!(late.take(), Found::Piece(_)));
        let waits = tokio::time::timeout(Duration::from_secs(60), late.news()).await;
        assert!(waits.is_err(), "what was taken is not new");
    }
}
