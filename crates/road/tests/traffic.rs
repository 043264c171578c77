//! Traffic: what is reported, what the fleet observes, what is usual, and what comes of it on the road.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;

use common::Map;
use expect_test::{Expect, expect};
use paceline_model::{Instant, Millis, Position, VehicleId};
use paceline_road::traffic::{
    ProbeVehicle, Profile, Sensor, SensorOptions, SpeedReport, SpeedSource, Subject, Traffic, TrafficError,
};
use paceline_road::{EdgeId, Fix, Leg, MatchOptions, Matcher, RoadPoint, Roads, Search, TravelTimes};

/// Two paths from A to D: the upper one is shorter.
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
fn a_reported_speed_holds_until_its_time_and_a_slow_road_is_driven_around() {
    let map = Map::draw(DETOUR);
    let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
    let check = |traffic: &Traffic, at: Instant, expected: Expect| {
        expected.assert_eq(&streets(&map, &under(&map.roads, traffic, at)));
    };
    check(&traffic, now(), expect!["150 s by AB BC CD"]);
    traffic.ingest(&map.roads, &[report(map.edge("BC"), Some(18.0))], now()).unwrap();
    check(&traffic, now(), expect!["200 s by AB BC CD"]);
    traffic.ingest(&map.roads, &[report(map.edge("BC"), Some(3.6))], now()).unwrap();
    check(&traffic, now(), expect!["210 s by AE EF FD"]);
    check(&traffic, later(601), expect!["150 s by AB BC CD"]);
}

#[test]
fn a_closed_road_is_on_no_path_and_a_place_behind_it_is_out_of_reach() {
    let map = Map::draw(DETOUR);
    let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
    let closed = map.edge("BC");
    traffic.ingest(&map.roads, &[report(closed, None)], now()).unwrap();
    assert_eq!(traffic.edge(closed, now()), (Leg::UNREACHABLE, SpeedSource::Reported));
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
    traffic.ingest(&map.roads, &[report(map.edge("BC"), None), report(map.edge("CB"), None)], now()).unwrap();
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
        let error = traffic.ingest(&map.roads, &batch, now()).unwrap_err();
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
        traffic.ingest(&map.roads, &[SpeedReport { until: later(8 * 86_400), ..good }], now()),
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
        traffic.observe(&map.roads, stretch, ProbeVehicle::default());
    }
}

#[test]
fn two_drives_tell_a_jam_from_the_free_streets_beside_it_and_it_is_forgotten_in_time() {
    let map = Map::draw(DETOUR);
    let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
    for begin in [0, 30] {
        drive(&map, &mut traffic, later(begin));
    }
    let at = later(400);
    let (free, jam) = (kmh(&map, &traffic, "AB", at), kmh(&map, &traffic, "BC", at));
    assert!((free - 36.0).abs() < 36.0 * 0.1, "{free} km/h on AB");
    assert!((jam - 7.2).abs() < 7.2 * 0.2, "{jam} km/h on BC");
    assert_eq!(traffic.slow(0.5, at), [map.edge("BC")]);
    assert_eq!(traffic.edge(map.edge("CB"), at).1, SpeedSource::Usual, "the other direction was not driven");
    assert_eq!(traffic.edge(map.edge("BC"), at).1, SpeedSource::Observed);
    let hour = later(7_200);
    assert!((kmh(&map, &traffic, "BC", hour) - 36.0).abs() < 0.5);
    assert_eq!(traffic.edge(map.edge("BC"), hour).1, SpeedSource::Usual);
}

