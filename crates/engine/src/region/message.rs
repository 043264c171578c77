//! What goes into a region and what comes out of it.

use crate::ledger::{Change, Checkpoint, Record, Ticket, World};
use paceline_model::{Answer, Instant, Millis, Request, Version};
use std::sync::Arc;

/// Everything that can happen to a region.
pub enum Input<W: World> {
    /// A caller asks for something.
    Command(Ticket, Request<W::Command>),
    /// Devices reported.
    Telemetry(W::Telemetry),
    /// Go on under another setting, which the caller has checked, from the next tick on.
    Set(Ticket, W::Setting),
    /// The time that [`super::Region::due`] named has come.
    Elapsed,
    /// A solver's answer to [`Output::Solve`].
    Proposed(Box<W::Plan>),
    /// All records up to this version are on disk.
    Durable(Version),
    /// No more ticks: make what was accepted durable, then end.
    Close,
}

/// Everything that a region can ask for.
pub enum Output<W: World> {
    /// Write this down and say [`Input::Durable`]; in the order given.
    Append(Record<W::Recorded>),
    /// Write this down beside the log: it stands for all records so far. Nothing waits for it.
    Snapshot(Checkpoint<W>),
    /// Solve this and say [`Input::Proposed`]. At most one round is under way.
    Solve(Box<W::Problem>, Due),
    /// Publish: it is durable.
    Publish(Arc<Change<W::Recorded>>),
    /// Answer the caller: it is durable.
    Reply(Ticket, Answer<W::Refusal>),
    /// A tick has come.
    Tick(Tick),
    /// A round is over: for metrics and traces.
    Round(Round<W::Round>),
}

/// When the tick was due that began a round. What made the tick late counts for the round's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due(pub Instant);

/// How a tick came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// When it was due.
    pub due: Instant,
    /// How late it came.
    pub late: Millis,
    /// Ticks that were due since and are left out.
    pub missed: u64,
    /// Whether the round before it is still under way: then this tick begins none.
    pub overrun: bool,
}

/// What a round came to, and how long it took.
#[derive(Clone, Debug)]
pub struct Round<S> {
    /// By the world's own account.
    pub summary: S,
    /// From when its tick was due until its plan was adopted, in the region's time.
    pub took: Millis,
    /// Whether the next tick was due before that.
    pub late: bool,
}
