//! A fleet's world in a snapshot and back, with the ledger's part. Written are the tables as they stand, so that a restart refers
//! to the same rows; read is what commit 5df1171 wrote as well (`v1`).

mod v1;

use super::stands::Learnt;
use super::world::World;
use crate::ledger::{Head, IdempotentReply};
use crate::record::{Encoded, RecordError};
use paceline_model::{Instant, Refusal, Version};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The layout written: tables with their slots.
const FORMAT: u16 = 2;

/// The layout, field by field.
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
    Encoded { format: FORMAT, bytes: postcard::to_stdvec(&stored).expect("plain data: it always encodes") }
}

/// Reads a snapshot of any format, and what was learnt by then; one of before forecasts were saved has learnt nothing.
///
/// Errors: a format that this program does not read, or bytes that are not of it.
pub(super) fn decode(
    format: u16,
    bytes: &[u8],
) -> Result<(Head<Refusal>, World, Option<Learnt>), RecordError> {
    let (head, mut world, learnt) = match format {
        1 => v1::decode(bytes)?,
        FORMAT => {
            let Stored { version, world, replies, learnt } = postcard::from_bytes(bytes)?;
            (Head { version, replies }, world.into_owned(), Some(learnt.into_owned()))
        }
        found => return Err(RecordError::Newer { found }),
    };
    world.reindex();
    Ok((head, world, learnt))
}
