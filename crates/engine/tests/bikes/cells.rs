//! Bikes that stand at no station: what is counted in a cell becomes orders as at a station, where somebody asks for it.

use crate::bench::{Bench, at, done, station, station_id, van};
use paceline_engine::bikes::BikesOptions;
use paceline_model::bikes::{
    AsOf, BikeCounts, Command, Hotspot, Room, Service, SiteKind, StationReport, StationSpec, Stock,
    StockReading, StockTarget,
};
use paceline_model::{Instant, Millis, Position};
use tempfile::TempDir;

/// Ten in the morning of the fifth day.
const START: Instant = Instant(106 * 3_600_000);

fn open() -> (Bench, TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    let bench =
        Bench::run_by(BikesOptions { cells: Some(9), ..BikesOptions::default() }, dir.path(), 8, START);
    (bench, dir)
}

fn cell(id: &str, position: Position, target: Option<StockTarget>) -> StationSpec {
    StationSpec { id: station_id(id), kind: SiteKind::Cell, name: None, position, docks: None, target }
}

/// What stands in a cell: for hire, and broken.
fn counted(id: &str, for_hire: u32, broken: u32, as_of: Instant) -> StationReport {
    let bikes = BikeCounts { of_unknown_kind: for_hire, ..BikeCounts::default() };
    let as_of = AsOf::Said(as_of);
    let stock = Stock { bikes, bikes_broken: broken, docks_broken: 0, room: Room::Unlimited, as_of };
    StationReport {
        station: station_id(id),
        service: Service::OPEN,
        stock: StockReading::Known(stock),
        batteries: None,
    }
}

const WANTED: StockTarget = StockTarget { least: 2, low: 4, high: 6 };

#[test]
fn a_shortage_on_the_street_is_an_order_at_once_with_bikes_from_another_cell() {
    let (mut bench, _dir) = open();
    bench.must(Command::PutStation(cell("square", at(0, 0), Some(WANTED))));
    bench.must(van("v", at(5, 0), 0));
    let seen = vec![cell("park", at(8, 0), None), cell("square", at(3, 3), None)];
    let counts = vec![counted("park", 9, 2, START), counted("square", 0, 1, START)];
    bench.must(Command::TakeCells(seen, counts));
    let known = bench.station("square");
    assert_eq!(
        (known.spec.position, known.spec.target),
        (at(0, 0), Some(WANTED)),
        "its operator's word stays"
    );
    assert_eq!(known.hotspot.map(|(what, _)| what), Some(Hotspot::Empty), "a broken bike is none");
    bench.wait(1);
    assert_eq!(bench.open_at("square"), ["wo-1: deliver 4, v"]);
    assert_eq!(bench.open_at("park"), ["wo-2: collect 2 to 4, v"], "nobody ever took one there");
    bench.says("v", done("wo-2", 4)).expect("it is theirs");
    bench.says("v", done("wo-1", 4)).expect("it is theirs");
    assert_eq!((bench.station("square").bikes(), bench.station("park").bikes()), (Some(4), Some(5)));
    assert!(bench.open_at("square").is_empty() && bench.station("square").hotspot.is_none());
    let why = |id: &str| bench.region.ledger().explain_station(&station_id(id)).expect("it is known").words;
    let square = why("square");
    assert!(square.ends_with("Nothing is wrong there: 2 bikes at least is what is asked."), "{square}");
    let park = why("park");
    assert!(park.ends_with("Nobody asks for bikes there: vans bring some if riders take them."), "{park}");
}

#[test]
fn a_cell_that_nobody_asks_for_and_nobody_took_a_bike_from_needs_no_order() {
    let (mut bench, _dir) = open();
    bench.must(van("v", at(5, 0), 10));
    bench.must(station("S", at(2, 0), 20));
    let cells = |bikes: u32| vec![counted("quiet", bikes, 0, START)];
    bench.must(Command::TakeCells(vec![cell("quiet", at(1, 0), None)], cells(0)));
    for minute in 1..120 {
        // Riders come to the station beside it, so that the region knows of riders.
        let now = START + Millis::from_secs(60 * minute);
        bench.until(now);
        let bikes = if minute % 2 == 0 { 12 } else { 8 };
        bench.counts("S", bikes, 20 - bikes);
        bench.must(Command::TakeCells(Vec::new(), vec![counted("quiet", 0, 0, now)]));
    }
    let quiet = bench.station("quiet");
    assert_eq!((quiet.hotspot, quiet.bikes()), (None, Some(0)));
    let ever = bench.region.ledger().orders().filter(|order| order.station == station_id("quiet")).count();
    assert_eq!(ever, 0, "{:?}", bench.open_at("quiet"));
}

#[test]
fn vans_bring_bikes_to_a_cell_whose_riders_take_them_though_nobody_asks() {
    let (mut bench, _dir) = open();
    bench
        .must(Command::TakeCells(vec![cell("corner", at(1, 0), None)], vec![counted("corner", 6, 0, START)]));
    for minute in 1..240 {
        let now = START + Millis::from_secs(60 * minute);
        bench.until(now);
        let bikes = 6 - minute % 7;
        bench.must(Command::TakeCells(Vec::new(), vec![counted("corner", bikes, 0, now)]));
    }
    let now = bench.now;
    bench.must(Command::TakeCells(Vec::new(), vec![counted("corner", 0, 0, now)]));
    assert_eq!(bench.station("corner").hotspot, None, "it is no hotspot: nobody asks for it");
    bench.must(van("v", at(5, 0), 10));
    bench.wait(2);
    let told = bench.open_at("corner");
    assert!(matches!(&told[..], [one] if one.contains("deliver") && one.ends_with(", v")), "{told:?}");
}

#[test]
fn what_is_stale_orders_nothing_and_a_count_without_its_bikes_ends_what_was_ordered() {
    let (mut bench, _dir) = open();
    bench.must(Command::PutStation(cell("square", at(0, 0), Some(WANTED))));
    bench.must(Command::TakeCells(Vec::new(), vec![counted("square", 5, 0, START)]));
    bench.must(van("v", at(5, 0), 10));
    bench.wait(1_900);
    assert!(bench.station("square").is_stale(bench.now, BikesOptions::default().stale_after));
    let old = Instant(bench.now.0 - 1_850_000);
    bench.must(Command::PutStation(cell("other", at(3, 0), Some(WANTED))));
    bench.wait(1);
    assert!(bench.open_at("other").is_empty(), "nobody has said what stands there");
    bench.must(Command::TakeCells(Vec::new(), vec![counted("square", 1, 0, old)]));
    bench.wait(1);
    assert_eq!(bench.open_at("square"), ["wo-1: deliver 3 to 5, v"]);
    let now = bench.now;
    bench.must(Command::TakeCells(Vec::new(), vec![counted("square", 4, 0, now)]));
    assert!(bench.why("wo-1").contains("filled by riders: 4 bikes"), "{}", bench.why("wo-1"));
}

#[test]
fn a_batch_with_a_cell_that_cannot_be_changes_nothing() {
    let (mut bench, _dir) = open();
    let bad = StationSpec { docks: Some(4), ..cell("bad", at(1, 0), None) };
    let counts = vec![counted("good", 3, 0, START)];
    let refused = bench.ask(Command::TakeCells(vec![cell("good", at(0, 0), None), bad], counts));
    let said = refused.expect_err("a cell has no docks").to_string();
    assert!(said.contains("docks is 4: must be left out"), "{said}");
    assert_eq!(bench.region.ledger().station_count(), 0);
}
