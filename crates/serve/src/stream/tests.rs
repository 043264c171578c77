//! What streams read, when, and how much of it is kept.

use super::*;
use futures_util::future::join_all;
use paceline_model::{Event, Instant, VehicleId, Version};
use paceline_supervise::{LoadShedder, LoadShedderOptions};
use std::collections::BTreeMap;

fn change(version: u64) -> Change<Event> {
    let event = Event::ContactLost { vehicle: VehicleId::new("v1").expect("a good name") };
    Change { version: Version(version), at: Instant(0), event }
}
fn stream_of(versions: std::ops::RangeInclusive<u64>, ring_max: usize, clients_max: usize) -> Arc<Stream> {
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

fn readers(stream: &Arc<Stream>, count: usize) -> Vec<Reader> {
    (0..count).map(|_| stream.subscribe(None, CancellationToken::new()).expect("there is room")).collect()
}

/// How many have their turn after how many milliseconds.
async fn turns(count: usize) -> BTreeMap<u128, usize> {
    let stream = stream_of(1..=1, 4, count);
    let mut readers = readers(&stream, count);
    stream.changes(&[&change(2)]);
    let began = tokio::time::Instant::now();
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
    assert!(many.values().all(|together| *together <= 256), "{many:?}");
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
