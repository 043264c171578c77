//! Readings wait, fall out, are dated, and leave once.

use super::*;

fn time(text: &str) -> Instant {
    format!("2026-11-28T{text}Z").parse().expect("a time")
}
fn in_1970(mono_s: u64) -> Moment {
    Moment { mono_ms: mono_s * 1_000, wall: Instant(mono_s * 1_000) }
}
fn reading(dbm: i16) -> Telemetry {
    Telemetry { rssi_dbm: Some(dbm), ..Telemetry::default() }
}
fn unset() -> NodeClock {
    NodeClock::new(time("00:00:00"), None)
}
fn times(batch: Option<Vec<Dated>>) -> Vec<Instant> {
    batch.expect("the clock is set").into_iter().map(|dated| dated.at.expect("dated")).collect()
}

#[test]
fn telemetry_of_before_the_clock_was_set_gets_right_times_in_order_and_once() {
    let (mut outbox, mut clock) = (Outbox::default(), unset());
    for mono_s in [21, 31] {
        outbox.push("7c1e", in_1970(mono_s), &clock, reading(-60));
        assert_eq!(outbox.batch(10, "7c1e", in_1970(mono_s), &clock), None, "nothing of 1970 leaves");
    }
    clock.hear(in_1970(95), time("06:30:00"));
    for (mono_s, wall) in [(105, "06:30:10"), (3_695, "07:30:00")] {
        outbox.push("7c1e", Moment { mono_ms: mono_s * 1_000, wall: time(wall) }, &clock, reading(-60));
    }
    let right = ["06:28:46", "06:28:56", "06:30:10", "07:30:00"].map(time);
    let now = Moment { mono_ms: 3_695_000, wall: time("07:30:00") };
    assert_eq!(times(outbox.batch(10, "7c1e", now, &clock)), right);
    outbox.apply(Record::Acknowledged(3));
    outbox.apply(Record::Acknowledged(3));
    assert_eq!((outbox.waiting(), outbox.lost(), outbox.undated()), (0, 0, 0));
}

#[test]
fn the_oldest_fall_out_and_are_counted() {
    let (mut outbox, clock) = (Outbox::default(), unset());
    (0..READINGS_MAX as u64 + 3)
        .for_each(|second| drop(outbox.push("a", in_1970(second), &clock, reading(-60))));
    assert_eq!((outbox.waiting(), outbox.lost()), (READINGS_MAX, 3));
    assert_eq!(
        outbox.records().nth(1).map(|record| matches!(record, Record::Read(Entry { number: 3, .. }))),
        Some(true)
    );
}

#[test]
fn what_is_read_again_after_a_restart_is_what_was_there() {
    let (mut outbox, clock) = (Outbox::default(), unset());
    let mut written: Vec<Record> =
        (0..4).map(|second| outbox.push("a", in_1970(second), &clock, reading(-60))).collect();
    let acknowledged = Record::Acknowledged(1);
    outbox.apply(acknowledged.clone());
    written.push(acknowledged);
    let read = |records: &mut dyn Iterator<Item = Record>| {
        let mut read = Outbox::default();
        records.for_each(|record| read.apply(record));
        read
    };
    assert_eq!(read(&mut written.iter().cloned()), outbox);
    assert_eq!(read(&mut outbox.records()), outbox, "written anew, it says the same");
    assert_eq!(
        read(&mut written.iter().cloned().chain(written.iter().cloned())),
        outbox,
        "said twice, it is there once"
    );
}

#[test]
fn a_number_is_never_given_twice() {
    let (mut outbox, clock) = (Outbox::default(), unset());
    outbox.push("a", in_1970(1), &clock, reading(-60));
    outbox.apply(Record::Acknowledged(0));
    let mut read = Outbox::default();
    outbox.records().for_each(|record| read.apply(record));
    let Record::Read(entry) = read.push("b", in_1970(2), &clock, reading(-60)) else { panic!("a reading") };
    assert_eq!(entry.number, 1);
}

#[test]
fn readings_of_a_boot_that_never_had_a_clock_are_counted_and_not_guessed() {
    let (mut outbox, mut clock) = (Outbox::default(), unset());
    outbox.push("before", in_1970(20), &clock, reading(-61));
    clock.hear(in_1970(5), time("06:30:00"));
    outbox.push("now", in_1970(6), &clock, reading(-62));
    let batch = outbox.batch(10, "now", in_1970(7), &clock).expect("set");
    assert_eq!((batch.len(), batch[0].telemetry.rssi_dbm, outbox.undated()), (1, Some(-62), 1));
}

#[test]
fn readings_of_a_boot_in_2031_are_counted_and_not_believed() {
    let (mut outbox, mut clock) = (Outbox::default(), unset());
    let ahead = Moment { mono_ms: 1_000, wall: "2031-01-01T00:00:00Z".parse().expect("a time") };
    outbox.push("before", ahead, &clock, reading(-61));
    outbox.push("now", ahead, &clock, reading(-62));
    clock.hear(ahead, time("06:30:00"));
    assert_eq!(times(outbox.batch(10, "now", ahead, &clock)), [time("06:30:00")]);
    assert_eq!(outbox.undated(), 1);
}
