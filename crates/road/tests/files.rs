//! Files that are no map, or one of another kind: each is read, or refused by its name.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "common/pbf.rs"]
mod pbf;

use expect_test::{Expect, expect};
use paceline_road::{ImportOptions, RoadError, Roads};
use pbf::Extract;

fn import(bytes: &[u8], country: Option<&str>) -> Result<Roads, RoadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.osm.pbf");
    std::fs::write(&path, bytes).unwrap();
    let options = ImportOptions { country: country.map(str::to_owned), ..ImportOptions::default() };
    Roads::import_osm_pbf(&path, &options).map(|(roads, _)| roads)
}

fn refused(bytes: &[u8], expected: Expect) {
    expected.assert_eq(&import(bytes, None).unwrap_err().to_string());
}

/// One street of 111 m at the equator.
fn street() -> Extract {
    Extract::default().node(1, 0.0, 0.0, "").node(2, 0.0, 0.001, "").way(10, &[1, 2], "highway=residential")
}

#[test]
fn what_was_downloaded_in_place_of_a_map_is_named() {
    refused(
        b"<!DOCTYPE html><html><body>Not found</body></html>",
        expect![
            "cannot read the OpenStreetMap extract: the file is a page of HTML (a download that went wrong?), not an .osm.pbf"
        ],
    );
    refused(
        b"<?xml version=\"1.0\"?><osm version=\"0.6\"/>",
        expect![
            "cannot read the OpenStreetMap extract: the file is XML (convert it: osmium cat IN.osm -o OUT.osm.pbf), not an .osm.pbf"
        ],
    );
    refused(
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
        expect!["cannot read the OpenStreetMap extract: the file is gzip, not an .osm.pbf"],
    );
    refused(b"", expect!["cannot read the OpenStreetMap extract: the file is empty"]);
}

#[test]
fn a_history_extract_and_one_of_an_unknown_feature_are_refused() {
    refused(
        &street().feature("HistoricalInformation", true).bytes(),
        expect![
            "cannot read the OpenStreetMap extract: a history extract, with every version of every object: make an extract of one moment of it first (osmium time-filter)"
        ],
    );
    refused(
        &street().feature("Hyperspace", true).bytes(),
        expect![
            "cannot read the OpenStreetMap extract: it requires the feature Hyperspace, which is not known"
        ],
    );
    assert!(
        import(&street().feature("Hyperspace", false).bytes(), None).is_ok(),
        "an optional one may be passed over"
    );
}

#[test]
fn an_extract_with_locations_on_ways_needs_no_nodes() {
    let located = Extract::default()
        .feature("LocationsOnWays", false)
        .located_way(10, &[(1, 0.0, 0.0), (2, 0.0, 0.001), (3, 0.001, 0.001)], "highway=residential")
        .located_way(11, &[(3, 0.001, 0.001), (1, 0.0, 0.0)], "highway=residential");
    let roads = import(&located.bytes(), None).unwrap();
    assert_eq!(roads.edge_count(), 4);
    let length: f64 =
        (0..4).map(|edge| roads.edge_leg(paceline_road::EdgeId(edge)).distance.as_metres()).sum();
    assert!((length - 2.0 * (111.2 + 111.2 + 157.2)).abs() < 1.0, "{length} m");
}

#[test]
fn a_map_on_which_nothing_is_driven_says_why() {
    let lost = Extract::default()
        .way(10, &[1, 2], "highway=residential")
        .way(11, &[3, 4], "highway=footway")
        .way(12, &[5, 6], "highway=service access=private");
    refused(
        &lost.bytes(),
        expect![
            "no drivable streets in the input that lead back to where they began (0 led nowhere); left out: 1 x closed to cars (access); 2 x node missing from the extract, the way was cut there; 1 x way for feet, cycles, buses or tracks"
        ],
    );
}

#[test]
fn a_country_that_is_not_known_is_refused_with_those_that_are() {
    let error = import(&street().bytes(), Some("XX")).unwrap_err().to_string();
    assert!(error.starts_with("country is XX: must be one of AD, AT, AU,"), "{error}");
    assert!(import(&street().bytes(), Some("at")).is_ok());
}

#[test]
fn node_link_may_begin_with_a_mark_and_have_lines() {
    let link = |geometry: &str| {
        let nodes = r#"[{"id": 1, "x": 0.0, "y": 0.0}, {"id": 2, "x": 0.002, "y": 0.0}]"#;
        let links = format!(
            r#"[{{"source": 1, "target": 2, "length": 300, "speed_kmph": 30{geometry}}},
                {{"source": 2, "target": 1, "length": 300, "speed_kmph": 30}}]"#
        );
        format!("\u{feff}{{\"nodes\": {nodes}, \"links\": {links}}}")
    };
    let corners = |geometry: &str| {
        let (roads, report) = Roads::import_node_link(link(geometry).as_bytes()).unwrap();
        let line = roads.street_polylines().next().unwrap().1;
        (line.len(), report.simplified.values().sum::<u64>())
    };
    let line = |places: &str| format!(r#", "geometry": {{"type": "LineString", "coordinates": [{places}]}}"#);
    assert_eq!(corners(""), (2, 0));
    assert_eq!(corners(&line("[0, 0], [0.001, 0.001], [0.002, 0]")), (3, 0));
    assert_eq!(corners(&line("[0.002, 0], [0.001, 0.001], [0, 0]")), (3, 0), "drawn from the other end");
    assert_eq!(corners(&line("[0, 0], [0.001, 0.001], [0.003, 0]")), (2, 1), "ends elsewhere");
    assert_eq!(corners(r#", "geometry": "LINESTRING (0 0, 0.001 0.001, 0.002 0)""#), (3, 0));
    assert_eq!(corners(r#", "geometry": "LINESTRING (0 0, 1 1)""#), (2, 1));
    assert_eq!(corners(r#", "geometry": null"#), (2, 0));
}
