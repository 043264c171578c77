//! Imports of small extracts written by hand: what is kept, what is simplified, what is left out, and each by name.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "common/pbf.rs"]
mod pbf;

use expect_test::{Expect, expect};
use paceline_model::{Millis, Position};
use paceline_road::{
    DimacsWeight, ImportOptions, ImportReport, RoadError, Roads, Search, TravelTimes, WayIndex,
};
use pbf::Extract;

fn import(extract: &[u8]) -> Result<(Roads, ImportReport), RoadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.osm.pbf");
    std::fs::write(&path, extract).unwrap();
    Roads::import_osm_pbf(&path, &ImportOptions { country: Some("DE".into()), ..ImportOptions::default() })
}

/// A square 1-2-3-4 of residential streets, 111 m a side, with node 5 and 6 to the east and 9 in the sea.
fn square() -> Extract {
    Extract::default()
        .node(1, 0.0, 0.0, "")
        .node(2, 0.0, 0.001, "")
        .node(3, 0.001, 0.001, "")
        .node(4, 0.001, 0.0, "")
        .node(5, 0.0, 0.002, "")
        .node(6, 0.001, 0.002, "")
        .way(10, &[1, 2, 3, 4, 1], "highway=residential name=Ring maxspeed=30")
}

/// Imports and writes down what the report names beside the streets.
fn check(extract: Extract, expected: Expect) {
    let (roads, report) = import(&extract.bytes()).unwrap();
    let line = |(reason, count): (&&str, &u64)| format!("{count} {reason}\n");
    let names: String = report.simplified.iter().chain(&report.skipped).map(line).collect();
    let (edges, turns) = (roads.edge_count(), roads.restriction_count());
    expected.assert_eq(&format!("{edges} edges, {turns} restrictions\n{names}"));
}

