//! What a ledger writes down: records and their entries, and its part of a snapshot.

use super::replies::IdempotentReply;
use paceline_model::{Instant, Pages, Version};
use serde::{Deserialize, Serialize};

/// The events of one input, in order: they become durable together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record<E> {
    /// The world after the last of them; the first has `version - events.len() + 1`.
    pub version: Version,
    /// When it happened.
    pub at: Instant,
    /// What happened; never empty.
    pub events: Vec<E>,
}

impl<E> Record<E> {
    /// Its events one by one, each with its version.
    pub fn changes(self) -> impl Iterator<Item = Change<E>> {
        let Self { version, at, events } = self;
        let first = version.0 + 1 - events.len() as u64;
        (first..).zip(events).map(move |(version, event)| Change { version: Version(version), at, event })
    }
}

/// One durable event as it is published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change<E> {
    /// The world after it: dense, from 1; a reader that has seen n asks for n + 1.
    pub version: Version,
    /// When it happened.
    pub at: Instant,
    /// What happened.
    pub event: E,
}

/// One thing on record: the world's, or the ledger's own. A new world takes it as it is for its [`super::World::Recorded`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entry<E, R> {
    /// Something happened in the world.
    Event(E),
    /// A keyed command was answered.
    Reply(IdempotentReply<R>),
}

impl<E, R> From<IdempotentReply<R>> for Entry<E, R> {
    fn from(reply: IdempotentReply<R>) -> Self {
        Self::Reply(reply)
    }
}

/// The ledger's part of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head<R: Clone> {
    /// The number of the last event.
    pub version: Version,
    /// Kept replies with the time of each, oldest first.
    pub replies: Pages<(Instant, IdempotentReply<R>)>,
}
