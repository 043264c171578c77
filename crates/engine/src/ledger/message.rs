//! What goes into a ledger and what comes out of it.

use super::stored::{Change, Record};
use super::world::World;
use paceline_model::{Answer, Request, Version};
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
