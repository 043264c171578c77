//! The bytes of layout 2, held against a table, as those of layout 1 are.

mod sample;

use super::Snapshot;
use crate::record::v1::tests::{named, pins};
use crate::record::{from_bytes, to_bytes};
pub(crate) use sample::snapshot;

/// One line: `snapshot`, and its bytes in hexadecimal.
const GOLDEN: &str = include_str!("golden.txt");

/// The bytes of a snapshot with everything in it.
pub(crate) fn golden() -> Vec<u8> {
    named(GOLDEN, "snapshot")
}

#[test]
fn a_world_has_the_bytes_that_it_always_had() {
    pins(GOLDEN, &to_bytes(&snapshot()));
}

#[test]
fn the_bytes_of_a_world_are_read_as_what_they_always_meant() {
    assert_eq!(from_bytes::<Snapshot>(&golden()).expect("a snapshot"), snapshot());
}
