//! Batteries that are low: from what is read of them to orders, and back from what crews say.

use crate::bench::{Bench, accepted, arrived, at, counted, done, order_id, station, station_id, van_spec};
use paceline_engine::bikes::{BatteryRules, BikesOptions};
use paceline_model::bikes::{
    BatteryCount, BatteryLoad, Command, CrewWord, DoneWork, Event, Hotspot, OrderPhase, StationReport,
    VanRule, VanSpec,
};
use paceline_model::{Instant, Millis};
use tempfile::TempDir;

/// Ten in the morning of the fifth day.
const START: Instant = Instant(106 * 3_600_000);

fn options() -> BikesOptions {
    let rules = BatteryRules { bikes_min: 2, worth: 2.0, ..BatteryRules::default() };
    BikesOptions { batteries: Some(rules), ..BikesOptions::default() }
}

fn open() -> (Bench, TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::run_by(options(), dir.path(), 4, START);
    bench.must(station("A", at(0, 0), 20));
    (bench, dir)
}

/// Ten bikes and ten docks at A, so many batteries low, some of them flat, as of then.
fn read(bench: &mut Bench, (low, flat): (u32, u32), as_of: Instant) {
    let batteries = Some(BatteryCount { low, flat, as_of });
    bench.must(Command::TakeStock(vec![StationReport { batteries, ..counted("A", 10, 10, as_of) }]));
}

fn equipped(id: &str, east: i32, (most, charged): (u32, u32)) -> Command {
    Command::EquipVan(van_spec(id, at(east, 0)), Some(0), BatteryLoad { most, charged })
}

fn charged(bench: &Bench, van: &str) -> u32 {
    bench.van(van).batteries.charged
}

#[test]
fn low_batteries_become_an_order_that_says_how_many_and_counts_once() {
    let (mut bench, _dir) = open();
    bench.must(equipped("v", 5, (8, 8)));
    read(&mut bench, (1, 0), START);
    bench.wait(1);
    assert!(bench.open_at("A").is_empty(), "nobody comes for one");
    read(&mut bench, (5, 2), START + Millis(500));
    assert_eq!(bench.station("A").hotspot.map(|(what, _)| what), Some(Hotspot::LowBatteries));
    let believed = bench.station("A").believed().stock.known().cloned().expect("it was counted");
    assert_eq!((believed.bikes.total(), believed.room.bikes()), (8, Some(10)), "flat ones hold their docks");
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: swap batteries 3 to 5, v"]);
    let why = bench.why("wo-1");
    assert!(
        why.contains("swap batteries of 3 to 5 bikes at A) is issued: 5 batteries are low, 2 of them"),
        "{why}"
    );
    bench.says("v", accepted("wo-1")).expect("it is theirs");
    bench.says("v", arrived("wo-1")).expect("it is theirs");
    bench.says("v", done("wo-1", 4)).expect("it is theirs");
    assert_eq!((bench.order("wo-1").phase, charged(&bench, "v")), (OrderPhase::Done, 4));
    let stands = bench.station("A");
    assert_eq!((stands.stock.low_batteries(), stands.bikes(), stands.hotspot), (1, Some(10), None));
    bench.says("v", done("wo-1", 4)).expect_err("it has said so");
    assert_eq!(charged(&bench, "v"), 4);
    let words = bench.region.ledger().explain_station(&station_id("A")).expect("it is known").words;
    assert!(words.contains("5 were read 1 s ago, and crews have changed 4 since."), "{words}");
}

#[test]
fn an_order_is_cut_and_withdrawn_as_batteries_are_read_to_be_full() {
    let (mut bench, _dir) = open();
    bench.must(equipped("v", 5, (8, 8)));
    read(&mut bench, (6, 0), START);
    bench.wait(1);
    let now = bench.now;
    read(&mut bench, (2, 0), now);
    assert_eq!(bench.open_at("A"), ["wo-1: swap batteries 2, v"]);
    read(&mut bench, (0, 0), now);
    assert!(bench.open_at("A").is_empty());
    assert!(
        bench.why("wo-1").contains("withdrawn: no battery is low there any more"),
        "{}",
        bench.why("wo-1")
    );
    read(&mut bench, (3, 0), now);
    bench.must(Command::CloseStation(station_id("A")));
    assert!(bench.why("wo-2").contains("withdrawn: the station is closed"), "{}", bench.why("wo-2"));
}

#[test]
fn a_van_changes_no_more_than_it_has_and_fills_up_at_a_depot() {
    let (mut bench, _dir) = open();
    read(&mut bench, (5, 0), START);
    bench.must(equipped("v", 5, (8, 0)));
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: swap batteries 3 to 5, nobody"]);
    let why = bench.order("wo-1").why_not().expect("a round has looked").excluded.clone();
    assert_eq!(why, [(VanRule::NoBatteries, 1)]);
    bench.says("v", CrewWord::BatteriesCounted(9)).expect_err("it carries eight");
    bench.says("v", CrewWord::BatteriesCounted(2)).expect("it has some more");
    bench.wait(61);
    assert_eq!(bench.open_at("A"), ["wo-1: swap batteries 1 to 2, v"]);
    let many = bench.says("v", done("wo-1", 3)).expect_err("it has two").to_string();
    assert!(many.contains("bikes is 3: must be at most 2, the charged batteries aboard"), "{many}");
    bench.says("v", done("wo-1", 0)).expect_err("that is declined");
    let docks = CrewWord::Done(order_id("wo-1"), DoneWork { bikes: 2, docks_broken: 1 });
    bench.says("v", docks).expect_err("nobody looked at docks");
    bench.says("v", done("wo-1", 2)).expect("it is theirs");
    assert_eq!(charged(&bench, "v"), 0);
    bench.wait(61);
    assert_eq!(bench.open_at("A"), ["wo-2: swap batteries 2 to 3, nobody"]);
}

