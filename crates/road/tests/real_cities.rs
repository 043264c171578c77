//! Imports of the extracts that lie beside the project; where they are absent, these tests say so and pass.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use paceline_model::{Millis, Position};
use paceline_road::{Direction, ImportOptions, NearestQuery, RoadPoint, Roads, Search, Targets, TravelTimes};
use std::path::PathBuf;

/// A file of the shared data, or `None` with a word on what was skipped.
fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: {name} is not beside the project");
        return None;
    }
    Some(path)
}

/// Imports an extract and checks what every network must fulfil.
fn check_extract(name: &str, place: (f64, f64), defaults: &str) {
    let Some(path) = shared(name) else { return };
    let (roads, report) = Roads::import_osm_pbf(&path, &ImportOptions::default()).unwrap();
    eprintln!("{name}: {} bytes\n{report}", roads.as_bytes().len());
    assert!(report.speed_defaults.split(", ").any(|code| code == defaults), "{}", report.speed_defaults);
    check_network(&roads, place);
    let (again, _) = Roads::import_osm_pbf(&path, &ImportOptions::default()).unwrap();
    assert_eq!(roads.as_bytes(), again.as_bytes(), "same input, same bytes");
}

fn check_network(roads: &Roads, (lat, lon): (f64, f64)) {
    let centre = Position::new(lat, lon).unwrap();
    let mut search = Search::new(roads);
    let home = roads.snap(centre, 500.0).expect("a street in the centre");
    assert!(roads.position(home.point).distance_m(home.position) < 1.0);
    // From the centre to everywhere and back, whatever turns are restricted; the path takes what the leg says.
    let everywhere: Vec<RoadPoint> =
        roads.street_polylines().map(|(edge, _)| RoadPoint { edge, fraction: 20_000 }).collect();
    let targets = Targets::new(roads, &everywhere);
    for direction in [Direction::FromSource, Direction::ToSource] {
        let query = NearestQuery { place: home.point, count: usize::MAX, bound: Millis::MAX };
        let found = roads.nearest(&mut search, query, &targets, direction);
        let leg = |&there: &RoadPoint| match direction {
            Direction::FromSource => (home.point, there),
            Direction::ToSource => (there, home.point),
        };
        let ends = everywhere.iter().map(leg);
        let reached = ends.filter(|&(from, to)| roads.leg(&mut search, from, to).is_reachable()).count();
        assert_eq!(found.len(), reached);
        eprintln!("{} of {} streets {direction:?}", reached, everywhere.len());
        assert_eq!(reached, everywhere.len(), "a street that nobody enters or leaves is left out");
        assert!(found.is_sorted_by_key(|found| (found.leg.time, found.target)));
        for found in found.iter().step_by(found.len() / 40 + 1) {
            let there = everywhere[found.target as usize];
            let (from, to) = match direction {
                Direction::FromSource => (home.point, there),
                Direction::ToSource => (there, home.point),
            };
            let leg = roads.leg(&mut search, from, to);
            assert_eq!(leg.time, found.leg.time);
            let path = roads.path(&mut search, from, to).unwrap();
            assert_eq!(path.leg, leg);
            assert!(path.steps.is_sorted_by_key(|step| step.at.time));
        }
    }
}

#[test]
fn monaco_is_imported() {
    check_extract("osm/monaco.osm.pbf", (43.7384, 7.4246), "MC");
}

#[test]
fn andorra_is_imported() {
    check_extract("osm/andorra.osm.pbf", (42.5078, 1.5211), "AD");
}

#[test]
fn helsinki_is_imported() {
    check_extract("osm/helsinki_center.osm.pbf", (60.1699, 24.9384), "FI");
}

#[test]
fn heidelberg_is_imported() {
    check_extract("osm/heidelberg.osm.pbf", (49.4094, 8.6947), "DE");
}

#[test]
fn columbus_is_imported() {
    check_extract("osm/columbus_oh.osm.pbf", (39.9612, -82.9988), "US");
}

#[test]
fn manhattan_is_imported() {
    check_extract("osm/manhattan.osm.pbf", (40.7580, -73.9855), "US-NYC");
}

#[test]
fn hives_manhattan_is_imported_whole() {
    let Some(path) = shared("manhattan-hive/road_network/manhattan_network.json") else { return };
    let (roads, report) = Roads::import_node_link(&std::fs::read(path).unwrap()).unwrap();
    eprintln!("{} bytes\n{report}", roads.as_bytes().len());
    assert!(report.edges > 7_000);
    check_network(&roads, (40.7580, -73.9855));
}
