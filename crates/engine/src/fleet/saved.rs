//! A fleet's world in a snapshot and back, with the ledger's part. Written are the tables as they stand, so that a restart refers
//! to the same rows; read is layout 1 as well (`v1`).

mod v1;

use super::stands::Learnt;
use super::world::World;
use crate::ledger::{Head, IdempotentReply};
use crate::record::{Encoded, Kind, RecordError, SNAPSHOT_LAYOUT, from_bytes, snapshot_layout, to_bytes};
use paceline_model::{Instant, Refusal, Version};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Layout 2, field by field: tables with their slots.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    version: Version,
    world: Cow<'a, World>,
    /// Oldest first.
    replies: Vec<(Instant, IdempotentReply<Refusal>)>,
    learnt: Cow<'a, Learnt>,
}

/// A snapshot as it is to be stored. Equal histories, equal bytes.
pub(super) fn encode(head: Head<Refusal>, world: &World, learnt: &Learnt) -> Encoded {
    let Head { version, replies } = head;
    let stored = Stored { version, world: Cow::Borrowed(world), replies, learnt: Cow::Borrowed(learnt) };
    Encoded { format: Kind::FLEET.format(SNAPSHOT_LAYOUT), bytes: to_bytes(&stored) }
}

/// Reads a snapshot of any format, and what was learnt by then; one of before forecasts were saved has learnt nothing.
///
/// Errors: a format that this program does not read, or bytes that are not of it.
pub(super) fn decode(
    format: u16,
    bytes: &[u8],
) -> Result<(Head<Refusal>, World, Option<Learnt>), RecordError> {
    let (head, mut world, learnt) = match snapshot_layout(format)? {
        1 => v1::decode(bytes)?,
        _ => {
            let Stored { version, world, replies, learnt } = from_bytes(bytes)?;
            (Head { version, replies }, world.into_owned(), Some(learnt.into_owned()))
        }
    };
    world.reindex();
    Ok((head, world, learnt))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::v1::tests::golden;

    #[test]
    fn a_world_of_layout_1_is_the_same_after_it_was_stored_anew() {
        let (head, world, learnt) = decode(1, &golden("snapshot")).expect("a snapshot");
        let learnt = learnt.expect("it had learnt");
        assert_eq!((world.open.len(), world.due.len(), world.free.len()), (1, 4, 1), "it is indexed");
        let stored = encode(head.clone(), &world, &learnt);
        assert_eq!(decode(stored.format, &stored.bytes).expect("its own"), (head, world, Some(learnt)));
    }

    #[test]
    fn a_snapshot_of_another_format_is_refused() {
        let bytes = golden("snapshot");
        let refused = |format| decode(format, &bytes).expect_err("another format").to_string();
        assert_eq!(refused(3), "E0401 format 3 is newer than 2, the newest this program reads");
        let none = "is none of this kind of region, whose formats begin at 0x0001";
        assert_eq!(refused(0), format!("E0404 format 0x0000 {none}"));
        assert_eq!(refused(Kind(1).format(1)), format!("E0404 format 0x0101 {none}"));
    }
}
