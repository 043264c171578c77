//! Files that are not what they should be get a clear error, and never a wrong answer.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;

use common::{Link, Map, network};
use expect_test::{Expect, expect};
use paceline_road::{ImportOptions, RoadError, Roads};

fn sound() -> Vec<u8> {
    Map::draw("A--B--C").roads.as_bytes().to_vec()
}

/// How many sections the file says that it has.
fn sections_of(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize
}

/// Writes `bytes` to a file and opens it.
fn check(bytes: &[u8], expected: Expect) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.roads");
    std::fs::write(&path, bytes).unwrap();
    expected.assert_eq(&Roads::open(&path).unwrap_err().to_string());
}

#[test]
fn a_saved_file_opens_as_the_same_network() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.roads");
    let roads = Map::draw("A--B--C").roads;
    roads.save(&path).unwrap();
    let opened = Roads::open(&path).unwrap();
    assert_eq!(opened.as_bytes(), roads.as_bytes());
    assert_eq!(opened.digest(), roads.digest());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_foreign_file_is_named_as_such() {
    check(
        b"PK\x03\x04 surely a zip file",
        expect!["not a Paceline road file: it does not begin with PACEROAD"],
    );
    check(b"", expect!["not a Paceline road file: it does not begin with PACEROAD"]);
}

#[test]
fn a_newer_version_is_named_with_both_versions() {
    let mut bytes = sound();
    bytes[8] = 200;
    check(&bytes, expect!["road file version 200, this program reads version 3"]);
}

#[test]
fn a_file_cut_short_says_how_much_is_missing() {
    let bytes = sound();
    check(&bytes[..bytes.len() - 100], expect!["road file is cut short: 1696 bytes expected, 1596 found"]);
    check(&bytes[..9], expect!["road file is cut short: 32 bytes expected, 9 found"]);
}

#[test]
fn every_cut_is_refused() {
    let bytes = sound();
    for length in 0..bytes.len() {
        assert!(Roads::from_bytes(&bytes[..length]).is_err(), "cut to {length}");
    }
}

#[test]
fn a_flipped_byte_is_found_in_its_section() {
    let mut bytes = sound();
    let arcs = 32 + 2 * 24;
    let offset = u64::from_le_bytes(bytes[arcs..arcs + 8].try_into().unwrap()) as usize;
    bytes[offset + 5] ^= 0x40;
    check(&bytes, expect!["road file is damaged in section out-arcs, bytes 896 to 960: checksum mismatch"]);
}

/// Padding between sections carries nothing; any other flipped bit is found.
#[test]
fn every_flipped_byte_is_refused_or_harmless() {
    let bytes = sound();
    let sections: Vec<std::ops::Range<usize>> = (0..sections_of(&bytes))
        .map(|i| 32 + i * 24)
        .map(|row| {
            let at = |o: usize| u64::from_le_bytes(bytes[o..o + 8].try_into().unwrap()) as usize;
            at(row)..at(row) + at(row + 8)
        })
        .collect();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        let matters =
            at < 32 + sections_of(&bytes) * 24 || sections.iter().any(|section| section.contains(&at));
        assert_eq!(Roads::from_bytes(&damaged).is_err(), matters, "byte {at}");
    }
}

/// Writes `value` over a word of a section and puts all checksums right, as a faulty writer would.
fn falsify(section: usize, word: usize, value: u32, expected: Expect) {
    let mut bytes = sound();
    let row = 32 + section * 24;
    let offset = u64::from_le_bytes(bytes[row..row + 8].try_into().unwrap()) as usize;
    let length = u64::from_le_bytes(bytes[row + 8..row + 16].try_into().unwrap()) as usize;
    bytes[offset + word * 4..offset + word * 4 + 4].copy_from_slice(&value.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[offset..offset + length]);
    bytes[row + 16..row + 20].copy_from_slice(&checksum.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[32..32 + sections_of(&bytes) * 24]);
    bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
    check(&bytes, expected);
}

/// Wrong numbers under right checksums: the reader must not run past its arrays.
#[test]
fn sections_that_contradict_each_other_are_refused() {
    falsify(2, 0, 200, expect!["road file is inconsistent in section out-arcs: an edge leads nowhere"]);
}

#[test]
fn walks_that_are_none_are_refused() {
    falsify(15, 0, 7, expect!["road file is inconsistent in section walk-first: offsets do not fit"]);
}

#[test]
fn a_hierarchy_that_contradicts_itself_is_refused() {
    falsify(20, 0, 99, expect!["road file is inconsistent in section port-of: a port is missing"]);
    falsify(22, 1, 99, expect!["road file is inconsistent in section on-first: offsets do not fit"]);
    falsify(23, 0, 99, expect!["road file is inconsistent in section on-arcs: an edge or a port is missing"]);
    falsify(
        25,
        1,
        99,
        expect!["road file is inconsistent in section back-arcs: an edge or a port is missing"],
    );
    falsify(26, 1, 99, expect!["road file is inconsistent in section up-first: offsets do not fit"]);
    falsify(27, 0, 0, expect!["road file is inconsistent in section up-heads: an arc does not lead upwards"]);
    falsify(29, 1, 99, expect!["road file is inconsistent in section low-arcs: an arc is not what it says"]);
    falsify(31, 0, 99, expect!["road file is inconsistent in section inputs: an edge is missing"]);
}

#[test]
fn a_missing_file_is_named() {
    let error = Roads::open(std::path::Path::new("/nowhere/a.roads")).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/a.roads: "));
}

#[test]
fn damaged_input_is_refused_by_the_importers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.osm.pbf");
    std::fs::write(&path, b"\0\0\0\x0dnot an extract at all").unwrap();
    let osm = Roads::import_osm_pbf(&path, &ImportOptions::default());
    assert!(matches!(osm, Err(RoadError::Osm(_))));
    let json = Roads::import_node_link(b"{\"nodes\": [{\"id\": 1, \"x\": 200.0, \"y\": 0}], \"links\": []}");
    assert!(matches!(json, Err(RoadError::NodeLink(_))));
    assert!(matches!(Roads::import_node_link(b"[]"), Err(RoadError::NodeLink(_))));
}

#[test]
fn streets_that_never_lead_back_are_no_network() {
    let away = Link { from: 0, to: 1, metres: 100.0, kmh: 30.0 };
    assert!(matches!(network(2, &[away]), Err(RoadError::Empty { .. })));
    let nonsense = Link { metres: -5.0, ..away };
    assert!(matches!(network(2, &[nonsense]), Err(RoadError::Empty { .. })));
}
