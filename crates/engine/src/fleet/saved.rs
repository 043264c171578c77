//! A fleet's world in a snapshot and back, with the ledger's part. In layouts 2 and 3 (`v2`, `v3`) the tables stand as they are, so
//! that a restart refers to the same rows; read is layout 1 as well (`v1`). Written is the oldest of them that holds the world.

mod checkpoint;
mod v1;
mod v2;
mod v3;

pub(super) use checkpoint::Saved;

use super::reposition::Learnt;
use super::world::World;
use crate::ledger::Head;
use crate::record::{Encoded, Kind, RecordError, SNAPSHOT_LAYOUT, snapshot_layout};
use paceline_model::Refusal;

/// A snapshot as it is to be stored. Equal histories, equal bytes.
pub(super) fn encode(head: &Head<Refusal>, saved: &Saved) -> Encoded {
    let (layout, bytes) = match saved.hand_overs.is_unused() {
        true => (2, v2::encode(head, saved)),
        false => (SNAPSHOT_LAYOUT, v3::encode(head, saved)),
    };
    Encoded { format: Kind::FLEET.format(layout), bytes }
}

/// Reads a snapshot of any format, and what was learnt by then; one of before forecasts were saved has learnt nothing.
///
/// Errors: a format that this program does not read, or bytes that are not of it.
pub(super) fn decode(
    format: u16,
    bytes: &[u8],
) -> Result<(Head<Refusal>, World, Option<Learnt>), RecordError> {
    let known = |(head, world, learnt)| (head, world, Some(learnt));
    let (head, mut world, learnt) = match snapshot_layout(format)? {
        1 => v1::decode(bytes)?,
        2 => v2::decode(bytes).map(known)?,
        _ => v3::decode(bytes).map(known)?,
    };
    world.reindex();
    Ok((head, world, learnt))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::v1::tests::golden;
    use crate::record::{to_bytes, v2, v3};
    use paceline_model::{RegionId, VehicleId};
    use std::sync::Arc;

    #[test]
    fn a_world_of_layout_1_is_the_same_after_it_was_stored_anew() {
        let (head, world, learnt) = decode(1, &golden("snapshot")).expect("a snapshot");
        let learnt = learnt.expect("it had learnt");
        assert_eq!((world.open.len(), world.due.len(), world.free.len()), (1, 4, 1), "it is indexed");
        let stored = encode(&head, &Saved::of(&world, Arc::new(learnt.clone())));
        assert_eq!(decode(stored.format, &stored.bytes).expect("its own"), (head, world, Some(learnt)));
    }

    #[test]
    fn a_world_of_layout_2_has_the_same_bytes_after_it_was_read() {
        let bytes = v2::tests::golden();
        let (head, world, learnt) = decode(2, &bytes).expect("a snapshot");
        assert_eq!((world.open.len(), world.due.len(), world.free.len()), (1, 5, 1), "it is indexed");
        let saved = Saved::of(&world, Arc::new(learnt.expect("it had learnt")));
        assert_eq!(encode(&head, &saved), Encoded { format: 2, bytes });
    }

    #[test]
    fn a_world_of_layout_3_has_the_same_bytes_after_it_was_read() {
        let bytes = v3::tests::golden();
        let (head, world, learnt) = decode(3, &bytes).expect("a snapshot");
        assert_eq!(world.hand_overs.pending().len(), 2);
        let gone = VehicleId::new("v-long-gone").expect("a good name");
        assert_eq!(world.hand_overs.gone_to(&gone).map(RegionId::as_str), Some("north"), "it is indexed");
        let saved = Saved::of(&world, Arc::new(learnt.expect("it had learnt")));
        assert_eq!(encode(&head, &saved), Encoded { format: 3, bytes });
    }

    #[test]
    fn a_snapshot_is_not_opened_under_the_number_of_another_layout() {
        let refused = |format, bytes: &[u8]| decode(format, bytes).expect_err("another layout").to_string();
        assert!(refused(1, &v2::tests::golden()).starts_with("E0402 "));
        assert!(refused(2, &golden("snapshot")).starts_with("E0402 "));
    }

    #[test]
    fn a_row_that_refers_to_what_is_not_there_is_refused() {
        let mut snapshot = v2::tests::snapshot();
        let order = snapshot.world.orders.slots[1].row.as_mut().expect("an order");
        order.vehicle =
            order.vehicle.map(|vehicle| v2::Idx { generation: vehicle.generation + 1, ..vehicle });
        let refused = decode(2, &to_bytes(&snapshot)).expect_err("nobody has that order");
        assert!(matches!(refused, RecordError::Unknown), "{refused}");
        let mut snapshot = v2::tests::snapshot();
        snapshot.world.orders.slots.pop();
        let refused = decode(2, &to_bytes(&snapshot)).expect_err("a vacant slot that is none").to_string();
        assert!(refused.starts_with("E0402 stored bytes cannot be decoded: vacant is 2: "), "{refused}");
    }

    #[test]
    fn a_snapshot_of_another_format_is_refused() {
        let bytes = golden("snapshot");
        let refused = |format| decode(format, &bytes).expect_err("another format").to_string();
        assert_eq!(refused(4), "E0401 format 4 is newer than 3, the newest this program reads");
        let none = "is none of this kind of region, whose formats begin at 0x0001";
        assert_eq!(refused(0), format!("E0404 format 0x0000 {none}"));
        assert_eq!(refused(Kind(1).format(1)), format!("E0404 format 0x0101 {none}"));
    }
}