#[test]
fn reports_go_before_observations_and_both_before_what_is_usual() {
    let map = Map::draw(DETOUR);
    let mut shares = vec![1.0; 168];
    shares[24 + 7] = 0.5;
    shares[24 + 8] = 0.5;
    let mut traffic = Traffic::new(&map.roads, Profile::by_hour(shares).unwrap());
    let bc = map.edge("BC");
    // 08:00 on a Tuesday.
    assert_eq!(traffic.edge(bc, now()).0.time, Millis::from_secs(100));
    drive(&map, &mut traffic, now());
    let (observed, source) = traffic.edge(bc, later(400));
    assert!(source == SpeedSource::Observed && observed.time > Millis::from_secs(200));
    traffic.ingest(&map.roads, &[report(bc, Some(36.0))], now()).unwrap();
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

const RUSH: &str = "streets,days,hours,factor
# the whole town, then one street
all,mon-fri,7-9,0.5
edge 3,all,0-24,0.8
";

#[test]
fn a_profile_is_read_by_street_and_hour_of_the_citys_week() {
    let map = Map::draw(DETOUR);
    let shares = |text: &str, offset: i8, at: &str| {
        let traffic = Traffic::new(&map.roads, Profile::parse(text, &map.roads, offset).unwrap());
        let share = |edge: u32| {
            let (leg, source) = traffic.edge(EdgeId(edge), at.parse().unwrap());
            assert_eq!(source, SpeedSource::Usual);
            let free = map.roads.free_flow(EdgeId(edge)).time;
            (f64::from(free.0) / f64::from(leg.time.0) * 100.0).round()
        };
        format!("{} % on most, {} % on edge 3", share(0), share(3))
    };
    // 2026-11-24 is a Tuesday.
    let tuesday = |hour: &str| format!("2026-11-24T{hour}:00Z");
    expect!["50 % on most, 80 % on edge 3"].assert_eq(&shares(RUSH, 0, &tuesday("08:00")));
    expect!["100 % on most, 80 % on edge 3"].assert_eq(&shares(RUSH, 0, &tuesday("12:00")));
    // Half an hour before it is half-way there: no jump on the hour.
    expect!["75 % on most, 80 % on edge 3"].assert_eq(&shares(RUSH, 0, &tuesday("07:00")));
    // In New York it is five hours earlier.
    expect!["100 % on most, 80 % on edge 3"].assert_eq(&shares(RUSH, -5, &tuesday("08:00")));
    expect!["50 % on most, 80 % on edge 3"].assert_eq(&shares(RUSH, -5, &tuesday("13:00")));
    let band = "streets,days,hours,factor\nkmh 30-40,all,0-24,0.6\nkmh 50-90,all,0-24,0.1\n";
    expect!["60 % on most, 60 % on edge 3"].assert_eq(&shares(band, 0, &tuesday("12:00")));
}

#[test]
fn a_profile_with_a_bad_line_is_refused_with_line_field_value_and_rule() {
    let map = Map::draw(DETOUR);
    let check = |line: &str, expected: Expect| {
        let text = format!("streets,days,hours,factor\nall,mon,7-9,0.5\n{line}\n");
        expected.assert_eq(&Profile::parse(&text, &map.roads, 0).unwrap_err().to_string());
    };
    check(
        "edge 999,mon,7-9,0.5",
        expect!["line 3: streets is edge 999: must be an edge of this network, 0 to 11"],
    );
    check(
        "way 7,mon,7-9,0.5",
        expect!["line 3: streets is way 7: must be a way that a street of this network runs along"],
    );
    check(
        "motorways,mon,7-9,0.5",
        expect!["line 3: streets is motorways: must be all, edge N, way N or kmh A-B"],
    );
    check("kmh 50,mon,7-9,0.5", expect!["line 3: streets is kmh 50: must be a range such as kmh 50-90"]);
    check("all,mo,7-9,0.5", expect!["line 3: days is mo: must be all, mon, or a range such as mon-fri"]);
    check("all,mon,9-7,0.5", expect!["line 3: hours is 9-7: must be a range within 0-24, such as 7-9"]);
    check("all,mon,20-25,0.5", expect!["line 3: hours is 20-25: must be a range within 0-24, such as 7-9"]);
    check("all,mon,7-9,-0.5", expect!["line 3: factor is -0.5: must lie within 0.05 and 2"]);
    check("all,mon,7-9,NaN", expect!["line 3: factor is NaN: must lie within 0.05 and 2"]);
    check(
        "all,mon,7-9",
        expect!["line 3: line is all,mon,7-9: must have 4 fields, streets,days,hours,factor"],
    );
    let header = Profile::parse("way,hour,speed\n", &map.roads, 0).unwrap_err();
    expect!["line 1: header is way,hour,speed: must be streets,days,hours,factor"]
        .assert_eq(&header.to_string());
}

/// Positions of a drive along BC at a speed, one every `every_s`, from a moment on.
fn crawl(map: &Map, begin: Instant, metres_per_s: f64, every_s: u32, count: u32) -> Vec<Fix> {
    let fix = |i: u32| Fix {
        position: map.roads.position(map.place("BC", f64::from(i * every_s) * metres_per_s)),
        at: begin + Millis::from_secs(i * every_s),
    };
    (0..count).map(fix).collect()
}

fn sensor() -> Sensor<u8> {
    Sensor::new(SensorOptions { sigma_m: 5.0, trace_least: Millis::from_secs(10) })
}

fn kmh(map: &Map, traffic: &Traffic, street: &str, at: Instant) -> f64 {
    let leg = traffic.edge(map.edge(street), at).0;
    leg.distance.as_km() / leg.time.as_secs_f64() * 3_600.0
}

#[test]
fn a_jam_is_believed_within_a_few_metres_of_one_vehicle_however_often_the_street_was_free() {
    let map = Map::draw(DETOUR);
    for share in [0.1, 0.15, 0.3, 0.6] {
        let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
        let (mut sensor, name) = (sensor(), VehicleId::new("v1").unwrap());
        let mut drive = |leg: u8, fixes: Vec<Fix>| {
            for fix in fixes {
                sensor.ingest(fix.at, &name, Some(leg), fix);
                sensor.match_traces(&map.roads, &mut traffic, |_| {});
            }
        };
        for leg in 0..5 {
            drive(leg, crawl(&map, later(u32::from(leg) * 60), 10.0, 5, 11));
        }
        // At 36 km/h when empty; a minute of it.
        drive(9, crawl(&map, later(300), 10.0 * share, 5, 13));
        let observed = kmh(&map, &traffic, "BC", later(360));
        assert!((observed / (36.0 * share) - 1.0).abs() < 0.2, "{share}: {observed} km/h");
    }
}

#[test]
fn a_stop_at_a_light_is_a_part_of_the_drive_and_no_jam_and_a_stop_at_the_end_is_none_at_all() {
    let map = Map::draw(DETOUR);
    let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
    let (mut sensor, name) = (sensor(), VehicleId::new("v1").unwrap());
    // 250 m, 30 s at a light, 200 m, and then riders take 100 s to get out.
    let place = |s: u32| match s {
        0..25 => f64::from(s) * 10.0,
        25..55 => 250.0,
        55..75 => 250.0 + f64::from(s - 55) * 10.0,
        _ => 450.0,
    };
    for s in (0..175).step_by(5) {
        let fix = Fix { position: map.roads.position(map.place("BC", place(s))), at: later(s) };
        sensor.ingest(fix.at, &name, Some(1), fix);
        sensor.match_traces(&map.roads, &mut traffic, |_| {});
    }
    sensor.ingest(later(180), &name, None, crawl(&map, later(180), 0.0, 1, 1)[0]);
    sensor.match_traces(&map.roads, &mut traffic, |_| {});
    // 450 m in 75 s are 21.6 km/h.
    let observed = kmh(&map, &traffic, "BC", later(180));
    assert!((observed / 21.6 - 1.0).abs() < 0.25, "{observed} km/h");
    assert_eq!(traffic.slow(0.5, later(180)), []);
}

#[test]
fn probes_that_no_vehicle_can_have_made_are_counted_and_change_nothing() {
    let map = Map::draw(DETOUR);
    let mut traffic = Traffic::new(&map.roads, Profile::free_flow());
    let before = traffic.weights(later(100));
    let (mut sensor, name) = (sensor(), VehicleId::new("v1").unwrap());
    let here = map.roads.position(map.place("BC", 10.0));
    let there = map.roads.position(map.place("CD", 400.0));
    let sea = Position::new(0.0, 0.0).unwrap();
    let mut ingest = |leg, position, at| sensor.ingest(later(100), &name, Some(leg), Fix { position, at });
    ingest(1, here, later(0));
    ingest(1, there, later(1)); // 890 m in a second
    ingest(1, here, later(2));
    ingest(1, here, later(1)); // back in time
    ingest(1, here, later(9_000)); // tomorrow's news
    ingest(1, here, Instant(0)); // 1970
    (0..10).for_each(|i| ingest(2, sea, later(10 + i * 10)));
    sensor.match_traces(&map.roads, &mut traffic, |_| panic!("no drive is in this"));
    let counts = sensor.counts();
    assert!(counts.implausible == 5 && counts.matched == 0, "{counts:?}");
    assert_eq!(traffic.weights(later(100)), before);
    // Twenty times as fast as the street allows: believed to be a little faster, and no more.
    for fix in crawl(&map, later(20), 50.0, 1, 10) {
        sensor.ingest(later(100), &name, Some(3), fix);
    }
    sensor.ingest(later(100), &name, None, Fix { position: here, at: later(40) });
    sensor.match_traces(&map.roads, &mut traffic, |_| {});
    assert!(kmh(&map, &traffic, "BC", later(100)) <= 36.0 * 1.31);
}
