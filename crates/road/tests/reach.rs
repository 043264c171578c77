//! Reach within time and energy, against the legs of the ordinary search.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;
#[path = "common/traces.rs"]
mod traces;

use common::{Link, Map, lattice, network};
use paceline_model::{Millis, MilliwattHours, MilliwattHoursPerKm, Position};
use paceline_road::{EdgeId, EnergyModel, Reach, ReachLimit, RoadPoint, Roads, Search, TravelTimes};
use traces::Rng;

/// A lattice of 10 by 6 with random links missing, closed one way, and of random speed.
fn random_town(rng: &mut Rng) -> Roads {
    loop {
        let mut links = Vec::new();
        for from in 0..60 {
            let right = (from % 10 < 9).then_some(from + 1);
            for to in right.into_iter().chain((from < 50).then_some(from + 10)) {
                let metres = lattice(from).distance_m(lattice(to));
                let kmh = 20.0 + (rng.next() % 60) as f64;
                let (ahead, back) =
                    (Link { from, to, metres, kmh }, Link { from: to, to: from, metres, kmh });
                match rng.next() % 6 {
                    0 => {}
                    1 => links.push(ahead),
                    2 => links.push(back),
                    _ => links.extend([ahead, back]),
                }
            }
        }
        if let Ok(roads) = network(60, &links)
            && roads.edge_count() > 60
        {
            return roads;
        }
    }
}

/// Whether a piece covers the place, under one of its names.
fn covers(roads: &Roads, reach: &Reach, place: RoadPoint) -> bool {
    let mirrored = roads.twin(place.edge).map(|edge| RoadPoint { edge, fraction: u16::MAX - place.fraction });
    [Some(place), mirrored].into_iter().flatten().any(|name| {
        let on = |piece: &&paceline_road::ReachedEdge| piece.edge == name.edge;
        reach.edges.iter().filter(on).any(|piece| (piece.from..=piece.to).contains(&name.fraction))
    })
}

#[test]
fn what_is_reached_in_time_is_what_the_search_reaches_in_time() {
    for seed in 1..=20 {
        let mut rng = Rng(seed);
        let roads = random_town(&mut rng);
        let mut search = Search::new(&roads);
        let (from, limit) = (rng.place(&roads), Millis(5_000 + (rng.next() % 60_000) as u32));
        let reach = roads.reach(from, ReachLimit::Time(limit));
        for _ in 0..300 {
            let to = rng.place(&roads);
            let time = roads.leg(&mut search, from, to).time;
            // Fractions are rounded: within some milliseconds of the limit either answer is right.
            if time.0.abs_diff(limit.0) > 5 {
                assert_eq!(
                    covers(&roads, &reach, to),
                    time < limit,
                    "seed {seed}: {to:?} after {time:?} of {limit:?}"
                );
            }
        }
    }
}

#[test]
fn every_piece_ends_within_the_limit() {
    let model = EnergyModel { consumption: MilliwattHoursPerKm(150_000), auxiliary_w: 900 };
    for seed in 1..=20 {
        let mut rng = Rng(seed);
        let roads = random_town(&mut rng);
        let from = rng.place(&roads);
        let energy = MilliwattHours(10_000 + (rng.next() % 90_000) as u32);
        let reach = roads.reach(from, ReachLimit::Energy(model, energy));
        assert!(reach.edges.iter().all(|piece| model.driving(piece.leg) <= energy), "seed {seed}");
        assert!(!reach.edges.is_empty());
    }
}

#[test]
fn a_heater_shortens_the_range() {
    let roads = Map::draw("A----------B").roads;
    let from = RoadPoint { edge: EdgeId(0), fraction: 0 };
    let range = |auxiliary_w| {
        let model = EnergyModel { consumption: MilliwattHoursPerKm(150_000), auxiliary_w };
        let reach = roads.reach(from, ReachLimit::Energy(model, MilliwattHours(60_000)));
        reach.edges.iter().map(|piece| piece.leg.distance.as_metres()).fold(0.0, f64::max)
    };
    // 36 km/h: the factor is 0.955, so 143 Wh/km for the wheels; 3.6 kW at 10 m/s is 100 Wh/km more.
    assert!((range(0) - 418.8).abs() < 1.0, "{}", range(0));
    assert!((range(3_600) - 246.7).abs() < 1.0, "{}", range(3_600));
}

/// Whether a place lies inside the area, by the even-odd rule over all its rings.
fn inside(area: &[Vec<Vec<Position>>], at: Position) -> bool {
    let crosses = |pair: &&[Position]| {
        let (a, b) = (pair[0], pair[1]);
        (a.lat() > at.lat()) != (b.lat() > at.lat())
            && at.lon() < a.lon() + (b.lon() - a.lon()) * (at.lat() - a.lat()) / (b.lat() - a.lat())
    };
    area.iter().flatten().flat_map(|ring| ring.windows(2)).filter(crosses).count() % 2 == 1
}

#[test]
fn the_area_holds_what_is_reached_and_not_what_is_far_from_it() {
    for seed in 1..=5 {
        let mut rng = Rng(seed);
        let roads = random_town(&mut rng);
        let from = rng.place(&roads);
        let reach = roads.reach(from, ReachLimit::Time(Millis::from_secs(20)));
        assert!(reach.area.iter().flatten().all(|ring| ring.first() == ring.last() && ring.len() > 3));
        let ends: Vec<Position> = reach
            .edges
            .iter()
            .map(|piece| roads.position(RoadPoint { edge: piece.edge, fraction: piece.to }))
            .collect();
        assert!(ends.iter().all(|&at| inside(&reach.area, at)), "seed {seed}");
        assert!(inside(&reach.area, roads.position(from)));
        for (_, line) in roads.street_polylines() {
            let far = ends.iter().all(|end| end.distance_m(line[0]) > 250.0);
            assert!(!(far && inside(&reach.area, line[0])), "seed {seed}: {} is too far", line[0]);
        }
    }
}

/// Twice the area of a ring on the map, positive if it runs counter-clockwise.
fn double_area(ring: &[Position]) -> f64 {
    ring.windows(2).map(|pair| pair[0].lon() * pair[1].lat() - pair[1].lon() * pair[0].lat()).sum()
}

#[test]
fn outer_rings_run_counter_clockwise_and_holes_clockwise() {
    let place =
        |column: u32, row: u32| Position::new(f64::from(row) * 0.004, f64::from(column) * 0.004).unwrap();
    let roads = Roads::chessboard(5, place).unwrap().0;
    let from = roads.snap(place(2, 2), 10.0).unwrap().point;
    let area = roads.reach(from, ReachLimit::Time(Millis(100_000))).area;
    let holes: Vec<&Vec<Position>> = area.iter().flat_map(|polygon| &polygon[1..]).collect();
    assert!(!holes.is_empty(), "blocks of 440 m are not reached in their middles");
    assert!(area.iter().all(|polygon| double_area(&polygon[0]) > 0.0));
    assert!(holes.into_iter().all(|hole| double_area(hole) < 0.0));
}
