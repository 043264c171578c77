//! Traffic: what is told, what the fleet sees, what is usual, and what comes of it on the road.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;

use common::Map;
use expect_test::{Expect, expect};
use paceline_model::{Instant, Millis};
use paceline_road::traffic::{Profile, SpeedReport, SpeedSource, Subject, Traffic, TrafficError};
use paceline_road::{EdgeId, Fix, Leg, MatchOptions, Matcher, RoadPoint, Roads, Search, TravelTimes};

/// Two ways from A to D: the upper one is shorter.
const DETOUR: &str = "
A-----B-----C-----D
|                 |
|                 |
E-----------------F";

fn now() -> Instant {
    "2026-11-24T08:00:00Z".parse().unwrap()
}

fn later(seconds: u32) -> Instant {
    now() + Millis::from_secs(seconds)
}

fn report(edge: EdgeId, kmh: Option<f64>) -> SpeedReport {
    SpeedReport { on: Subject::Edge(edge), kmh, until: later(600) }
}

fn under(roads: &Roads, traffic: &Traffic, at: Instant) -> Roads {
    roads.under(traffic.weights(at)).unwrap()
}

fn streets(map: &Map, roads: &Roads) -> String {
    let mut search = Search::new(roads);
    let path = roads.path(&mut search, map.place("AB", 0.0), map.place("CD", 500.0)).unwrap();
    let names: Vec<String> = path.edges.iter().map(|&edge| map.name(edge)).collect();
    format!("{:.0} s by {}", path.leg.time.as_secs_f64(), names.join(" "))
}

#[test]
fn a_told_speed_holds_until_its_time_and_a_slow_road_is_driven_around() {
    let map = Map::draw(DETOUR);
    let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
    let check = |traffic: &Traffic, at: Instant, expected: Expect| {
        expected.assert_eq(&streets(&map, &under(&map.roads, traffic, at)));
    };
    check(&traffic, now(), expect!["150 s by AB BC CD"]);
    traffic.tell(&map.roads, &[report(map.edge("BC"), Some(18.0))], now()).unwrap();
    check(&traffic, now(), expect!["200 s by AB BC CD"]);
    traffic.tell(&map.roads, &[report(map.edge("BC"), Some(3.6))], now()).unwrap();
    check(&traffic, now(), expect!["210 s by BA AE EF FD DC"]);
    check(&traffic, later(601), expect!["150 s by AB BC CD"]);
}

#[test]
fn a_closed_road_is_on_no_path_and_a_place_behind_it_is_out_of_reach() {
    let map = Map::draw(DETOUR);
    let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
    let closed = map.edge("BC");
    traffic.tell(&map.roads, &[report(closed, None)], now()).unwrap();
    assert_eq!(traffic.edge(closed, now()), (Leg::UNREACHABLE, SpeedSource::Told));
    let roads = under(&map.roads, &traffic, now());
    let mut search = Search::new(&roads);
    let ends: Vec<EdgeId> = (0..roads.edge_count() as u32).map(EdgeId).collect();
    for &from in &ends {
        for &to in ends.iter().filter(|&&to| to != closed && from != closed) {
            let place = |edge| RoadPoint { edge, fraction: 30_000 };
            if let Some(path) = roads.path(&mut search, place(from), place(to)) {
                assert!(!path.edges.contains(&closed), "{} to {}", map.name(from), map.name(to));
            }
        }
    }
    // The only road to an island of one-way streets: closed, nothing gets there.
    let map = Map::draw("A--B--C");
    let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
    traffic.tell(&map.roads, &[report(map.edge("BC"), None), report(map.edge("CB"), None)], now()).unwrap();
    let roads = under(&map.roads, &traffic, now());
    assert!(!roads.leg(&mut search, map.place("AB", 50.0), map.place("BC", 50.0)).is_reachable());
}

