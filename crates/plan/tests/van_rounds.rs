//! Rounds of vans: whatever is asked, at whatever step the search is cut short, the plan passes a checker that was written from the rules.

use paceline_model::{Instant, Millis, Position, Version};
use paceline_plan::Budget;
use paceline_plan::bikes::Drives;
use paceline_plan::bikes::dispatch::{Asks, Plan, Planner, Prices, Problem, Station, ToldStop, Van, check};
use paceline_plan::bikes::inventory::OutagePrice;
use paceline_plan::forecast::stations::{RateSlot, Rates};
use paceline_road::Roads;
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

const QUARTER: Millis = Millis::from_secs(900);

fn at(east: i32, north: i32) -> Position {
    // 100 m a step.
    Position::from_e7(599_000_000 + north * 9_000, 107_000_000 + east * 18_000).expect("a place")
}

fn position() -> impl Strategy<Value = Position> {
    (0..60_i32, 0..60_i32).prop_map(|(east, north)| at(east, north))
}

prop_compose! {
    fn van()(
        position in position(),
        aboard in 0..=20_u32,
        stops_left in 0..4_u32,
        told in prop::collection::vec((position(), 0..900_u32), 0..3),
        ends in 0..14_400_u32,
        repairs in any::<bool>(),
        batteries in 0..8_u32,
        out in 0..8_u8,
    ) -> Van {
        Van {
            key: 0,
            position,
            told: told.into_iter().map(|(position, s)| ToldStop { position, takes: Millis::from_secs(s) }).collect(),
            aboard,
            capacity: 20,
            handling: Millis::from_secs(40),
            depot: at(30, 30),
            shift_ends_in: if ends < 10_000 { Millis::from_secs(ends) } else { Millis::MAX },
            stops_left,
            repairs,
            batteries,
            out: (out == 0).then_some(1),
        }
    }
}

prop_compose! {
    fn station()(
        position in position(),
        docks in prop::option::of(1..30_u32),
        bikes in 0..30_u32,
        (take_max, bring_max) in (0..30_u32, 0..30_u32),
        rates in prop::option::of((0.0..12.0_f64, 0.0..12.0_f64)),
        (bring, take, repair, inspect) in any::<(bool, bool, bool, bool)>(),
        swap in prop_oneof![Just(0), 0..12_u32],
        declined in prop::collection::vec(0..5_usize, 0..2),
    ) -> Station {
        let bikes = docks.map_or(bikes, |docks| bikes.min(docks));
        let slot = |(rentals_per_hour, returns_per_hour)| RateSlot {
            lasts: QUARTER,
            rates: Rates { rentals_per_hour, returns_per_hour },
        };
        Station {
            key: 0,
            position,
            docks,
            bikes,
            take_max: take_max.min(bikes),
            bring_max: bring_max.min(docks.map_or(30, |docks| docks - bikes)),
            wanted: (3, 20),
            outage: OutagePrice { empty: 1.0, full: 1.0 },
            rates: rates.map(|rates| Arc::from(vec![slot(rates); 8])),
            asks: Asks { bring, take: take && !bring, repair, inspect, swap },
            declined,
        }
    }
}

prop_compose! {
    fn problem()(
        mut vans in prop::collection::vec(van(), 0..5),
        mut stations in prop::collection::vec(station(), 0..12),
        minutes in 0..60_u64,
    ) -> Problem {
        (0..).zip(&mut vans).for_each(|(key, van)| van.key = key);
        (0..).zip(&mut stations).for_each(|(key, station)| station.key = key);
        let prices = Prices { driving_hour: 1.0, stop: 0.05, missing: 0.5, repair: 2.0, battery: 0.8 };
        let (at, change_battery) = (Instant(minutes * 60_000), Millis::from_secs(60));
        Problem { version: Version(3), at, vans, stations, prices, change_battery }
    }
}

/// A city, of which the places of a problem become corners and what lies between.
static STREETS: LazyLock<Arc<Roads>> =
    LazyLock::new(|| Arc::new(Roads::synthetic_city(400, 5).expect("a city").0));

