//! What of a ledger outlives a restart.

use super::replies::{IdempotentReply, Replies};
use super::stored::Head;
use super::{Ledger, World};
use crate::record::{Encoded, RecordError};
use paceline_model::{Instant, Pages, Version};

/// A ledger as it stood at one version, to be written down while it goes on. It shares with it what has not changed since.
pub struct Checkpoint<W: World> {
    head: Head<W::Refusal>,
    world: W::Checkpoint,
}

impl<W: World> Checkpoint<W> {
    /// The number of the last event in it.
    pub fn version(&self) -> Version {
        self.head.version
    }

    /// Everything that must outlive a restart, as it is stored: equal histories, equal bytes. Takes as long as the world is large.
    pub fn encode(&self) -> Encoded {
        W::encode_checkpoint(&self.world, &self.head)
    }

    /// A checksum of [`Checkpoint::encode`]: 64-bit FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv).
    pub fn digest(&self) -> u64 {
        let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        self.encode().bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold)
    }
}

impl<W: World> Ledger<W> {
    /// Goes on from what [`Checkpoint::encode`] made; `world` is an empty one.
    ///
    /// Errors: a format that this program does not read, or bytes that are not of it.
    pub fn restore(mut world: W, format: u16, bytes: &[u8]) -> Result<Self, RecordError> {
        let Head { version, replies: kept } = world.restore(format, bytes)?;
        let mut replies = Replies::default();
        kept.iter().for_each(|(at, reply)| replies.insert(*at, reply.clone()));
        Ok(Self { replies, version, durable: version, ..Self::new(world) })
    }

    /// The replies that are kept for repeats, with the time of each, oldest first.
    pub fn replies(&self) -> &Pages<(Instant, IdempotentReply<W::Refusal>)> {
        self.replies.kept()
    }

    /// The ledger as it stands. Takes a pointer for each page of rows, whatever is in them.
    pub fn checkpoint(&self) -> Checkpoint<W> {
        let head = Head { version: self.version, replies: self.replies.kept().clone() };
        Checkpoint { head, world: self.world.checkpoint() }
    }
}