#[test]
fn a_batch_with_one_bad_report_is_refused_whole_and_says_which() {
    let map = Map::draw(DETOUR);
    let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
    let before = traffic.weights(now());
    let mut check = |bad: SpeedReport, expected: Expect| {
        let batch = [report(map.edge("AB"), Some(5.0)), bad];
        let error = traffic.tell(&map.roads, &batch, now()).unwrap_err();
        expected.assert_eq(&error.to_string());
        assert_eq!(traffic.weights(now()), before, "the old metric stays");
    };
    let good = report(map.edge("BC"), Some(5.0));
    check(
        SpeedReport { kmh: Some(-10.0), ..good },
        expect!["report 1: kmh is -10: must lie within 0.5 and 250"],
    );
    check(
        SpeedReport { kmh: Some(f64::NAN), ..good },
        expect!["report 1: kmh is NaN: must lie within 0.5 and 250"],
    );
    check(
        SpeedReport { on: Subject::Edge(EdgeId(999)), ..good },
        expect!["report 1: edge 999 is not known: this network has edges 0 to 11"],
    );
    check(
        SpeedReport { on: Subject::Way(77, None), ..good },
        expect!["report 1: way 77 is not known: no street of this network runs along it"],
    );
    check(
        SpeedReport { until: now(), ..good },
        expect!["report 1: until is 2026-11-24T08:00:00.000Z: must lie after now and at most 7 days ahead"],
    );
    assert!(matches!(
        traffic.tell(&map.roads, &[SpeedReport { until: later(8 * 86_400), ..good }], now()),
        Err(TrafficError::Until { index: 0, .. })
    ));
}

/// Lets a vehicle drive A to D at 10 m/s, but 2 m/s between B and C, telling where it is every 10 s.
fn drive(map: &Map, traffic: &mut Traffic, begin: Instant) {
    let place = |seconds: u32| match f64::from(seconds) {
        s if s <= 50.0 => map.place("AB", s * 10.0),
        s if s <= 300.0 => map.place("BC", (s - 50.0) * 2.0),
        s => map.place("CD", (s - 300.0) * 10.0),
    };
    let fix = |seconds: u32| Fix {
        position: map.roads.position(place(seconds)),
        at: begin + Millis::from_secs(seconds),
    };
    let fixes: Vec<Fix> = (0..=35).map(|i| fix(i * 10)).collect();
    let matched = Matcher::new(&map.roads, MatchOptions::for_sigma(5.0)).run(&fixes).unwrap();
    for stretch in &matched.stretches {
        traffic.see(&map.roads, stretch);
    }
}

#[test]
fn two_drives_tell_a_jam_from_the_free_streets_beside_it_and_it_is_forgotten_in_time() {
    let map = Map::draw(DETOUR);
    let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
    for begin in [0, 30] {
        drive(&map, &mut traffic, later(begin));
    }
    let kmh = |traffic: &Traffic, street: &str, at| {
        let leg = traffic.edge(map.edge(street), at).0;
        leg.distance.as_km() / leg.time.as_secs_f64() * 3_600.0
    };
    let at = later(400);
    let (free, jam) = (kmh(&traffic, "AB", at), kmh(&traffic, "BC", at));
    assert!((free - 36.0).abs() < 36.0 * 0.1, "{free} km/h on AB");
    assert!((jam - 7.2).abs() < 7.2 * 0.2, "{jam} km/h on BC");
    assert_eq!(traffic.slow(0.5, at), [map.edge("BC")]);
    assert_eq!(traffic.edge(map.edge("CB"), at).1, SpeedSource::Usual, "nobody drove the other way");
    assert_eq!(traffic.edge(map.edge("BC"), at).1, SpeedSource::Seen);
    let hour = later(7_200);
    assert!((kmh(&traffic, "BC", hour) - 36.0).abs() < 0.5);
    assert_eq!(traffic.edge(map.edge("BC"), hour).1, SpeedSource::Usual);
}

#[test]
fn what_is_told_goes_before_what_is_seen_and_both_before_what_is_usual() {
    let map = Map::draw(DETOUR);
    let mut shares = vec![1.0; 168];
    shares[24 + 7] = 0.5;
    shares[24 + 8] = 0.5;
    let mut traffic = Traffic::new(&map.roads, Profile::by_hour(shares).unwrap());
    let bc = map.edge("BC");
    // 08:00 on a Tuesday.
    assert_eq!(traffic.edge(bc, now()).0.time, Millis::from_secs(100));
    drive(&map, &mut traffic, now());
    let (seen, source) = traffic.edge(bc, later(400));
    assert!(source == SpeedSource::Seen && seen.time > Millis::from_secs(200));
    traffic.tell(&map.roads, &[report(bc, Some(36.0))], now()).unwrap();
    assert_eq!(traffic.edge(bc, later(400)).0.time, Millis::from_secs(50));
}

#[test]
fn the_same_drives_give_the_same_weights() {
    let map = Map::draw(DETOUR);
    let weights = || {
        let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
        drive(&map, &mut traffic, now());
        traffic.weights(later(300))
    };
    assert_eq!(weights(), weights());
}
