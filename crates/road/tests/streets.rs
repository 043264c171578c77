//! Legs, paths, nearest targets and reach on streets drawn in text.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;

use common::Map;
use expect_test::{Expect, expect};
use paceline_model::{Millis, MilliwattHours, MilliwattHoursPerKm, Position};
use paceline_road::{Direction, NearestQuery, RoadPoint, Search, Targets, TravelTimes};

/// Drives from one place to another and writes down time, distance and streets.
fn check_path(map: &str, from: (&str, f64), to: (&str, f64), expected: Expect) {
    let map = Map::draw(map);
    let mut search = Search::new(&map.roads);
    let (from, to) = (map.place(from.0, from.1), map.place(to.0, to.1));
    let path = map.roads.path(&mut search, from, to).unwrap();
    assert_eq!(path.leg, map.roads.leg(&mut search, from, to));
    assert_eq!(path.steps.last().unwrap().at, path.leg);
    let near = |place: Position, point: RoadPoint| place.distance_m(map.roads.position(point)) < 0.1;
    assert!(near(path.steps[0].position, from) && near(path.steps.last().unwrap().position, to));
    let streets: Vec<String> = path.edges.iter().map(|&edge| map.name(edge)).collect();
    let (seconds, metres) = (path.leg.time.as_secs_f64(), path.leg.distance.as_metres());
    expected.assert_eq(&format!("{seconds:.0} s, {metres:.0} m by {}", streets.join(" ")));
}

const BLOCK: &str = "
A-->--B
|     |
^     v
|     |
D--<--C";

#[test]
fn a_place_ahead_on_the_same_street_is_driven_to_directly() {
    check_path(BLOCK, ("AB", 100.0), ("AB", 400.0), expect!["30 s, 300 m by AB"]);
}

#[test]
fn a_place_behind_on_a_one_way_street_takes_the_way_around_the_block() {
    check_path(BLOCK, ("AB", 400.0), ("AB", 100.0), expect!["130 s, 1300 m by AB BC CD DA AB"]);
}

#[test]
fn a_place_behind_on_a_two_way_street_is_driven_to_directly_whichever_way_it_is_named() {
    for street in ["AB", "BA"] {
        let to = if street == "AB" { 100.0 } else { 400.0 };
        check_path("A-----B", ("AB", 400.0), (street, to), expect!["30 s, 300 m by BA"]);
    }
}

#[test]
fn a_two_way_street_is_left_by_its_nearer_end() {
    let map = "
A-----B
|     |
C-----D";
    check_path(map, ("AB", 100.0), ("CD", 100.0), expect!["30 s, 300 m by BA AC CD"]);
    check_path(map, ("AB", 400.0), ("CD", 400.0), expect!["30 s, 300 m by AB BD DC"]);
}

#[test]
fn no_drive_is_needed_to_where_one_is() {
    check_path(BLOCK, ("AB", 250.0), ("AB", 250.0), expect!["0 s, 0 m by AB"]);
}

#[test]
fn a_street_that_does_not_lead_back_is_left_out() {
    let map = Map::draw("A-->--B-----C");
    assert_eq!(map.roads.edge_count(), 2);
    assert_eq!(map.roads.node_count(), 2);
}

/// The same with turn restrictions.
fn check_restricted(map: &str, restrictions: &str, from: (&str, f64), to: (&str, f64), expected: Expect) {
    let map = Map::draw(map).with_turn_restrictions(restrictions);
    let mut search = Search::new(&map.roads);
    let (from, to) = (map.place(from.0, from.1), map.place(to.0, to.1));
    let Some(path) = map.roads.path(&mut search, from, to) else {
        return expected.assert_eq("no path");
    };
    assert_eq!(path.leg, map.roads.leg_without_hierarchy(&mut search, from, to));
    let streets: Vec<String> = path.edges.iter().map(|&edge| map.name(edge)).collect();
    expected.assert_eq(&format!("{:.0} s by {}", path.leg.time.as_secs_f64(), streets.join(" ")));
}

const CROSSING: &str = "
A--B--C
   |  |
   D--E";

#[test]
fn a_forbidden_turn_is_driven_around() {
    check_restricted(CROSSING, "no AB BD", ("AB", 100.0), ("BD", 100.0), expect!["60 s by AB BC CE ED"]);
}

#[test]
fn the_same_turn_is_made_by_those_who_come_from_elsewhere() {
    check_restricted(CROSSING, "no AB BD", ("CB", 100.0), ("BD", 100.0), expect!["20 s by CB BD"]);
}

#[test]
fn a_compulsory_turn_forbids_all_others() {
    check_restricted(CROSSING, "only AB BC", ("AB", 100.0), ("BD", 100.0), expect!["60 s by AB BC CE ED"]);
    check_restricted(CROSSING, "only AB BD", ("AB", 100.0), ("BC", 100.0), expect!["60 s by AB BD DE EC CB"]);
}

