//! What goes into a ledger and what comes out of it.

use super::{IdempotentReply, World};
use paceline_model::{Answer, Instant, Request, Version};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Names one command among those under way, so that its answer finds the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Everything that can happen to a world.
pub enum Input<W: World> {
    /// A caller asks for something.
    Command(Ticket, Request<W::Command>),
    /// Devices reported. What is not known here is passed over.
    Telemetry(W::Telemetry),
    /// Go on under another setting, which the caller has checked; it is answered with a receipt.
    Set(Ticket, W::Setting),
    /// Time for a round.
    Tick,
    /// A solver's answer to [`Output::Solve`].
    Proposed(Box<W::Plan>),
    /// All records up to this version are on disk.
    Durable(Version),
}

/// Everything that a ledger can ask for.
pub enum Output<W: World> {
    /// Write this down and say [`Input::Durable`]; in the order given.
    Append(Record<W::Recorded>),
    /// Solve this round and say [`Input::Proposed`]. At most one is under way.
    Solve(Box<W::Problem>),
    /// Publish: it is durable.
    Publish(Arc<Change<W::Recorded>>),
    /// Answer the caller: it is durable.
    Reply(Ticket, Answer<W::Refusal>),
    /// A round is over: for metrics and traces.
    Round(W::Round),
}

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

/// One thing on record: the world's, or the ledger's own. A new world takes it as it is for its [`World::Recorded`].
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