fn in_city(problem: Problem) -> Problem {
    let (low, high) = STREETS.bounds();
    let moved = |place: Position| {
        let north = f64::from(place.lat_e7() - 599_000_000) / (60.0 * 9_000.0);
        let east = f64::from(place.lon_e7() - 107_000_000) / (60.0 * 18_000.0);
        let between = |from: f64, to: f64, share: f64| from + (to - from) * share;
        let lat = between(low.lat(), high.lat(), north);
        Position::new(lat, between(low.lon(), high.lon(), east)).expect("within the city")
    };
    let van = |van: Van| {
        let told = van.told.iter().map(|told| ToldStop { position: moved(told.position), ..*told });
        Van { position: moved(van.position), depot: moved(van.depot), told: told.collect(), ..van }
    };
    let station = |station: Station| Station { position: moved(station.position), ..station };
    Problem {
        vans: problem.vans.into_iter().map(van).collect(),
        stations: problem.stations.into_iter().map(station).collect(),
        ..problem
    }
}

/// A plan that passes the checker, which looks up each drive by itself.
fn solved((planner, mut drives): (&mut Planner, Drives), problem: &Problem, steps: u64) -> Plan {
    let plan = planner.solve(problem, &mut Budget::steps(steps));
    let checked = check(problem, &plan, &mut |from, to| drives.leg(from, to).time);
    assert_eq!(checked, Ok(()), "{steps} steps");
    plan
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// No van beyond its capacity, no station visited twice, nobody sent who is out, has declined or is going home; and one planner after
    /// the other says the same of the same.
    #[test]
    fn a_plan_keeps_the_rules_from_round_to_round(
        first in problem(),
        second in problem(),
        steps in 1..20_000_u64,
    ) {
        let (mut planner, mut again) = (Planner::default(), Planner::default());
        for problem in [&first, &second, &second] {
            let plan = |planner| solved((planner, Drives::default()), problem, steps);
            prop_assert_eq!(plan(&mut planner), plan(&mut again));
        }
    }

    /// The same where vans drive along streets, some one-way.
    #[test]
    fn a_plan_on_streets_keeps_the_rules(first in problem(), second in problem(), steps in 1..20_000_u64) {
        let mut planner = Planner::default();
        planner.drive_along(&STREETS);
        for problem in [in_city(first), in_city(second)] {
            solved((&mut planner, Drives::along(STREETS.clone())), &problem, steps);
        }
    }
}

/// A van with nothing aboard, an empty station and a full one.
fn short_and_full() -> Problem {
    let station = |key, east, bikes, asks| Station {
        key,
        position: at(east, 0),
        docks: Some(20),
        bikes,
        take_max: bikes,
        bring_max: 20 - bikes,
        wanted: (5, 15),
        outage: OutagePrice { empty: 1.0, full: 1.0 },
        rates: Some(Arc::from(vec![RateSlot { lasts: QUARTER, rates: Rates::default() }; 8])),
        asks,
        declined: Vec::new(),
    };
    let van = Van {
        key: 0,
        position: at(9, 0),
        told: Vec::new(),
        aboard: 0,
        capacity: 20,
        handling: Millis::from_secs(40),
        depot: at(9, 0),
        shift_ends_in: Millis::MAX,
        stops_left: 2,
        repairs: false,
        batteries: 0,
        out: None,
    };
    let (bring, take) = (Asks { bring: true, ..Asks::default() }, Asks { take: true, ..Asks::default() });
    let prices = Prices { driving_hour: 1.0, stop: 0.05, missing: 0.5, repair: 2.0, battery: 0.8 };
    let change_battery = Millis::from_secs(60);
    let stations = vec![station(0, 0, 0, bring), station(1, 6, 20, take)];
    Problem { version: Version(1), at: Instant(0), vans: vec![van], stations, prices, change_battery }
}

#[test]
fn what_is_in_the_way_at_one_station_goes_to_where_it_is_missing() {
    let plan = solved((&mut Planner::default(), Drives::default()), &short_and_full(), 50_000);
    let stops: Vec<(usize, i32)> = plan.tours[0].iter().map(|stop| (stop.station, stop.change)).collect();
    assert_eq!(stops, [(1, -5), (0, 5)]);
    assert!(plan.unserved.is_empty());
}

#[test]
fn whoever_is_not_sent_is_counted_by_why() {
    let mut problem = short_and_full();
    problem.vans[0].stops_left = 0;
    let plan = solved((&mut Planner::default(), Drives::default()), &problem, 50_000);
    assert!(plan.tours[0].is_empty());
    let why: Vec<_> = plan.unserved.iter().map(|unserved| format!("{:?}", unserved.excluded)).collect();
    assert_eq!(why, ["[(Busy, 1)]", "[(Busy, 1)]"]);
}
