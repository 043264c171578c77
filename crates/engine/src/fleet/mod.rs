//! The fleet's world: vehicles, orders, chargers, and the loop that dispatches them.
//!
//! A command is judged in `admit/`, becomes events, and each event is folded in by `apply/`. Events are applied at
//! once, to the *head*, but every reply and publication waits until its events are durable: from outside, only
//! durable events exist, while commands queued behind one fsync are judged against those before them.

mod options;

pub use options::FleetOptions;

use crate::record::Record;
use paceline_model::{Answer, Event, Instant, OrderId, Reading, Request, VehicleId, Version};
use paceline_plan::{Degraded, Plan, Snapshot};
use paceline_road::Roads;
use std::sync::Arc;

/// Names one command among those under way, so that its answer finds the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Everything that can happen to a fleet.
#[derive(Debug)]
pub enum Input {
    /// Somebody asks for something.
    Command(Ticket, Request),
    /// Vehicles said where they are and how full; the newest of each counts. Unknown vehicles are passed over.
    Positions(Vec<(VehicleId, Reading)>),
    /// Time for a round.
    Tick,
    /// A solver's answer to [`Output::Solve`].
    Proposed(Box<Plan>),
    /// All records up to this version are on disk.
    Durable(Version),
}

/// Everything that a fleet can ask for.
#[derive(Debug)]
pub enum Output {
    /// Write this down and say [`Input::Durable`]; in the order given.
    Append(Record),
    /// Solve this round and say [`Input::Proposed`]. At most one is under way.
    Solve(Box<Snapshot>),
    /// Tell the world: it is durable.
    Publish(Arc<Change>),
    /// Tell the caller: it is durable.
    Reply(Ticket, Answer),
    /// A round is over: for metrics and traces.
    Round(RoundSummary),
}

/// One durable event as the world is told of it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// The world after it: dense, from 1; a reader that has seen n asks for n + 1.
    pub version: Version,
    /// When it happened.
    pub at: Instant,
    /// What happened.
    pub event: Event,
}

/// What one round did.
#[derive(Clone, Debug, Default)]
pub struct RoundSummary {
    /// When it began.
    pub at: Instant,
    /// Orders that were open, vehicles that were free.
    pub orders: u32,
    /// Vehicles that were free.
    pub vehicles: u32,
    /// Pairs priced.
    pub candidates: u32,
    /// Assignments that held at commit.
    pub committed: u32,
    /// Assignments that no longer held, with the order.
    pub stale: Vec<OrderId>,
    /// What ran short.
    pub degraded: Vec<Degraded>,
    /// Work steps used.
    pub steps: u64,
}

/// The fleet of one region.
pub struct Fleet {
    roads: Arc<Roads>,
    options: FleetOptions,
}
