//! What of a ledger outlives a restart.

use super::replies::{IdempotentReply, Replies};
use super::stored::Head;
use super::{Ledger, World};
use crate::record::{Encoded, RecordError};
use paceline_model::Instant;

impl<W: World> Ledger<W> {
    /// Goes on from what [`Ledger::snapshot`] made; `world` is an empty one.
    ///
    /// Errors: a format that this program does not read, or bytes that are not of it.
    pub fn restore(mut world: W, format: u16, bytes: &[u8]) -> Result<Self, RecordError> {
        let Head { version, replies: kept } = world.restore(format, bytes)?;
        let mut replies = Replies::default();
        kept.into_iter().for_each(|(at, reply)| replies.insert(at, reply));
        Ok(Self { replies, version, durable: version, ..Self::new(world) })
    }

    /// The replies that are kept for repeats, with the time of each, oldest first.
    pub fn replies(&self) -> impl Iterator<Item = (Instant, IdempotentReply<W::Refusal>)> {
        self.replies.iter()
    }

    /// Everything that must outlive a restart, as it is stored: equal histories, equal bytes.
    pub fn snapshot(&self) -> Encoded {
        self.world.snapshot(Head { version: self.version, replies: self.replies.iter().collect() })
    }

    /// A checksum of [`Ledger::snapshot`]: 64-bit FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv).
    pub fn digest(&self) -> u64 {
        let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        self.snapshot().bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold)
    }
}
