//! What a round proposes, and what it has to say for itself.

use paceline_model::{
    ChargeDecision, ChargerIdx, OrderIdx, StandDecision, Stop, VehicleIdx, Version, Weighing,
};
use serde::{Deserialize, Serialize};

/// A proposal: the engine checks each part against the world as it is by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The world that it was made from.
    pub made_from: Version,
    /// Orders to vehicles; each order and each vehicle at most once.
    pub assignments: Vec<Assignment>,
    /// Vehicles to plugs.
    pub charges: Vec<ChargeAssignment>,
    /// New shared routes, by vehicle. An order that moves from one vehicle to another is in both of their routes' changes.
    pub routes: Vec<RouteAssignment>,
    /// Idle vehicles to where they shall stand.
    pub stands: Vec<StandAssignment>,
    /// What was considered, what was left undone, what ran short.
    pub report: Report,
}

/// One order to one vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The order.
    pub order: OrderIdx,
    /// The vehicle.
    pub vehicle: VehicleIdx,
    /// The vehicle that has it so far.
    pub from: Option<VehicleIdx>,
    /// Why this one.
    pub weighing: Weighing,
}

/// A new route for one vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteAssignment {
    /// The vehicle.
    pub vehicle: VehicleIdx,
    /// All its stops from now on.
    pub stops: Vec<Stop<OrderIdx>>,
    /// The orders that are new to it, with the reason for each.
    pub gained: Vec<(OrderIdx, Weighing)>,
}

/// One vehicle to one charger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeAssignment {
    /// The vehicle.
    pub vehicle: VehicleIdx,
    /// Where to, and why.
    pub decision: ChargeDecision<ChargerIdx>,
}

/// One idle vehicle to where riders are expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandAssignment {
    /// The vehicle.
    pub vehicle: VehicleIdx,
    /// Where to, and why.
    pub decision: StandDecision,
}

/// What a round has to say for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Order and vehicle pairs that were priced.
    pub candidates: u32,
    /// Work steps used: road nodes settled and assignment edges scanned.
    pub steps: u64,
    /// What ran short; empty for a healthy round.
    pub degraded: Vec<Degraded>,
    /// For each order that was weighed and stays open, what was found: the reasons why not. An order that is neither
    /// here nor assigned had no free vehicle within reach, or the budget ended before its turn.
    pub undispatched: Vec<(OrderIdx, Weighing)>,
    /// Orders that no vehicle of the snapshot can serve: all of them were looked at, as far as a drive may be.
    pub unserveable: Vec<OrderIdx>,
    /// Orders held back for a vehicle that will soon be free; they are among the undispatched too.
    pub held_back: u32,
    /// Vehicles low on charge for which no plug could be found.
    pub stranded: Vec<VehicleIdx>,
}

/// Something that ran short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degraded {
    /// Where.
    pub stage: Stage,
    /// What was done instead.
    pub reason: String,
}

/// The stages of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Finding the nearest vehicles by road.
    Candidates,
    /// The batch assignment.
    Assignment,
    /// Packing trips of several orders.
    Packing,
    /// Finding plugs.
    Charging,
    /// Planning shared rides.
    Pooling,
    /// Finding stands.
    Rebalance,
}
