//! Access, barriers and turns as OpenStreetMap has them, each on a small map of its own: what is driven, and what is not.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "common/pbf.rs"]
mod pbf;

use paceline_model::Position;
use paceline_road::{ImportOptions, ImportReport, Roads, Search, TravelTimes};
use pbf::Extract;

/// Degrees of latitude, or of longitude at the equator, of 100 m.
const HECTOMETRE: f64 = 100.0 / 111_195.08;

fn import(extract: &Extract) -> (Roads, ImportReport) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.osm.pbf");
    std::fs::write(&path, extract.bytes()).unwrap();
    Roads::import_osm_pbf(&path, &ImportOptions { country: Some("DE".into()), ..ImportOptions::default() })
        .unwrap()
}

/// Nodes by their places in hectometres to the north and to the east, numbered from 1.
fn nodes(places: &[(f64, f64)]) -> Extract {
    let add = |extract: Extract, (id, &(north, east)): (i64, &(f64, f64))| {
        extract.node(id, north * HECTOMETRE, east * HECTOMETRE, "")
    };
    (1..).zip(places).fold(Extract::default(), add)
}

fn place(north: f64, east: f64) -> Position {
    Position::new(north * HECTOMETRE, east * HECTOMETRE).unwrap()
}

/// The metres of the drive from one place to another, to the next ten.
fn metres(roads: &Roads, from: (f64, f64), to: (f64, f64)) -> f64 {
    let snap = |at: (f64, f64)| roads.snap(place(at.0, at.1), 200.0).unwrap().point;
    let leg = roads.leg(&mut Search::new(roads), snap(from), snap(to));
    assert!(leg.is_reachable(), "{from:?} to {to:?}");
    (leg.distance.as_metres() / 10.0).round() * 10.0
}

/// Four streets around a block of 4 x 4 hectometres; the southern one is as the tags say, with node 5 in its middle.
fn block(south: &str, middle: &str) -> Extract {
    nodes(&[(0.0, 0.0), (0.0, 4.0), (4.0, 4.0), (4.0, 0.0)])
        .node(5, 0.0, 2.0 * HECTOMETRE, middle)
        .way(101, &[1, 5, 2], &format!("highway=residential {south}"))
        .way(102, &[2, 3], "highway=residential")
        .way(103, &[3, 4], "highway=residential")
        .way(104, &[4, 1], "highway=residential")
}

/// Metres to the east and to the west along the southern street, 10 m off its corners: 380 where it is driven, 1,220 round the block.
fn both_ways(south: &str) -> (f64, f64) {
    let (roads, _) = import(&block(south, ""));
    (metres(&roads, (0.0, 0.1), (0.0, 3.9)), metres(&roads, (0.0, 3.9), (0.0, 0.1)))
}

#[test]
fn a_direction_that_access_closes_is_not_driven() {
    assert_eq!(both_ways(""), (380.0, 380.0));
    for closed_back in [
        "motor_vehicle:backward=no",
        "access:backward=no",
        "vehicle:backward=private",
        "oneway:motorcar=yes",
        "oneway:vehicle=yes",
        "oneway=yes",
    ] {
        assert_eq!(both_ways(closed_back), (380.0, 1_220.0), "{closed_back}");
    }
    assert_eq!(both_ways("motorcar:forward=no"), (1_220.0, 380.0));
    assert_eq!(both_ways("oneway=yes oneway:motor_vehicle=no"), (380.0, 380.0));
}

#[test]
fn a_street_whose_list_of_values_has_none_for_cars_is_left_out() {
    let (roads, report) = import(&block("motor_vehicle=agricultural;forestry", ""));
    assert_eq!(roads.edge_count(), 2);
    assert_eq!(report.skipped["closed to cars (access)"], 1);
    assert_eq!(both_ways("access=private;customers"), (380.0, 380.0));
}

#[test]
fn a_barrier_makes_a_street_a_dead_end_on_both_sides() {
    for barrier in ["bollard", "cycle_barrier", "sump_buster", "bus_trap", "gate locked=yes", "planter"] {
        let (roads, report) = import(&block("", &format!("barrier={barrier}")));
        assert_eq!(metres(&roads, (0.0, 1.0), (0.0, 3.0)), 100.0 + 1_200.0 + 100.0, "{barrier}");
        let simplified = "node with a barrier that stops cars: the street is a dead end on both sides";
        assert_eq!(report.simplified[simplified], 1);
        // Both sides are still there, and a vehicle there turns back at the barrier.
        let beside = roads.snap(place(0.0, 1.9), 50.0).unwrap();
        assert!(beside.distance_m < 0.1);
    }
}

