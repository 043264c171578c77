//! One thread and several give the same, on a city that is large enough to be shared out.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;

use common::slow::{Slow, cost};
use paceline_model::Millis;
use paceline_road::{
    Customisation, Direction, EdgeId, Leg, NearestIndex, NearestQuery, RoadPoint, Roads, Search, Targets,
    TravelTimes,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

fn threads() -> [NonZeroUsize; 3] {
    [1, 2, 5].map(|count| NonZeroUsize::new(count).unwrap())
}

fn city() -> Roads {
    Roads::synthetic_city(12_000, 3).unwrap().0
}

/// Places spread over the city, another set for each `from`.
fn places(roads: &Roads, from: u32, count: u32) -> Vec<RoadPoint> {
    let edges = roads.edge_count() as u32;
    let place = |number: u32| RoadPoint {
        edge: EdgeId((number + from).wrapping_mul(2_654_435_761) % edges),
        fraction: (number.wrapping_mul(40_503) >> 3) as u16,
    };
    (0..count).map(place).collect()
}

/// Rush hour: every edge its own share slower, some closed.
fn rush_hour(roads: &Roads) -> Vec<Leg> {
    let slower = |(number, leg): (u32, &Leg)| match number % 97 {
        0 => Leg::UNREACHABLE,
        _ => Leg { time: Millis(leg.time.0 + leg.time.0 * (number % 7) / 3), ..*leg },
    };
    (0..).zip(roads.metric().weights()).map(slower).collect()
}

#[test]
fn the_same_seed_gives_the_same_city_and_the_same_bytes() {
    assert_eq!(city().as_bytes(), city().as_bytes());
    let (other, report) = Roads::synthetic_city(12_000, 4).unwrap();
    assert_ne!(city().as_bytes(), other.as_bytes());
    assert!((9_000..15_000).contains(&report.edges), "{} edges", report.edges);
}

#[test]
fn a_metric_does_not_depend_on_threads() {
    let roads = city();
    let metric = |threads, customisation| {
        format!("{:?}", roads.customise(rush_hour(&roads), customisation, threads).unwrap())
    };
    for customisation in [Customisation::Basic, Customisation::Perfect] {
        let [one, two, five] = threads().map(|threads| metric(threads, customisation));
        assert!(one == two && one == five);
    }
}

#[test]
fn a_change_of_few_edges_gives_what_customising_all_gives() {
    let roads = city();
    let changes: Vec<(EdgeId, Leg)> = (0..40)
        .map(|i| (EdgeId(i * 211), Leg { time: Millis(1 + i * 900), ..roads.free_flow(EdgeId(i * 211)) }))
        .collect();
    let mut weights = roads.metric().weights().to_vec();
    changes.iter().for_each(|&(edge, leg)| weights[edge.0 as usize] = leg);
    let whole = roads.customise(weights, Customisation::Perfect, threads()[1]).unwrap();
    let partly = roads.customise_changes(&changes, threads()[1]).unwrap();
    assert!(format!("{whole:?}") == format!("{partly:?}"));
}

#[test]
fn tables_and_legs_and_the_oracle_agree() {
    let roads = city();
    let metric = roads.customise(rush_hour(&roads), Customisation::Perfect, threads()[1]).unwrap();
    let roads = roads.with_metric(Arc::new(metric)).unwrap();
    let (from, to) = (places(&roads, 0, 21), places(&roads, 5_000, 40));
    let slow = Slow::new(&roads);
    let wanted: Vec<_> = from.iter().flat_map(|&from| slow.from(from, &to)).collect();
    for threads in threads() {
        let table: Vec<_> = roads.table(&from, &to, threads).into_iter().map(cost).collect();
        assert_eq!(table, wanted);
    }
    let mut search = Search::new(&roads);
    let legs = from.iter().flat_map(|&from| to.iter().map(move |&to| (from, to)));
    let legs: Vec<_> = legs.map(|(from, to)| cost(roads.leg(&mut search, from, to))).collect();
    assert_eq!(legs, wanted);
}

#[test]
fn the_nearest_do_not_depend_on_threads_and_follow_targets_that_move() {
    let roads = city();
    let mut vehicles = places(&roads, 0, 700);
    let query = |place| NearestQuery { place, count: 9, bound: Millis(900_000) };
    let queries: Vec<NearestQuery> = places(&roads, 9_000, 150).into_iter().map(query).collect();
    let mut search = Search::new(&roads);
    for direction in [Direction::FromSource, Direction::ToSource] {
        let mut kept_up: Vec<NearestIndex> = threads()
            .map(|threads| {
                NearestIndex::new(
                    &roads,
                    Targets::new(&roads, &vehicles),
                    direction,
                    9,
                    Millis(900_000),
                    threads,
                )
            })
            .into();
        for round in 0..3 {
            let targets = Targets::new(&roads, &vehicles);
            let one = |&query| roads.nearest(&mut search, query, &targets, direction);
            let wanted: Vec<_> = queries.iter().map(one).collect();
            for (index, threads) in kept_up.iter_mut().zip(threads()) {
                index.update(targets.clone());
                assert!(index.answer(&queries, threads).0 == wanted, "{direction:?} in round {round}");
            }
            for (vehicle, new) in vehicles.iter_mut().step_by(9).zip(places(&roads, 70 * round, 99)) {
                *vehicle = new;
            }
        }
    }
}

#[test]
fn sweeps_and_searches_give_the_same_on_either_side_of_the_choice() {
    let roads = city();
    let query = |(number, place): (usize, RoadPoint)| NearestQuery {
        place,
        count: 1 + number % 8,
        bound: Millis(200_000 + 5_000 * number as u32),
    };
    for (orders, vehicles) in [(3, 900), (400, 20)] {
        let queries: Vec<NearestQuery> =
            places(&roads, 7_000, orders).into_iter().enumerate().map(query).collect();
        assert_eq!(roads.batching_pays(orders as usize, vehicles as usize, 8), orders > vehicles);
        let targets = Targets::new(&roads, &places(&roads, 0, vehicles));
        let mut search = Search::new(&roads);
        let direction = Direction::ToSource;
        let one = |&query| roads.nearest(&mut search, query, &targets, direction);
        let wanted: Vec<_> = queries.iter().map(one).collect();
        for threads in threads() {
            let found =
                roads.nearest_for_all(&mut Search::new(&roads), &queries, &targets, direction, threads);
            assert!(found == wanted);
        }
    }
}
