//! What becomes an order and what does not, which van gets it, where the bikes come from, and what calls it back.

use crate::bench::{
    Bench, accepted, arrived, at, closed, counted, declined, done, order_id, station, station_id, van,
};
use paceline_engine::bikes::{BikesOptions, QuietHours};
use paceline_model::Instant;
use paceline_model::bikes::{
    Command, NoStock, OrderPhase, Service, SiteKind, StationReport, StationSpec, StockReading, StockTarget,
};
use paceline_plan::policy::DayTime;
use tempfile::TempDir;

/// Ten in the morning of the fifth day.
const START: Instant = Instant(106 * 3_600_000);

fn open() -> (Bench, TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    let bench = Bench::open(dir.path(), u64::MAX, START);
    (bench, dir)
}

fn depot(id: &str, east: i32) -> Command {
    let target = Some(StockTarget { least: 0, low: 0, high: 0 });
    let (id, kind, position) = (station_id(id), SiteKind::Depot, at(east, 0));
    Command::PutStation(StationSpec { id, kind, name: None, position, docks: None, target })
}

#[test]
fn an_empty_van_takes_bikes_where_there_are_too_many_and_brings_them() {
    let (mut bench, _dir) = open();
    bench.fetches();
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, v"]);
    assert_eq!(bench.open_at("B"), ["wo-2: collect 3 to 5, v"], "down to fifteen of twenty");
    let stops: Vec<String> = bench.van("v").orders.iter().map(ToString::to_string).collect();
    assert_eq!(stops, ["wo-2", "wo-1"]);
    bench.says("v", done("wo-2", 3)).expect("it is theirs");
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 3, v"], "cut to what is aboard");
    bench.says("v", done("wo-1", 3)).expect("it is theirs");
    assert_eq!((bench.station("A").bikes(), bench.station("B").bikes()), (Some(3), Some(16)));
    assert!(bench.open_at("A").is_empty() && bench.open_at("B").is_empty());
}

#[test]
fn bikes_are_fetched_from_a_depot_and_the_fetching_ends_with_what_it_is_for() {
    let (mut bench, _dir) = open();
    bench.must(station("A", at(0, 0), 20));
    bench.must(depot("D", 6));
    bench.must(van("v", at(5, 0), 0));
    bench.counts("D", 40, 0);
    bench.counts("A", 0, 20);
    bench.wait(1);
    assert_eq!(bench.open_at("D"), ["wo-2: collect 3 to 5, v"]);
    bench.says("v", accepted("wo-2")).expect("it is theirs");
    bench.counts("A", 7, 13);
    assert!(bench.open_at("A").is_empty() && bench.open_at("D").is_empty());
    assert!(bench.why("wo-2").contains("withdrawn: wo-1 needs no bikes any more"), "{}", bench.why("wo-2"));
    assert!(bench.station("D").hotspot.is_none(), "no rider misses a dock there");
}

#[test]
fn who_declines_to_fetch_the_bikes_declines_what_they_are_for() {
    let (mut bench, _dir) = open();
    bench.must(station("A", at(0, 0), 20));
    bench.must(depot("D", 6));
    bench.must(van("v", at(5, 0), 0));
    bench.counts("D", 40, 0);
    bench.counts("A", 0, 20);
    bench.wait(1);
    bench.says("v", declined("wo-2", "gate is locked")).expect("it is theirs");
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, nobody"]);
    assert!(bench.why("wo-1").contains("taken from v: declined: gate is locked"), "{}", bench.why("wo-1"));
    assert!(bench.open_at("D").is_empty());
}

#[test]
fn from_a_full_station_that_is_wanted_full_nothing_is_taken() {
    let (mut bench, _dir) = open();
    let target = Some(StockTarget { least: 1, low: 5, high: 20 });
    let (id, kind, position) = (station_id("A"), SiteKind::Station, at(0, 0));
    bench.must(Command::PutStation(StationSpec { id, kind, name: None, position, docks: Some(20), target }));
    bench.must(van("v", at(5, 0), 4));
    bench.counts("A", 20, 0);
    bench.wait(1);
    assert!(bench.open_at("A").is_empty());
}

#[test]
fn a_full_station_is_taken_down_and_riders_can_do_it_too() {
    let (mut bench, _dir) = open();
    bench.must(station("A", at(0, 0), 20));
    bench.must(van("v", at(5, 0), 4));
    bench.counts("A", 20, 0);
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: collect 3 to 5, v"]);
    bench.counts("A", 17, 3);
    assert_eq!(bench.open_at("A"), ["wo-1: collect 3 to 5, v"], "there are too many still");
    bench.counts("A", 14, 6);
    assert!(bench.why("wo-1").contains("emptied by riders: 14 bikes"), "{}", bench.why("wo-1"));
}