#[test]
fn a_barrier_that_is_open_to_cars_is_driven_through() {
    for open in [
        "bollard motorcar=yes",
        "bollard vehicle=designated",
        "gate",
        "toll_booth",
        "lift_gate access=destination",
    ] {
        let (roads, _) = import(&block("", &format!("barrier={open}")));
        assert_eq!(metres(&roads, (0.0, 1.0), (0.0, 3.0)), 200.0, "{open}");
    }
}

#[test]
fn a_track_is_driven_where_any_mode_opens_it() {
    for (tags, driven) in
        [("motorcar=designated", true), ("access=yes", true), ("", false), ("vehicle=no access=yes", false)]
    {
        let track = nodes(&[(0.0, 0.0), (0.0, 4.0), (4.0, 4.0)])
            .way(101, &[1, 2], &format!("highway=track {tags}"))
            .way(102, &[2, 3], "highway=residential")
            .way(103, &[3, 1], "highway=residential");
        let (roads, _) = import(&track);
        assert_eq!(roads.snap(place(0.0, 2.0), 20.0).is_some(), driven, "{tags}");
    }
}

/// A main road from west to east along the ground line, with a lane to the south at its middle, and a road round in the north.
fn lane() -> Extract {
    nodes(&[(0.0, -4.0), (0.0, 0.0), (0.0, 4.0), (-2.0, 0.0), (4.0, 0.0)])
        .way(101, &[1, 2], "highway=residential name=West")
        .way(102, &[2, 3], "highway=residential name=East")
        .way(103, &[2, 4], "highway=residential name=Lane")
        .way(104, &[1, 5, 3], "highway=residential name=Round")
}

#[test]
fn a_lane_that_signs_let_nobody_enter_is_left_out_and_places_there_lie_on_the_next_street() {
    let signs = lane()
        .relation(
            1,
            &[("from", 1, 101), ("via", 0, 2), ("to", 1, 103)],
            "type=restriction restriction=no_right_turn",
        )
        .relation(
            2,
            &[("from", 1, 102), ("via", 0, 2), ("to", 1, 103)],
            "type=restriction restriction=no_left_turn",
        );
    let (roads, report) = import(&signs);
    assert_eq!(report.skipped["street that turn restrictions let nobody enter, or nobody leave"], 1);
    let on = roads.snap(place(-0.2, 0.0), 250.0).unwrap();
    assert!((on.distance_m - 20.0).abs() < 0.5, "{} m to the main road", on.distance_m);
    // One of the two turns is allowed: the lane stays, and is driven to.
    let one = lane().relation(
        1,
        &[("from", 1, 101), ("via", 0, 2), ("to", 1, 103)],
        "type=restriction restriction=no_right_turn",
    );
    let (roads, report) = import(&one);
    assert!(report.skipped.is_empty());
    assert!(metres(&roads, (0.0, -1.0), (-1.0, 0.0)) > 1_000.0, "round, and in from the east");
}

#[test]
fn no_u_turn_on_one_way_through_its_node_forbids_turning_back_alone() {
    let through = lane().way(105, &[1, 2, 3], "highway=residential name=Main").relation(
        1,
        &[("from", 1, 105), ("via", 0, 2), ("to", 1, 105)],
        "type=restriction restriction=no_u_turn",
    );
    let (roads, _) = import(&through);
    assert_eq!(metres(&roads, (0.0, -3.0), (0.0, 3.0)), 600.0);
    let straight = lane().way(105, &[1, 2, 3], "highway=residential name=Main").relation(
        1,
        &[("from", 1, 105), ("via", 0, 2), ("to", 1, 105)],
        "type=restriction restriction=no_straight_on",
    );
    assert!(roads.restriction_count() == 2, "one for each direction");
    let turns: Vec<_> = import(&straight).0.turn_restrictions().collect();
    assert_eq!(turns.len(), 2);
}

/// Two carriageways of a main road with a link between them at x = 4, and another at x = 12: eastwards below, westwards above.
fn carriageways() -> Extract {
    nodes(&[(0.0, 0.0), (0.0, 4.0), (0.0, 12.0), (0.2, 12.0), (0.2, 4.0), (0.2, 0.0)])
        .way(101, &[1, 2], "highway=primary oneway=yes")
        .way(102, &[2, 3], "highway=primary oneway=yes")
        .way(103, &[2, 5], "highway=primary_link")
        .way(104, &[5, 6], "highway=primary oneway=yes")
        .way(105, &[4, 5], "highway=primary oneway=yes")
        .way(106, &[3, 4], "highway=primary_link")
        .way(107, &[6, 1], "highway=primary_link")
}

