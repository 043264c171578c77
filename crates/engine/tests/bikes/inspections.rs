//! Stations that have bikes and give none: when somebody is sent to look, what waits until then, and what follows from what the crew finds.

use crate::bench::{Bench, accepted, arrived, at, done, order_id, station, van, van_spec};
use paceline_engine::bikes::{BikesOptions, SilenceRules};
use paceline_model::bikes::{
    Command, CrewWord, DoneWork, Found, Hotspot, OrderCause, OrderPhase, Refusal, StationSpec, Task, VanSpec,
};
use paceline_model::{Instant, Millis};
use tempfile::TempDir;

/// Ten in the morning of the fifth day.
const START: Instant = Instant(106 * 3_600_000);
const FIVE_MINUTES: u32 = 300;

/// A station of twenty docks where a rider takes a bike every five minutes and one is brought soon after, for six hours: twelve rentals an hour.
fn busy(options: BikesOptions) -> (Bench, TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::run_by(options, dir.path(), u64::MAX, START);
    bench.must(station("A", at(0, 0), 20));
    bench.counts("A", 10, 10);
    for _ in 0..72 {
        bench.wait(FIVE_MINUTES / 2);
        bench.counts("A", 9, 11);
        bench.wait(FIVE_MINUTES / 2);
        bench.counts("A", 10, 10);
    }
    (bench, dir)
}

fn looked_for(rentals_per_false_alarm: f64) -> BikesOptions {
    let silence = SilenceRules { rentals_per_false_alarm, ..SilenceRules::default() };
    BikesOptions { silence, ..BikesOptions::default() }
}

/// Counts that say the same, every five minutes, until somebody is to look; how long that took. Panics after a day.
fn until_somebody_looks(bench: &mut Bench) -> Millis {
    let from = bench.now;
    for _ in 0..288 {
        bench.wait(FIVE_MINUTES);
        bench.counts("A", 10, 10);
        if bench.open_at("A").iter().any(|order| order.contains("inspect")) {
            return bench.now.since(from);
        }
    }
    panic!(
        "nobody looks within a day: {}",
        bench.region.ledger().explain_station(&crate::bench::station_id("A")).expect("it is known").words
    );
}

fn inspected(order: &str, found: Found) -> CrewWord {
    CrewWord::Inspected(order_id(order), found)
}

/// A jammed station, and a van that is on its way to look.
fn jammed() -> (Bench, TempDir) {
    let (mut bench, dir) = busy(looked_for(1_000.0));
    until_somebody_looks(&mut bench);
    bench.must(van("v", at(5, 0), 0));
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: inspect 0, v"]);
    (bench, dir)
}

#[test]
fn a_station_that_gives_no_bikes_is_found_with_the_evidence_and_a_van_is_sent_to_look() {
    let (mut bench, _dir) = busy(looked_for(100_000.0));
    let after = until_somebody_looks(&mut bench);
    // Exact rates of twelve an hour would take an hour; these are known from 72 riders, and those that nobody saw lower them.
    assert!((Millis::from_secs(3_600)..Millis::from_secs(4 * 3_600)).contains(&after), "{after:?}");
    let order = bench.order("wo-1");
    let OrderCause::NoRentals { bikes, since, expected_centi, one_in } = order.cause else {
        panic!("{:?}", order.cause)
    };
    assert_eq!(
        (bikes, bench.now.since(since)),
        (10, after.saturating_add(Millis::from_secs(FIVE_MINUTES / 2)))
    );
    assert!(expected_centi >= 1_151 && one_in >= 100_000, "{expected_centi} hundredths, one in {one_in}");
    assert_eq!(bench.station("A").hotspot, Some((Hotspot::GivesNone, since)));
    bench.must(van("v", at(5, 0), 0));
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: inspect 0, v"]);
    let why = bench.why("wo-1");
    assert!(why.contains("10 bikes stand there and none went since") && why.contains("issued to v"), "{why}");
}

#[test]
fn a_quiet_night_is_no_alarm_and_neither_is_a_feed_that_says_nothing() {
    let (mut bench, _dir) = busy(looked_for(100_000.0));
    for _ in 0..20 {
        bench.wait(3_600);
    }
    bench.counts("A", 10, 10);
    assert!(bench.open_at("A").is_empty(), "nobody counted");
    let known = SilenceRules { inspect: false, ..SilenceRules::default() };
    let (mut bench, _dir) = busy(BikesOptions { silence: known, ..BikesOptions::default() });
    for _ in 0..288 {
        bench.wait(FIVE_MINUTES);
        bench.counts("A", 10, 10);
    }
    assert!(bench.open_at("A").is_empty(), "nobody is asked to look");
}

#[test]
fn a_rider_who_takes_a_bike_ends_it_unless_the_crew_is_there() {
    let (mut bench, _dir) = jammed();
    bench.counts("A", 9, 11);
    assert!(bench.open_at("A").is_empty() && bench.station("A").hotspot.is_none());
    assert!(bench.why("wo-1").contains("withdrawn: a rider took a bike there"), "{}", bench.why("wo-1"));
    let (mut bench, _dir) = jammed();
    bench.says("v", accepted("wo-1")).expect("it is theirs");
    bench.says("v", arrived("wo-1")).expect("it is theirs");
    bench.counts("A", 9, 11);
    assert_eq!(bench.open_at("A"), ["wo-1: inspect 0, v"], "it is not called back");
    bench.says("v", inspected("wo-1", Found::Well)).expect("it is theirs");
    assert_eq!(bench.order("wo-1").phase, OrderPhase::Done);
    assert_eq!(bench.station("A").bikes(), Some(9));
}