#[test]
fn what_is_closed_unknown_or_too_old_orders_nothing() {
    let (mut bench, _dir) = open();
    for (number, name) in (0..).zip(["shut", "unknown", "old", "half", "operator", "silent"]) {
        bench.must(station(name, at(10 * number, 0), 20));
    }
    bench.must(van("v", at(5, 0), 10));
    let now = bench.now;
    let old = Instant(now.0 - 25 * 3_600_000);
    let half = counted("half", 0, 0, now);
    let service = Service { returning: false, ..Service::OPEN };
    let unknown = StockReading::Unknown(NoStock::NoTime);
    bench.must(Command::CloseStation(station_id("operator")));
    bench.must(Command::TakeStock(vec![
        closed(counted("shut", 0, 20, now)),
        StationReport {
            station: station_id("unknown"),
            service: Service::OPEN,
            stock: unknown,
            batteries: None,
        },
        counted("old", 0, 20, old),
        StationReport { service, ..half },
        counted("operator", 0, 20, now),
        counted("nowhere", 0, 20, now),
    ]));
    bench.wait(5);
    assert_eq!(bench.region.ledger().open_orders(), 0);
    let why = |bench: &Bench, id: &str| {
        bench.region.ledger().explain_station(&station_id(id)).expect("it is known").words
    };
    assert!(why(&bench, "shut").contains("it is closed"), "{}", why(&bench, "shut"));
    assert!(why(&bench, "unknown").contains("nobody says when it was counted"));
    assert!(why(&bench, "old").contains("counted too long ago"), "{}", why(&bench, "old"));
    assert!(why(&bench, "silent").contains("no file says anything of it"), "{}", why(&bench, "silent"));
    assert!(why(&bench, "half").contains("half closed"), "{}", why(&bench, "half"));
    assert!(why(&bench, "operator").contains("An operator has closed it"));
    bench.must(Command::OpenStation(station_id("operator")));
    bench.wait(1);
    assert_eq!(bench.open_at("operator"), ["wo-1: deliver 5, v"]);
}

#[test]
fn a_station_that_was_counted_hours_ago_and_is_heard_of_now_is_served_and_one_that_fell_silent_is_not() {
    let (mut bench, _dir) = open();
    bench.must(station("A", at(0, 0), 20));
    bench.must(station("B", at(9, 0), 20));
    bench.must(van("v", at(5, 0), 10));
    let long_ago = Instant(bench.now.0 - 5 * 3_600_000);
    bench.must(Command::TakeStock(vec![counted("A", 0, 20, long_ago), counted("B", 2, 18, bench.now)]));
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, v"]);
    bench.wait(31 * 60);
    let target = Some(StockTarget { least: 3, low: 5, high: 15 });
    let spec = (*bench.station("B").spec).clone();
    bench.must(Command::PutStation(StationSpec { target, ..spec }));
    assert!(
        bench.open_at("B").is_empty(),
        "it has fewer than are wanted now, and who knows what stands there"
    );
    bench.must(Command::TakeStock(vec![counted("B", 2, 18, bench.now)]));
    assert_eq!(bench.station("B").orders.len(), 1);
}

#[test]
fn a_count_from_the_future_counts_as_of_now_and_makes_no_later_one_look_old() {
    let (mut bench, _dir) = open();
    bench.must(station("A", at(0, 0), 20));
    bench.must(Command::TakeStock(vec![counted("A", 4, 16, Instant(bench.now.0 + 7_200_000))]));
    assert_eq!(bench.station("A").counted_at(), Some(bench.now));
    bench.wait(60);
    bench.counts("A", 7, 13);
    assert_eq!(bench.station("A").bikes(), Some(7));
    bench.must(Command::TakeStock(vec![counted("A", 1, 19, START)]));
    assert_eq!(bench.station("A").bikes(), Some(7), "older than what is known");
}

#[test]
fn nobody_is_sent_out_in_quiet_hours_and_everybody_knows_why() {
    let dir = tempfile::tempdir().expect("a directory");
    let time = |text| DayTime::parse("time", text).expect("a time of day");
    let quiet_hours = Some(QuietHours { from: time("09:00"), until: time("11:00") });
    let options = BikesOptions { quiet_hours, ..BikesOptions::default() };
    let mut bench = Bench::run_by(options, dir.path(), u64::MAX, START);
    bench.must(station("A", at(0, 0), 20));
    bench.must(van("v", at(5, 0), 10));
    bench.counts("A", 0, 20);
    bench.wait(60);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5 to 15, nobody"]);
    assert!(bench.why("wo-1").contains("quiet hours"), "{}", bench.why("wo-1"));
    bench.until(Instant(107 * 3_600_000 + 1_000));
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, v"]);
}

#[test]
fn an_operator_withdraws_an_order_or_a_station_with_all_its_orders() {
    let (mut bench, _dir) = open();
    bench.must(station("A", at(0, 0), 20));
    bench.must(van("v", at(5, 0), 10));
    bench.counts("A", 0, 20);
    bench.wait(1);
    bench.must(Command::Withdraw(order_id("wo-1"), "the fair moves there".into()));
    assert!(bench.why("wo-1").contains("an operator withdrew it: the fair moves there"));
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-2: deliver 5, v"], "it is still empty");
    bench.says("v", arrived("wo-2")).expect("it is theirs");
    bench.must(Command::RemoveStation(station_id("A")));
    assert_eq!(bench.order("wo-2").phase, OrderPhase::Withdrawn);
    assert!(bench.van("v").orders.is_empty());
    let late = bench.says("v", done("wo-2", 5));
    assert!(late.is_ok(), "the bikes left the van: {late:?}");
    assert_eq!(bench.van("v").aboard, 5);
}

#[test]
fn a_plan_that_the_world_overtook_is_refused_alone_and_the_next_round_looks_again() {
    let (mut bench, _dir) = open();
    bench.must(station("A", at(0, 0), 20));
    bench.must(station("B", at(20, 0), 20));
    bench.must(van("v", at(1, 0), 8));
    bench.must(van("w", at(19, 0), 9));
    bench.late = true;
    bench.counts("A", 0, 20);
    bench.counts("B", 0, 20);
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5 to 15, nobody"]);
    bench.says("v", paceline_model::bikes::CrewWord::BrokenDown(String::new())).expect("it can");
    bench.hand_in();
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5 to 15, nobody"]);
    assert_eq!(bench.open_at("B"), ["wo-2: deliver 5, w"]);
    bench.late = false;
    bench.says("w", done("wo-2", 5)).expect("it is theirs");
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 4, w"]);
}
