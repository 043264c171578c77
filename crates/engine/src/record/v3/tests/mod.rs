//! The bytes of layout 3, held against a table, as those of the layouts before are.

use super::{HandOver, HandOvers, Snapshot};
use crate::record::v1::tests::events::{LATER, READING, vehicle_spec};
use crate::record::v1::tests::{named, pins};
use crate::record::v1::values::Driver;
use crate::record::{from_bytes, to_bytes, v2};

/// One line: `snapshot`, and its bytes in hexadecimal.
const GOLDEN: &str = include_str!("golden.txt");

/// The bytes of a snapshot with everything in it.
pub(crate) fn golden() -> Vec<u8> {
    named(GOLDEN, "snapshot")
}

fn snapshot() -> Snapshot<'static> {
    let handed_over = |number, vehicle, reading, to| {
        let since_ms = 1_790_000_500_000 + number;
        HandOver { number, vehicle: vehicle_spec(vehicle, Driver::Automatic), reading, since_ms, to }
    };
    let hand_overs = HandOvers {
        last: 1_790_000_000_900,
        pending: vec![
            handed_over(1_790_000_000_800, "v-to-north", READING, "north"),
            handed_over(1_790_000_000_900, "v-to-south", LATER, "south"),
        ],
        received: vec![("north", 1_790_000_000_700), ("south", 300)],
        gone: vec![
            (1_790_000_000_600, ("v-long-gone", "north")),
            (1_790_000_000_800, ("v-to-north", "north")),
            (1_790_000_000_900, ("v-to-south", "south")),
        ],
    };
    Snapshot { before: v2::tests::snapshot(), hand_overs }
}

#[test]
fn a_world_has_the_bytes_that_it_always_had() {
    pins(GOLDEN, &to_bytes(&snapshot()));
}

#[test]
fn the_bytes_of_a_world_are_read_as_what_they_always_meant() {
    assert_eq!(from_bytes::<Snapshot>(&golden()).expect("a snapshot"), snapshot());
}