#[test]
fn nothing_is_brought_or_fetched_until_somebody_has_looked() {
    let (mut bench, _dir) = jammed();
    bench.must(van("w", at(6, 0), 10));
    bench.counts("A", 20, 0);
    bench.wait(120);
    assert_eq!(bench.open_at("A"), ["wo-1: inspect 0, v"], "it is full, and gives none to a van either");
    bench.says("v", inspected("wo-1", Found::Repaired)).expect("it is theirs");
    bench.wait(1);
    assert!(bench.open_at("A")[0].contains("collect"), "{:?}", bench.open_at("A"));
    assert_eq!(bench.station("A").hotspot.map(|(hotspot, _)| hotspot), Some(Hotspot::Full));
}

#[test]
fn bikes_that_are_locked_in_are_no_supply_until_a_crew_that_mends_has_been_there() {
    let (mut bench, _dir) = jammed();
    bench.says("v", inspected("wo-1", Found::LockedIn(10))).expect("it is theirs");
    let stands = bench.station("A");
    assert_eq!((stands.bikes(), stands.room()), (Some(0), Some(10)), "they hold their docks");
    assert_eq!(bench.open_at("A"), ["wo-2: deliver 5 to 10, nobody", "wo-3: repair 0, nobody"]);
    assert!(bench.why("wo-3").contains("10 bikes cannot be taken out, says a crew"), "{}", bench.why("wo-3"));
    let mends = VanSpec { repairs: true, ..van_spec("m", at(3, 0)) };
    bench.must(Command::PutVan(mends, Some(0)));
    bench.wait(61);
    assert_eq!(bench.order("wo-3").van.as_ref().map(ToString::to_string).as_deref(), Some("m"));
    let mended = CrewWord::Done(order_id("wo-3"), DoneWork { bikes: 0, docks_broken: 0 });
    bench.says("m", mended).expect("it is theirs");
    assert_eq!(bench.station("A").bikes(), Some(10));
    assert!(bench.order("wo-2").phase == OrderPhase::Withdrawn, "there are enough again");
}

#[test]
fn what_a_crew_found_counts_once_as_of_when_it_looked_and_late_words_too() {
    let (mut bench, _dir) = jammed();
    let looked_at = bench.now;
    bench.must(Command::Withdraw(order_id("wo-1"), "the fair".into()));
    assert!(bench.station("A").hotspot.is_none(), "an operator says that nobody needs to look");
    bench.wait(60);
    bench.said("v", looked_at, inspected("wo-1", Found::LockedIn(4))).expect("it was there");
    assert_eq!((bench.station("A").bikes(), bench.van("v").stopped_at), (Some(6), at(0, 0)));
    let again = bench.said("v", looked_at, inspected("wo-1", Found::Well)).expect_err("it has said so");
    assert!(matches!(again, Refusal::OrderStands { .. }), "{again}");
}

#[test]
fn an_inspection_ends_with_what_was_found_and_nothing_else_does() {
    let (mut bench, _dir) = jammed();
    let said = bench.says("v", done("wo-1", 0)).expect_err("what was found?").to_string();
    assert!(said.contains("word is done: must be `inspected`, with what was found"), "{said}");
    let none = bench.says("v", inspected("wo-1", Found::LockedIn(0))).expect_err("that is well").to_string();
    assert!(none.contains("locked_in is 0"), "{none}");
    bench.must(station("B", at(9, 0), 20));
    bench.counts("B", 20, 0);
    bench.wait(1);
    let other = bench.says("v", inspected("wo-2", Found::Well)).expect_err("it is to collect").to_string();
    assert!(other.contains("word is inspected: must be `done`: this order is to collect"), "{other}");
}

#[test]
fn a_restart_goes_on_with_what_was_expected() {
    let (mut bench, dir) = busy(looked_for(1_000.0));
    for _ in 0..3 {
        bench.wait(FIVE_MINUTES);
        bench.counts("A", 10, 10);
    }
    let (now, watch) = (bench.now, bench.station("A").watch.clone());
    assert!(watch.silence.expected > 1.0, "{watch:?}");
    drop(bench);
    for snapshot_every in [1, u64::MAX] {
        let mut bench = Bench::run_by(looked_for(1_000.0), dir.path(), snapshot_every, now);
        assert_eq!(bench.station("A").watch, watch);
        bench.wait(1);
    }
}

#[test]
fn a_station_that_is_closed_is_not_looked_at() {
    let (mut bench, _dir) = jammed();
    bench.must(Command::CloseStation(crate::bench::station_id("A")));
    assert!(bench.open_at("A").is_empty());
    assert!(bench.why("wo-1").contains("withdrawn: the station is closed"), "{}", bench.why("wo-1"));
    let task = |order: &paceline_engine::bikes::OrderRow| order.task == Task::Inspect;
    bench.must(Command::OpenStation(crate::bench::station_id("A")));
    bench.counts("A", 10, 10);
    assert_eq!(bench.region.ledger().orders().filter(|order| task(order)).count(), 1, "it begins anew");
    let spec: StationSpec = (*bench.station("A").spec).clone();
    assert_eq!(spec.docks, Some(20));
}
