//! A morning of four stations, two vans and an operator, in which the world overtakes every order: what crews report, what riders do meanwhile,
//! what feeds say late. After public reports of dispatchers and riders; city, names and numbers are invented.

use crate::bench::{
    Bench, accepted, closed, counted, declined, ended, order_id, station_id, van_id, van_spec,
};
use paceline_engine::bikes::{BikesOptions, BikesPrices};
use paceline_model::bikes::{
    Command, CrewWord, DoneWork, Event, OrderPhase, Refusal, SiteKind, StationSpec, StockReading,
    StockTarget, Task,
};
use paceline_model::{Instant, Millis, Position};
use tempfile::TempDir;

/// A shortage becomes an order with a van within this.
const ORDERED_WITHIN: Millis = Millis::from_secs(1);
/// A change is dispatched anew within this.
const DISPATCHED_WITHIN: Millis = Millis::from_secs(5);

fn clock(text: &str) -> Instant {
    format!("2025-06-11T{text}Z").parse().expect("a time")
}

/// A van makes no stop that nothing asked for: what is expected of riders is another story.
fn only_what_is_asked() -> BikesOptions {
    let prices = BikesPrices { stop: 20.0, missing: 100.0, repair: 100.0, ..BikesPrices::default() };
    BikesOptions { prices, ..BikesOptions::default() }
}

struct Morning {
    bench: Bench,
    dir: TempDir,
}

impl Morning {
    /// Both shifts have begun and all four stations are as they are at half past seven UTC.
    fn begin() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = Bench::run_by(only_what_is_asked(), dir.path(), 3, clock("07:58:00"));
        let stations = [
            ("N1", "Ankerplassen", 59.91825, 10.7569, 20),
            ("N2", "Bekkedalen", 59.9217, 10.7624, 16),
            ("N3", "Kirkehagen", 59.9161, 10.7648, 24),
            ("N4", "Elvesvingen", 59.9203, 10.7701, 18),
        ];
        for (id, name, lat, lon, docks) in stations {
            let position = Position::new(lat, lon).expect("a place");
            let target = Some(StockTarget::usual(Some(docks)));
            let (id, name) = (station_id(id), Some(name.to_owned()));
            let kind = SiteKind::Station;
            bench.must(Command::PutStation(StationSpec {
                id,
                kind,
                name,
                position,
                docks: Some(docks),
                target,
            }));
        }
        bench.until(clock("07:59:00"));
        for (van, near, aboard) in [("V1", "N3", 10), ("V2", "N4", 6)] {
            let position = bench.station(near).spec.position;
            bench.must(Command::PutVan(van_spec(van, position), Some(aboard)));
        }
        bench.until(clock("07:59:30"));
        for (station, bikes, free) in [("N1", 2, 18), ("N2", 1, 15), ("N3", 22, 2), ("N4", 9, 9)] {
            bench.counts(station, bikes, free);
        }
        Self { bench, dir }
    }

    fn feed(&mut self, at: &str, station: &str, bikes: u32, free: u32) {
        self.bench.until(clock(at));
        self.bench.counts(station, bikes, free);
    }

    /// The orders that were issued since, and when: order, van.
    fn issued_since(&self, at: Instant) -> Vec<(Instant, String, String)> {
        let issued = self.bench.events.iter().filter_map(|(when, event)| match event {
            Event::OrderIssued { order, van, .. } if *when >= at => {
                Some((*when, order.to_string(), van.to_string()))
            }
            _ => None,
        });
        issued.collect()
    }

    /// Events about one order since then, by name.
    fn told(&self, order: &str, since: Instant) -> usize {
        let about = |(at, event): &&(Instant, Event)| *at >= since && event.order() == Some(&order_id(order));
        self.bench.events.iter().filter(about).count()
    }

    fn holder(&self, order: &str) -> Option<String> {
        self.bench.order(order).van.as_ref().map(ToString::to_string)
    }

    /// Dies and goes on from its journal.
    fn restart(self) -> Self {
        let Self { bench, dir } = self;
        let (now, digest) = (bench.now, bench.region.ledger().checkpoint().digest());
        let (events, reports) = (bench.events.clone(), bench.reports);
        drop(bench);
        let mut bench = Bench::run_by(only_what_is_asked(), dir.path(), 3, now);
        bench.reports = reports;
        assert_eq!(bench.region.ledger().checkpoint().digest(), digest, "the journal gives it back");
        bench.events = events;
        Self { bench, dir }
    }
}