#[test]
fn a_stop_at_a_depot_fills_a_van_up() {
    let (mut bench, _dir) = open();
    let depot = |command| match command {
        Command::PutStation(spec) => Command::PutStation(paceline_model::bikes::StationSpec {
            kind: paceline_model::bikes::SiteKind::Depot,
            docks: None,
            target: None,
            ..spec
        }),
        other => other,
    };
    bench.must(depot(station("D", at(6, 0), 20)));
    bench.must(equipped("v", 5, (8, 1)));
    bench.counts("D", 20, 20);
    bench.counts("A", 0, 20);
    bench.wait(1);
    let fetched = bench.open_at("D");
    assert!(matches!(&fetched[..], [one] if one.contains("collect") && one.ends_with(", v")), "{fetched:?}");
    let id = fetched[0].split(':').next().expect("a name").to_owned();
    bench.says("v", done(&id, 4)).expect("it is theirs");
    assert_eq!(charged(&bench, "v"), 8);
}

#[test]
fn a_late_word_of_a_count_that_came_after_it_is_in_that_count() {
    let (mut bench, _dir) = open();
    bench.must(equipped("v", 5, (8, 8)));
    read(&mut bench, (6, 0), START);
    bench.wait(10);
    let changed_at = bench.now;
    bench.wait(10);
    bench.must(Command::Withdraw(order_id("wo-1"), "the fair".into()));
    let now = bench.now;
    read(&mut bench, (2, 0), now);
    bench.said("v", changed_at, done("wo-1", 4)).expect("it was there");
    assert_eq!(
        (bench.station("A").stock.low_batteries(), charged(&bench, "v")),
        (2, 4),
        "the batteries are gone"
    );
    let now = bench.now;
    read(&mut bench, (2, 0), now);
    assert_eq!(bench.station("A").stock.low_batteries(), 2);
}

#[test]
fn a_van_with_two_orders_has_batteries_for_both_or_is_told_one() {
    let (mut bench, _dir) = open();
    bench.must(station("B", at(1, 0), 20));
    read(&mut bench, (4, 0), START);
    let batteries = Some(BatteryCount { low: 4, flat: 0, as_of: START });
    bench.must(Command::TakeStock(vec![StationReport { batteries, ..counted("B", 10, 10, START) }]));
    bench.must(equipped("v", 5, (6, 6)));
    bench.wait(61);
    let told = [bench.open_at("A"), bench.open_at("B")].concat();
    let most: u32 = bench.van("v").orders.iter().map(|id| bench.order(id.as_str()).bikes.most).sum();
    assert!(most <= 6 && told.iter().any(|order| order.ends_with(", v")), "{told:?}");
    bench.says("v", CrewWord::BatteriesCounted(1)).expect("some were bad");
    let most: u32 = bench.van("v").orders.iter().map(|id| bench.order(id.as_str()).bikes.most).sum();
    assert!(most <= 1, "what it cannot do any more is cut or comes back");
}

#[test]
fn a_restart_knows_what_is_low_and_what_is_aboard() {
    let (mut bench, dir) = open();
    bench.must(equipped("v", 5, (8, 7)));
    read(&mut bench, (5, 1), START);
    bench.wait(1);
    bench.says("v", done("wo-1", 2)).expect("it is theirs");
    bench.wait(61);
    let known = (bench.station("A").stock.clone(), bench.van("v").batteries, bench.open_at("A"));
    let now = bench.now;
    drop(bench);
    for snapshot_every in [1, u64::MAX] {
        let mut bench = Bench::run_by(options(), dir.path(), snapshot_every, now);
        let is = (bench.station("A").stock.clone(), bench.van("v").batteries, bench.open_at("A"));
        assert_eq!(is, known);
        bench.wait(1);
    }
}

#[test]
fn without_the_setting_nothing_is_counted_and_nobody_is_sent() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::run_by(BikesOptions::default(), dir.path(), 4, START);
    bench.must(station("A", at(0, 0), 20));
    let refused = bench.ask(equipped("v", 5, (8, 8))).expect_err("nobody changes any").to_string();
    assert!(refused.contains("batteries is 8: must be left out"), "{refused}");
    bench.must(Command::PutVan(van_spec("v", at(5, 0)), None));
    read(&mut bench, (5, 2), START);
    bench.wait(61);
    assert!(bench.open_at("A").iter().all(|order| !order.contains("swap")), "{:?}", bench.open_at("A"));
    assert_eq!((bench.station("A").hotspot, bench.station("A").bikes()), (None, Some(10)));
    assert!(!bench.events.iter().any(|(_, event)| matches!(event, Event::BatteriesRead(_))));
}

#[test]
fn once_the_setting_is_left_out_what_was_low_is_forgotten() {
    let (mut bench, dir) = open();
    bench.must(equipped("v", 5, (8, 8)));
    read(&mut bench, (5, 2), START);
    let now = bench.now;
    drop(bench);
    let mut bench = Bench::run_by(BikesOptions::default(), dir.path(), 4, now);
    bench.wait(1);
    let now = bench.now;
    read(&mut bench, (5, 2), now);
    assert_eq!((bench.station("A").bikes(), bench.station("A").hotspot), (Some(10), None));
    assert!(bench.open_at("A").iter().all(|order| !order.contains("swap")), "{:?}", bench.open_at("A"));
    bench.must(Command::PutVan(VanSpec { capacity: 12, ..van_spec("v", at(5, 0)) }, None));
    assert_eq!(charged(&bench, "v"), 8, "they stay aboard");
}