#[test]
fn a_restriction_over_a_way_between_is_obeyed_by_those_who_come_that_way_alone() {
    let over = [("from", 1, 101), ("via", 1, 103), ("to", 1, 104)];
    let no_u_turn = carriageways().relation(1, &over, "type=restriction restriction=no_u_turn");
    let (free, signed) = (import(&carriageways()).0, import(&no_u_turn).0);
    assert_eq!(signed.forbidden_walks().count(), 1);
    // From the western stretch to the one above it: 100 m, the link, 300 m; or on to the second link, 800 m further.
    assert_eq!(metres(&free, (0.0, 3.0), (0.2, 1.0)), 100.0 + 20.0 + 300.0);
    assert_eq!(metres(&signed, (0.0, 3.0), (0.2, 1.0)), 100.0 + 800.0 + 20.0 + 800.0 + 300.0);
    // Who begins on the link may go either way.
    assert_eq!(metres(&signed, (0.1, 4.0), (0.2, 1.0)), 310.0);
    // In both, each edge of the way over the link may be driven after the one before.
    let walk = signed.forbidden_walks().next().unwrap();
    assert!(walk.windows(2).all(|pair| signed.may_turn(pair[0], pair[1])));
}

#[test]
fn a_way_that_must_be_gone_over_another_leaves_no_other_way_off() {
    let only = [("from", 1, 101), ("via", 1, 102), ("via", 1, 106), ("to", 1, 105)];
    let (roads, _) = import(&carriageways().relation(1, &only, "type=restriction restriction=only_u_turn"));
    assert_eq!(
        metres(&roads, (0.0, 3.0), (0.2, 1.0)),
        100.0 + 800.0 + 20.0 + 800.0 + 300.0,
        "the first link is no choice"
    );
}

#[test]
fn streets_over_the_180th_meridian_are_as_long_as_elsewhere() {
    // Two streets of 200 m from west to east and their ends, about the meridian; one crosses it between its nodes.
    let east = |hectometres: f64| {
        let lon = 180.0 + hectometres * HECTOMETRE;
        if lon > 180.0 { lon - 360.0 } else { lon }
    };
    let map = Extract::default()
        .node(1, 0.0, east(-1.0), "")
        .node(2, 0.0, east(0.0), "")
        .node(3, 0.0, east(1.0), "")
        .node(4, HECTOMETRE, east(-1.0), "")
        .node(5, HECTOMETRE, east(1.0), "")
        .way(101, &[1, 2, 3], "highway=residential")
        .way(102, &[3, 5], "highway=residential")
        .way(103, &[5, 4], "highway=residential")
        .way(104, &[4, 1], "highway=residential oneway=yes");
    let (roads, report) = import(&map);
    assert!((report.edge_km - 1.1).abs() < 0.001, "{} km", report.edge_km);
    let at = |north: f64, off: f64| Position::new(north * HECTOMETRE, east(off)).unwrap();
    let snap = |at: Position| roads.snap(at, 20.0).unwrap();
    assert!(snap(at(0.1, 0.3)).distance_m < 10.1 && snap(at(1.1, -0.3)).distance_m < 10.1);
    let (from, to) = (snap(at(1.0, -0.5)), snap(at(1.0, 0.5)));
    let path = roads.path(&mut Search::new(&roads), from.point, to.point).unwrap();
    assert!((path.leg.distance.as_metres() - 100.0).abs() < 0.5);
    let model =
        paceline_road::EnergyModel { consumption: paceline_model::MilliwattHoursPerKm(1), auxiliary_w: 0 };
    let drawn = paceline_road::geojson::route(&roads, from.point, &path, model, None);
    assert_eq!(drawn["geometry"]["type"], "MultiLineString");
    let reach = roads.reach(from.point, paceline_road::ReachLimit::Time(paceline_model::Millis(60_000)));
    let sides: Vec<bool> = reach.area.iter().map(|polygon| polygon[0][1].lon() > 0.0).collect();
    assert!(sides.contains(&true) && sides.contains(&false), "{sides:?}");
    for ring in reach.area.iter().flatten() {
        assert!(ring.windows(2).all(|pair| (pair[0].lon() - pair[1].lon()).abs() < 1.0));
    }
}