/// 1: one order for each, each with one van, at once; the bikes are aboard.
fn both_are_short(morning: &mut Morning) {
    for (at, station, order, van) in [("08:00:00", "N1", "wo-1", "V1"), ("08:00:30", "N2", "wo-2", "V2")] {
        morning.feed(at, station, 0, if station == "N1" { 20 } else { 16 });
        morning.bench.until(clock(at) + ORDERED_WITHIN);
        let issued = morning.issued_since(clock(at));
        assert_eq!(issued.len(), 1, "{issued:?}");
        assert_eq!((issued[0].1.as_str(), issued[0].2.as_str()), (order, van));
        assert!(issued[0].0.since(clock(at)) <= ORDERED_WITHIN);
    }
    assert_eq!(morning.bench.open_at("N1"), ["wo-1: deliver 5 to 10, V1"]);
    assert_eq!(morning.bench.open_at("N2"), ["wo-2: deliver 4, V2"]);
    assert!(morning.bench.why("wo-1").contains("no bike stands there"), "{}", morning.bench.why("wo-1"));
    morning.bench.until(clock("08:01:00"));
    morning.bench.says("V1", accepted("wo-1")).expect("it is theirs");
    morning.bench.says("V2", accepted("wo-2")).expect("it is theirs");
}

/// 2: riders bring nine bikes to N1.
fn riders_fill_it(morning: &mut Morning) {
    morning.feed("08:04:00", "N1", 9, 11);
    let order = morning.bench.order("wo-1");
    assert_eq!(order.phase, OrderPhase::Withdrawn);
    assert_eq!(morning.told("wo-1", clock("08:04:00")), 1, "once");
    assert!(morning.bench.why("wo-1").contains("filled by riders: 9 bikes"), "{}", morning.bench.why("wo-1"));
    let late = morning.bench.says("V1", accepted("wo-1")).expect_err("it is withdrawn").to_string();
    assert_eq!(
        late,
        "E0520 work order wo-1 is withdrawn: filled by riders: 9 bikes stand there: it cannot be accepted"
    );
}

/// 3: the crew declines N2.
fn a_crew_declines(morning: &mut Morning) {
    let at = clock("08:05:00");
    morning.bench.until(at);
    let why = "street blocked by a removal van";
    morning.bench.says("V2", declined("wo-2", why)).expect("it is theirs");
    morning.bench.until(at + DISPATCHED_WITHIN);
    let issued = morning.issued_since(at);
    assert_eq!(issued.len(), 1, "{issued:?}");
    assert_eq!((issued[0].1.as_str(), issued[0].2.as_str()), ("wo-2", "V1"), "not the same crew again");
    assert!(morning.bench.why("wo-2").contains(why), "{}", morning.bench.why("wo-2"));
}

/// 4: N2 closes.
fn a_station_closes(morning: &mut Morning) {
    let at = clock("08:07:00");
    morning.bench.until(at);
    morning.bench.must(Command::TakeStock(vec![closed(counted("N2", 0, 0, at))]));
    assert_eq!(morning.bench.order("wo-2").phase, OrderPhase::Withdrawn);
    assert!(morning.bench.why("wo-2").contains("the station is closed"));
    morning.bench.until(clock("08:08:59"));
    assert_eq!((morning.bench.van("V1").aboard, morning.bench.van("V2").aboard), (10, 6), "they stay aboard");
    assert!(morning.bench.open_at("N2").is_empty());
}

/// 5: N1 is empty again.
fn it_is_empty_again(morning: &mut Morning) -> String {
    morning.feed("08:09:00", "N1", 0, 20);
    morning.bench.until(clock("08:09:00") + ORDERED_WITHIN);
    assert_eq!(morning.bench.open_at("N1"), ["wo-3: deliver 5 to 10, V1"], "another number");
    assert!(ended(morning.bench.order("wo-1")));
    "V1".to_owned()
}