#[test]
fn of_several_compulsory_turns_any_is_made() {
    check_restricted(
        CROSSING,
        "only AB BD, only AB BC",
        ("AB", 100.0),
        ("BC", 100.0),
        expect!["20 s by AB BC"],
    );
}

#[test]
fn no_drive_turns_back_mid_block_to_cheat_a_restriction() {
    // Turns at B are restricted. C, straight on, is a place where only the street's name changes.
    let map = "
A--B--C--D--E
   |     |  |
   F     G--H";
    check_restricted(map, "no AB BF", ("AB", 100.0), ("BF", 100.0), expect!["100 s by AB BC CD DC CB BF"]);
}

#[test]
fn one_turns_back_at_a_dead_end() {
    let map = "
A--B--C
   |
   D";
    check_restricted(map, "no AB BD", ("AB", 100.0), ("BD", 100.0), expect!["60 s by AB BC CB BD"]);
}

#[test]
fn a_sign_may_forbid_even_that() {
    let map = "
A--B--C
   |
   D";
    check_restricted(map, "no AB BD, no BC CB", ("AB", 100.0), ("BD", 100.0), expect!["no path"]);
}

#[test]
fn one_may_be_told_to_turn_back() {
    check_restricted(CROSSING, "only AB BA", ("AB", 100.0), ("BC", 100.0), expect!["no path"]);
}

#[test]
fn a_start_on_the_street_itself_is_left_either_way() {
    check_restricted(CROSSING, "no AB BD", ("BD", 100.0), ("AB", 100.0), expect!["20 s by DB BA"]);
}

/// Searches for places at 50 m on each named street and writes down who was found, in order.
fn check_nearest(direction: Direction, count: usize, bound: Millis, expected: Expect) {
    let map = Map::draw(
        "
A-->--B--C
|     |  |
^     v  |
|     |  |
D--<--E--F",
    );
    let streets = ["AB", "BE", "ED", "DA", "BC", "CF", "EF"];
    let places = streets.map(|street| map.place(street, 50.0));
    let mut search = Search::new(&map.roads);
    let query = NearestQuery { place: map.place("AB", 250.0), count, bound };
    let targets = Targets::new(&map.roads, &places);
    let found = map.roads.nearest(&mut search, query, &targets, direction);
    let line = |found: &paceline_road::Found| {
        format!("{} {:.0}", streets[found.target as usize], found.leg.time.as_secs_f64())
    };
    expected.assert_eq(&found.iter().map(line).collect::<Vec<_>>().join(", "));
}

#[test]
fn the_nearest_come_first_along_the_roads() {
    check_nearest(
        Direction::FromSource,
        10,
        Millis::MAX,
        expect!["BE 30, BC 30, CF 50, ED 60, EF 60, DA 110, AB 140"],
    );
}

#[test]
fn the_nearest_come_first_against_the_roads() {
    check_nearest(
        Direction::ToSource,
        10,
        Millis::MAX,
        expect!["AB 20, DA 50, ED 100, EF 110, BE 130, BC 140, CF 150"],
    );
}

#[test]
fn no_more_than_asked_for_are_found() {
    check_nearest(Direction::FromSource, 2, Millis::MAX, expect!["BE 30, BC 30"]);
    check_nearest(Direction::FromSource, 0, Millis::MAX, expect![""]);
}

#[test]
fn nothing_beyond_the_bound_is_found_and_what_lies_on_it_is() {
    check_nearest(
        Direction::FromSource,
        10,
        Millis::from_secs(60),
        expect!["BE 30, BC 30, CF 50, ED 60, EF 60"],
    );
    check_nearest(Direction::FromSource, 10, Millis::from_secs(29), expect![""]);
}

#[test]
fn a_battery_reaches_the_far_ends_that_its_energy_pays_for() {
    let map = Map::draw("A--B--C--D");
    let mut search = Search::new(&map.roads);
    // 36 km/h is 22.4 mph: the factor is 0.955. From the middle of AB, B is 100 m away and C 300 m.
    let mut reach = |wh: f64| {
        let energy = MilliwattHours((wh * 1e3) as u32);
        let edges =
            map.roads.reachable(&mut search, map.place("AB", 100.0), MilliwattHoursPerKm(100_000), energy);
        edges.iter().map(|&edge| map.name(edge)).collect::<Vec<_>>().join(" ")
    };
    expect![""].assert_eq(&reach(9.0));
    expect!["AB BA"].assert_eq(&reach(10.0));
    expect!["AB BA BC"].assert_eq(&reach(29.0));
}

#[test]
fn one_search_serves_networks_of_any_size() {
    let small = Map::draw("A--B");
    let large = Map::draw(BLOCK);
    let mut search = Search::new(&small.roads);
    for map in [&small, &large, &small] {
        let from = map.place("AB", 100.0);
        assert!(map.roads.leg(&mut search, from, map.place("AB", 200.0)).is_reachable());
    }
}