/// A street from south to north with a one-way lane to the west at its southern end, and a road back round.
#[test]
fn who_stands_at_a_junction_leaves_by_any_street_and_is_reached_by_any() {
    let map = nodes(&[(0.0, 0.0), (4.0, 0.0), (0.0, -4.0), (4.0, -4.0)])
        .way(102, &[1, 3], "highway=residential maxspeed=30 name=Lane oneway=yes")
        .way(101, &[1, 2], "highway=residential maxspeed=30 name=Avenue")
        .way(103, &[3, 4], "highway=residential maxspeed=30 name=Back")
        .way(104, &[4, 2], "highway=residential maxspeed=30 name=Top");
    let (roads, _) = import(&map);
    for near in [(0.0, 0.0), (-0.003, 0.002), (0.0, -0.004)] {
        assert_eq!(metres(&roads, near, (2.0, 0.0)), 200.0, "{near:?}");
        assert_eq!(metres(&roads, (2.0, 0.0), near), 200.0, "{near:?}");
        assert_eq!(metres(&roads, near, near), 0.0);
    }
    // A table, the nearest and the reach are asked of the same place.
    let from = roads.snap(place(0.0, 0.0), 10.0).unwrap().point;
    let to = roads.snap(place(2.0, 0.0), 10.0).unwrap().point;
    let table = roads.table(&[from], &[to], std::num::NonZeroUsize::MIN);
    assert_eq!(table[0], roads.leg(&mut Search::new(&roads), from, to));
    let reach = roads.reach(from, paceline_road::ReachLimit::Time(paceline_model::Millis(10_000)));
    let names: std::collections::BTreeSet<_> =
        reach.edges.iter().filter_map(|it| roads.edge_name(it.edge)).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["Avenue", "Lane"]);
}

/// A lattice of 4 x 4 junctions, each street a way of its own, and restrictions between streets drawn at random.
fn signed_lattice(one_way: &[bool], signs: &[(usize, usize, usize, usize)]) -> Extract {
    let places: Vec<(f64, f64)> = (0..16).map(|at| (f64::from(at / 4), f64::from(at % 4))).collect();
    let across = (0..16i64).filter(|at| at % 4 < 3).map(|at| (at + 1, at + 2));
    let ends: Vec<(i64, i64)> = across.chain((0..12).map(|at| (at + 1, at + 5))).collect();
    let mut map = nodes(&places);
    for (way, (&(from, to), one_way)) in (100..).zip(ends.iter().zip(one_way)) {
        let tags = if *one_way { "highway=residential oneway=yes" } else { "highway=residential" };
        map = map.way(way, &[from, to], &format!("{tags} name=W{way}"));
    }
    let meets = |a: usize, b: usize| {
        let (a, b) = (ends[a], ends[b]);
        [a.0, a.1].into_iter().find(|&node| node == b.0 || node == b.1)
    };
    for (id, &(from, via, to, kind)) in (1..).zip(signs) {
        let (from, via, to) = (from % ends.len(), via % ends.len(), to % ends.len());
        let restriction = ["no_left_turn", "no_u_turn", "only_straight_on", "no_straight_on"][kind % 4];
        let tags = format!("type=restriction restriction={restriction}");
        let way = |at: usize| 100 + at as i64;
        let over = [("from", 1, way(from)), ("via", 1, way(via)), ("to", 1, way(to))];
        map = match (meets(from, to), meets(from, via).zip(meets(via, to))) {
            (Some(node), _) => {
                map.relation(id, &[("from", 1, way(from)), ("via", 0, node), ("to", 1, way(to))], &tags)
            }
            (None, Some(_)) => map.relation(id, &over, &tags),
            _ => map,
        };
    }
    map
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(150))]

    /// So an order between two streets of a network is never one that no drive serves, unless a closure is reported.
    #[test]
    fn whatever_signs_say_every_street_that_is_kept_is_reached_from_every_other(
        one_way in proptest::collection::vec(proptest::bool::weighted(0.3), 24),
        signs in proptest::collection::vec((0..24usize, 0..24usize, 0..24usize, 0..4usize), 0..40),
    ) {
        let map = signed_lattice(&one_way, &signs);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.osm.pbf");
        std::fs::write(&path, map.bytes()).unwrap();
        let options = ImportOptions { country: Some("DE".into()), ..ImportOptions::default() };
        let Ok((roads, _)) = Roads::import_osm_pbf(&path, &options) else { return Ok(()) };
        let middles: Vec<_> = roads
            .street_polylines()
            .map(|(edge, _)| paceline_road::RoadPoint { edge, fraction: 30_000 })
            .collect();
        let table = roads.table(&middles, &middles, std::num::NonZeroUsize::MIN);
        proptest::prop_assert!(table.iter().all(|leg| leg.is_reachable()));
    }
}