/// 6: six are delivered, two docks are broken, and the feed knows late.
fn it_is_filled(morning: &mut Morning, van: &str) {
    morning.bench.until(clock("08:12:00"));
    morning.bench.says(van, accepted("wo-3")).expect("it is theirs");
    let aboard = morning.bench.van(van).aboard;
    let word = CrewWord::Done(order_id("wo-3"), DoneWork { bikes: 6, docks_broken: 2 });
    morning.bench.says(van, word.clone()).expect("it was told");
    let bikes = |morning: &Morning| morning.bench.station("N1").bikes();
    assert_eq!((morning.bench.van(van).aboard, bikes(morning)), (aboard - 6, Some(6)), "in one step");
    // The same thing again, as a phone without a link sends it, counts once.
    let again = morning.bench.says(van, word).expect_err("it is done").to_string();
    assert_eq!(again, "E0520 work order wo-3 is done by V1: it cannot be done again");
    morning.bench.until(clock("08:12:20"));
    morning.bench.must(Command::TakeStock(vec![counted("N1", 0, 20, clock("08:11:30"))]));
    assert_eq!(bikes(morning), Some(6), "counted before the crew came");
    morning.bench.until(clock("08:12:25"));
    let mends = morning.bench.open_at("N1");
    assert_eq!(mends, ["wo-4: repair 0, nobody"], "no second delivery, and two docks to mend");
    assert!(morning.bench.why("wo-4").contains("2 mends nothing"), "{}", morning.bench.why("wo-4"));
    morning.bench.until(clock("08:14:00"));
    let mut known = counted("N1", 6, 12, clock("08:13:40"));
    if let StockReading::Known(stock) = &mut known.stock {
        stock.docks_broken = 2;
    }
    morning.bench.must(Command::TakeStock(vec![known]));
    assert_eq!(bikes(morning), Some(6), "6, not 12");
    let believed = morning.bench.station("N1").stock.believed();
    assert_eq!(believed.known().and_then(|stock| stock.room.bikes()), Some(12), "two docks are no room");
}

/// 7: N4 is empty, and both crews accept the one order.
fn both_accept(morning: &mut Morning) -> (String, String) {
    morning.feed("08:15:00", "N4", 0, 18);
    morning.bench.until(clock("08:15:00") + ORDERED_WITHIN);
    let holder = morning.holder("wo-5").expect("a van has it");
    let other = if holder == "V1" { "V2" } else { "V1" }.to_owned();
    morning.bench.until(clock("08:15:20"));
    let plan = morning.bench.van(&other).orders.clone();
    let refused = morning.bench.says(&other, accepted("wo-5")).expect_err("it is the other's");
    assert_eq!(refused.to_string(), format!("E0521 work order wo-5 is {holder}'s: keep to your own plan"));
    assert_eq!(morning.bench.van(&other).orders, plan);
    morning.bench.says(&holder, accepted("wo-5")).expect("it is theirs");
    (holder, other)
}

/// 8: that van breaks down.
fn a_van_breaks_down(morning: &mut Morning, (van, other): &(String, String)) {
    let at = clock("08:18:00");
    morning.bench.until(at);
    let aboard = morning.bench.van(van).aboard;
    assert!(aboard > 0);
    morning.bench.says(van, CrewWord::BrokenDown("load stays in the van".into())).expect("it can");
    morning.bench.until(at + DISPATCHED_WITHIN);
    assert_eq!(morning.holder("wo-5"), Some(other.clone()));
    assert_eq!(morning.bench.van(van).aboard, aboard, "neither supply at a station nor lost");
    assert!(morning.bench.van(van).orders.is_empty());
    assert!(morning.bench.why("wo-5").contains("the van broke down"), "{}", morning.bench.why("wo-5"));
    assert_eq!(morning.bench.station("N4").bikes(), Some(0));
}

#[test]
fn each_change_leads_to_one_order_withdrawal_or_another_van_once_and_with_its_reason() {
    let mut morning = Morning::begin();
    assert!(morning.bench.events.iter().all(|(_, event)| event.order().is_none()), "nothing is short yet");
    both_are_short(&mut morning);
    riders_fill_it(&mut morning);
    a_crew_declines(&mut morning);
    a_station_closes(&mut morning);
    let van = it_is_empty_again(&mut morning);
    it_is_filled(&mut morning, &van);
    let vans = both_accept(&mut morning);
    a_van_breaks_down(&mut morning, &vans);
    assert!(morning.bench.events.iter().all(|(_, event)| match event {
        Event::OrderIssued { van, .. } => [van_id("V1"), van_id("V2")].contains(van),
        _ => true,
    }));
}

#[test]
fn the_same_morning_with_a_restart_after_every_change_is_the_same() {
    let mut morning = Morning::begin().restart();
    both_are_short(&mut morning);
    morning = morning.restart();
    riders_fill_it(&mut morning);
    morning = morning.restart();
    a_crew_declines(&mut morning);
    morning = morning.restart();
    a_station_closes(&mut morning);
    morning = morning.restart();
    let van = it_is_empty_again(&mut morning);
    morning = morning.restart();
    it_is_filled(&mut morning, &van);
    morning = morning.restart();
    let vans = both_accept(&mut morning);
    morning = morning.restart();
    a_van_breaks_down(&mut morning, &vans);
    let repairs = morning.bench.region.ledger().orders().filter(|order| order.task == Task::Repair).count();
    assert_eq!(repairs, 1);
    let refusal = morning.bench.says("V9", accepted("wo-5")).expect_err("no such van");
    assert_eq!(refusal, Refusal::Unknown { kind: "van".into(), id: "V9".into() });
}