#[test]
fn a_ferry_that_takes_cars_is_named_and_one_that_does_not_is_no_street() {
    let ferries = square().way(11, &[2, 5], "route=ferry motor_vehicle=yes").way(12, &[3, 6], "route=ferry");
    check(
        ferries,
        expect![[r#"
            2 edges, 0 restrictions
            1 ferry that takes cars: not boarded, its waits are not known
        "#]],
    );
}

#[test]
fn a_roundabout_is_driven_one_way_and_its_arms_both() {
    let roundabout = Extract::default()
        .node(1, 0.0, 0.0, "")
        .node(2, 0.0, 0.001, "")
        .node(3, 0.001, 0.001, "")
        .node(4, 0.0, 0.002, "")
        .node(5, 0.002, 0.001, "")
        .way(10, &[1, 2, 3, 1], "highway=tertiary junction=roundabout")
        .way(11, &[2, 4], "highway=residential")
        .way(12, &[3, 5], "highway=residential");
    let (roads, _) = import(&roundabout.bytes()).unwrap();
    assert_eq!(roads.edge_count(), 2 + 4, "two arcs of the ring, two arms both ways");
    let leg = |from: (f64, f64), to: (f64, f64)| {
        let place = |at: (f64, f64)| roads.snap(Position::new(at.0, at.1).unwrap(), 10.0).unwrap().point;
        roads.leg(&mut Search::new(&roads), place(from), place(to)).distance.as_metres()
    };
    let (ahead, back) = (leg((0.0, 0.002), (0.002, 0.001)), leg((0.002, 0.001), (0.0, 0.002)));
    assert!((ahead - 333.6).abs() < 1.0 && back > ahead + 150.0, "{ahead} m ahead, {back} m back");
}

#[test]
fn the_two_carriageways_of_one_street_stay_two_streets() {
    let dual = square()
        .way(11, &[2, 5], "highway=primary oneway=yes name=Avenue")
        .way(12, &[5, 6], "highway=primary")
        .way(13, &[6, 3], "highway=primary oneway=yes name=Avenue");
    check(
        dual,
        expect![[r#"
        8 edges, 0 restrictions
    "#]],
    );
}

#[test]
fn what_depends_on_the_hour_keeps_its_base_value_and_is_named() {
    let hours = square()
        .way(
            11,
            &[2, 5],
            "highway=residential motor_vehicle:conditional=no@(22:00-06:00) maxspeed:conditional=20@night",
        )
        .way(12, &[5, 6], "highway=residential oneway:conditional=yes@(07:00-09:00) maxspeed=signals")
        .way(13, &[6, 3], "highway=residential access=destination")
        .way(14, &[4, 5], "highway=residential oneway=reversible");
    check(
        hours,
        expect![[r#"
            6 edges, 0 restrictions
            1 access by the hour: open as at other hours
            1 direction by the hour: open as at other hours
            1 open to those with a destination there: open to all
            1 speed limit by the hour: the general one holds
            1 speed limit that is no number: the default holds
            1 direction changes with the hour
        "#]],
    );
}

#[test]
fn a_missing_limit_is_the_national_one_and_counted() {
    let streets =
        square().way(11, &[2, 5], "highway=motorway oneway=no").way(12, &[3, 6], "highway=residential");
    let (roads, report) = import(&streets.bytes()).unwrap();
    assert_eq!((report.speed_defaults.as_str(), report.speeds_by_default), ("DE", 2));
    let speed = |way: i64| {
        let edge = WayIndex::new(&roads).edges(way).next().unwrap();
        let leg = roads.edge_leg(edge);
        (leg.distance.as_km() / leg.time.as_secs_f64() * 3_600.0).round()
    };
    assert_eq!((speed(10), speed(11), speed(12)), (30.0, 120.0, 50.0));
}

#[test]
fn turn_restrictions_are_kept_where_they_can_be_and_named_where_not() {
    let cross = square().way(11, &[2, 5], "highway=residential").way(12, &[5, 6, 3], "highway=residential");
    let plain = [("from", 1, 10), ("via", 0, 2), ("to", 1, 11)];
    let turns = cross
        .relation(1, &plain, "type=restriction restriction=only_right_turn")
        .relation(
            2,
            &[("from", 1, 10), ("via", 1, 11), ("to", 1, 12)],
            "type=restriction restriction=no_u_turn",
        )
        .relation(3, &[("from", 1, 10), ("via", 0, 2)], "type=restriction restriction=no_left_turn")
        .relation(4, &plain, "type=restriction restriction:conditional=no_left_turn@(07:00-09:00)")
        .relation(5, &plain, "type=restriction restriction:hgv=no_left_turn")
        .relation(6, &plain, "type=restriction restriction=no_left_turn except=bus;motorcar")
        .relation(7, &plain, "type=restriction restriction=give_way")
        .relation(
            8,
            &[("from", 1, 77), ("via", 0, 2), ("to", 1, 11)],
            "type=restriction restriction=no_left_turn",
        )
        .relation(
            9,
            &[("from", 1, 10), ("via", 0, 999), ("to", 1, 11)],
            "type=restriction restriction=no_left_turn",
        )
        .relation(
            10,
            &[("from", 1, 10), ("from", 1, 12), ("via", 0, 3), ("to", 1, 10)],
            "type=restriction restriction=no_left_turn",
        )
        .relation(11, &[("outer", 1, 10)], "type=multipolygon");
    check(
        turns,
        expect![[r#"
            8 edges, 2 restrictions
            1 turn restriction for certain hours only
            1 turn restriction for other vehicles only
            1 turn restriction of an unknown kind
            2 turn restriction on a street that was left out
            1 turn restriction that cars are excepted from
            1 turn restriction with more than one way in or out
            1 turn restriction without its members
        "#]],
    );
}

#[test]
fn no_entry_may_name_several_ways_in() {
    let streets = square().way(11, &[2, 5], "highway=residential").way(12, &[5, 6, 3], "highway=residential");
    let members = [("from", 1, 11), ("from", 1, 10), ("via", 0, 2), ("to", 1, 10)];
    let (roads, _) =
        import(&streets.relation(1, &members, "type=restriction restriction=no_entry").bytes()).unwrap();
    assert!(roads.restriction_count() >= 3);
}

#[test]
fn an_edge_knows_the_ways_that_it_runs_along() {
    let chain = square()
        .way(7, &[2, 5], "highway=residential")
        .way(8_000_000_001, &[6, 5], "highway=residential")
        .way(12, &[6, 3], "highway=residential");
    let (roads, _) = import(&chain.bytes()).unwrap();
    let index = WayIndex::new(&roads);
    let edges: Vec<_> = index.edges(8_000_000_001).collect();
    assert_eq!(edges.len(), 2);
    for edge in edges {
        let parts: Vec<_> = roads.edge_ways(edge).collect();
        let metres: f64 = parts.iter().map(|part| part.length.as_metres()).sum();
        assert!((metres - roads.edge_leg(edge).distance.as_metres()).abs() < 0.05);
        let directions: Vec<bool> =
            parts.iter().filter(|part| part.way == 8_000_000_001).map(|p| p.forward).collect();
        assert_eq!((parts.len(), directions.len()), (3, 1), "one street of three ways");
    }
    assert_eq!(index.edges(999).count(), 0);
}

#[test]
fn an_island_is_left_out_and_counted_and_a_lone_dead_end_is_no_network() {
    let island =
        square().node(7, 0.5, 0.5, "").node(8, 0.5, 0.501, "").way(11, &[7, 8], "highway=residential");
    check(
        island,
        expect![[r#"
            2 edges, 0 restrictions
            1 street that does not lead back (not in the largest strongly connected part)
        "#]],
    );
    let trap = Extract::default().node(1, 0.0, 0.0, "").node(2, 0.0, 0.001, "").way(
        10,
        &[1, 2],
        "highway=residential oneway=yes",
    );
    let error = import(&trap.bytes()).unwrap_err().to_string();
    expect!["no drivable streets in the input that lead back to where they began (1 led nowhere); left out: 1 x street that does not lead back (not in the largest strongly connected part)"]
        .assert_eq(&error);
}

/// Where a cut falls between two blocks, or within the four bytes of the next one's length, what remains is an extract
/// without ways, or without restrictions.
#[test]
fn an_extract_cut_at_any_byte_is_refused_or_lacks_what_was_cut() {
    let turn = [("from", 1, 10), ("via", 0, 2), ("to", 1, 10)];
    let arm = square().way(11, &[2, 5], "highway=residential");
    let whole = arm.relation(1, &turn, "type=restriction restriction=no_u_turn").bytes();
    let mut read = 0;
    for length in 0..whole.len() {
        match import(&whole[..length]) {
            Ok((roads, _)) => {
                assert_eq!(roads.restriction_count(), 0);
                read += 1;
            }
            Err(error) => assert!(matches!(error, RoadError::Osm(_) | RoadError::Empty { .. }), "{error}"),
        }
    }
    assert_eq!(read, 4, "only the cut before the restrictions leaves a network");
    assert!(import(&whole).unwrap().0.restriction_count() > 0);
}

#[test]
fn a_flipped_byte_never_panics() {
    let whole = square().bytes();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x11;
        // Extracts carry no checksums: a changed name is a good name. What is asserted is that nothing breaks.
        _ = import(&damaged);
    }
}

const CO: &str = "c a triangle\np aux sp co 3\nv 1 0 0\nv 2 1000 0\nv 3 0 1000\n";

fn dimacs(gr: &str, co: &str, weight: DimacsWeight) -> Result<(Roads, ImportReport), RoadError> {
    Roads::import_dimacs(gr.as_bytes(), co.as_bytes(), weight)
}

#[test]
fn a_dimacs_graph_has_its_own_weights() {
    let gr = "p sp 3 4\na 1 2 5000\na 2 1 5000\na 2 3 9000\na 3 1 7000\n";
    let (roads, report) = dimacs(gr, CO, DimacsWeight::Milliseconds).unwrap();
    assert_eq!((report.read, roads.edge_count(), roads.node_count()), (4, 4, 3));
    let edges = (0..4).map(paceline_road::EdgeId);
    let mut times: Vec<u32> = edges.map(|edge| roads.edge_leg(edge).time.0).collect();
    times.sort_unstable();
    assert_eq!(times, [5_000, 5_000, 7_000, 9_000]);
    let (roads, _) = dimacs(gr, CO, DimacsWeight::Metres { kmh: 36.0 }).unwrap();
    let edges = (0..roads.edge_count() as u32).map(paceline_road::EdgeId);
    let longest = edges.map(|edge| roads.edge_leg(edge)).max().unwrap();
    assert_eq!(longest.distance.as_metres(), 16_000.0, "two arcs of one speed are one street");
    assert_eq!(longest.time, Millis::from_secs(1_600));
}

#[test]
fn a_faulty_dimacs_file_is_refused_with_its_line() {
    let check = |gr: &str, co: &str, expected: Expect| {
        expected.assert_eq(&dimacs(gr, co, DimacsWeight::Milliseconds).unwrap_err().to_string());
    };
    check(
        "p sp 3 1\na 1 9 5\n",
        CO,
        expect!["cannot read the DIMACS gr file, line 2: a node is not listed in the .co file"],
    );
    check(
        "p sp 3 1\na 1 2 -5\n",
        CO,
        expect!["cannot read the DIMACS gr file, line 2: a weight must lie within 0 and 2147483647"],
    );
    check(
        "edges: 4\n",
        CO,
        expect![
            "cannot read the DIMACS gr file, line 1: expected `p sp NODES ARCS`, then `a FROM TO WEIGHT`"
        ],
    );
    check(
        "",
        "v 1 0 95000000\n",
        expect!["cannot read the DIMACS co file, line 1: lat is 95: must lie within -90 and 90"],
    );
    check(
        "",
        "v 4 0 0\n",
        expect!["cannot read the DIMACS co file, line 1: nodes must be listed as 1, 2, 3 and so on"],
    );
}
