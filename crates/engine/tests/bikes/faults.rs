//! What the simulator of faults found, each as it happened.

use crate::bench::{Bench, arrived, at, counted, declined, done, station, van, van_spec};
use paceline_engine::bikes::{BikesOptions, QuietHours};
use paceline_engine::region::Input;
use paceline_model::bikes::{AsOf, Command, Event, StationReport, Stock, StockReading, VanSpec};
use paceline_model::{Instant, Millis};
use paceline_plan::policy::DayTime;
use tempfile::TempDir;

/// Ten in the morning of the fifth day.
const START: Instant = Instant(106 * 3_600_000);

fn open(options: BikesOptions) -> (Bench, TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    let bench = Bench::run_by(options, dir.path(), u64::MAX, START);
    (bench, dir)
}

/// A van that fetches bikes at B for A.
fn fetching() -> (Bench, TempDir) {
    let (mut bench, dir) = open(BikesOptions::default());
    bench.fetches();
    assert_eq!(bench.open_at("B"), ["wo-2: collect 3 to 5, v"]);
    (bench, dir)
}

#[test]
fn a_van_that_is_taken_out_has_nothing_left_to_do_what_it_was_to_fetch_included() {
    let (mut bench, _dir) = fetching();
    bench.must(Command::RemoveVan(van_spec("v", at(0, 0)).id));
    let place = |wanted: fn(&Event) -> bool| {
        bench.events.iter().position(|(_, event)| wanted(event)).expect("it happened")
    };
    let withdrawn = place(|event| matches!(event, Event::OrderWithdrawn { .. }));
    let removed = place(|event| matches!(event, Event::VanRemoved(_)));
    assert!(withdrawn < removed, "its crew learns first that nobody needs the bikes");
}

#[test]
fn a_van_that_is_to_carry_less_is_emptied_first_and_one_that_is_to_carry_more_is_refitted_first() {
    let (mut bench, _dir) = open(BikesOptions::default());
    bench.must(van("v", at(0, 0), 9));
    let refit = |bench: &mut Bench, capacity: u32, aboard: u32| {
        bench.events.clear();
        bench.must(Command::PutVan(VanSpec { capacity, ..van_spec("v", at(0, 0)) }, Some(aboard)));
        bench.events.iter().map(|(_, event)| matches!(event, Event::VanCounted { .. })).collect::<Vec<_>>()
    };
    assert_eq!(refit(&mut bench, 4, 3), [true, false]);
    assert_eq!(refit(&mut bench, 30, 25), [false, true]);
}

#[test]
fn a_plan_that_comes_once_quiet_hours_have_begun_sends_nobody_out() {
    let time = |text| DayTime::parse("time", text).expect("a time of day");
    let quiet_hours = Some(QuietHours { from: time("10:01"), until: time("10:30") });
    let (mut bench, _dir) = open(BikesOptions { quiet_hours, ..BikesOptions::default() });
    bench.must(station("A", at(0, 0), 20));
    bench.must(van("v", at(1, 0), 9));
    bench.late = true;
    bench.counts("A", 0, 20);
    bench.wait(61);
    bench.hand_in();
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5 to 15, nobody"]);
    bench.late = false;
    bench.wait(30 * 60);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, v"]);
}

fn of_clock_ahead(report: StationReport, now: Instant) -> StationReport {
    let StockReading::Known(stock) = report.stock else { panic!("it is known") };
    StationReport { stock: StockReading::Known(Stock { as_of: AsOf::Bounded(now), ..stock }), ..report }
}

#[test]
fn a_batch_that_says_two_things_of_a_station_makes_no_count_younger_than_it_is() {
    let (mut bench, _dir) = open(BikesOptions::default());
    bench.must(station("A", at(0, 0), 20));
    bench.counts("A", 9, 11);
    bench.wait(60);
    let now = bench.now;
    let old = counted("A", 2, 18, Instant(START.0 - 60_000));
    bench.must(Command::TakeStock(vec![of_clock_ahead(counted("A", 4, 16, now), now), old]));
    assert_eq!(bench.station("A").bikes(), Some(4), "what was counted before the nine is not taken");
}

#[test]
fn what_crews_did_counts_again_where_a_count_turns_out_to_be_older() {
    let (mut bench, _dir) = open(BikesOptions::default());
    bench.must(station("A", at(0, 0), 20));
    bench.must(van("v", at(1, 0), 9));
    bench.counts("A", 0, 20);
    let counted_at = bench.now;
    bench.wait(60);
    bench.says("v", done("wo-1", 6)).expect("it is theirs");
    bench.wait(60);
    let now = bench.now;
    bench.must(Command::TakeStock(vec![of_clock_ahead(counted("A", 6, 14, now), now)]));
    assert_eq!(bench.station("A").bikes(), Some(6), "they are among those that were counted");
    // The station's clock is right again, and what it says it counted before the crew came.
    bench.must(Command::TakeStock(vec![counted("A", 0, 20, counted_at)]));
    assert_eq!(bench.station("A").bikes(), Some(6), "none, and six that the crew brought");
}

#[test]
fn a_world_from_a_snapshot_is_the_same_though_the_clock_was_set_back_while_nobody_ran() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), 1, START);
    bench.must(station("A", at(0, 0), 20));
    bench.counts("A", 9, 11);
    drop(bench);
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(START.0 - 3_600_000));
    let earlier = counted("A", 0, 20, START);
    bench.input(Input::Elapsed);
    bench.must(Command::TakeStock(vec![earlier]));
    let (now, digest) = (bench.now, bench.region.ledger().checkpoint().digest());
    let since = bench.station("A").hotspot;
    drop(bench);
    let bench = Bench::open(dir.path(), u64::MAX, now + Millis(1));
    assert_eq!(bench.station("A").hotspot, since);
    assert_eq!(bench.region.ledger().checkpoint().digest(), digest);
}

#[test]
fn where_a_crew_found_nothing_to_do_nobody_is_sent_until_it_is_heard_of_anew() {
    let (mut bench, _dir) = open(BikesOptions::default());
    bench.must(station("A", at(0, 0), 20));
    bench.must(van("v", at(1, 0), 9));
    bench.must(van("w", at(2, 0), 9));
    bench.counts("A", 0, 20);
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, v"]);
    bench.says("v", arrived("wo-1")).expect("it is theirs");
    bench.says("v", declined("wo-1", "all docks are taken")).expect("it is theirs");
    bench.wait(60);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, nobody"]);
    bench.counts("A", 0, 20);
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, w"], "it is as it was believed");
}
