//! Why: what a decision weighed, kept with the decision. The same shape answers `explain`, the console and tests.

use crate::{Centimetres, ChargerId, Millis, MilliwattHours, OrderId, Position, VehicleId};
use serde::{Deserialize, Serialize};

/// A state of the world: the number of the last event that made it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

/// One addend of a price; units are the policy's own (see `PolicySpec`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricePart {
    /// What it stands for.
    pub kind: PriceKind,
    /// How much.
    pub amount: i64,
}

/// What a price part stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceKind {
    /// Distance driven empty to the pick-up.
    EmptyDistance,
    /// The riders' waiting until pick-up.
    Waiting,
    /// Carbon dioxide of the empty distance.
    Carbon,
    /// Time that the vehicle is bound by the order, pick-up drive and ride together.
    VehicleTime,
    /// What a shared route costs all its riders: later arrivals than by a direct ride at once.
    Delay,
    /// What giving an order that a vehicle is on its way to to another vehicle has to be worth.
    Switching,
    /// What the vehicle gives up where it stands, less what it will be worth where the ride ends; negative if it gains.
    Future,
    /// What waiting for a vehicle that is not free yet has to be worth.
    Holding,
}

/// One vehicle weighed for one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Which vehicle.
    pub vehicle: VehicleId,
    /// Where it was when it was weighed.
    pub position: Position,
    /// Drive to the pick-up.
    pub pickup_time: Millis,
    /// Length of that drive.
    pub pickup_distance: Centimetres,
    /// Price parts; their sum is the price.
    pub price: Vec<PricePart>,
    /// Why it was not taken; `None` for the one that was.
    pub passed_over: Option<PassedOver>,
}

impl Candidate {
    /// The sum of the price parts.
    pub fn total(&self) -> i64 {
        self.price.iter().map(|part| part.amount).sum()
    }
}

/// Why a feasible candidate was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassedOver {
    /// Another vehicle costs less for this order.
    Dearer,
    /// It serves that order instead, which makes the batch as a whole cheaper.
    ServesInstead(OrderId),
    /// Leaving the order for a later round is cheaper than this.
    DearerThanWaiting,
    /// The order waits for it: it will be free in a moment, and is better than any that is free now.
    FreeSoon,
}

/// Why a vehicle was no candidate at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// Cannot reach the pick-up in time by road.
    TooFar,
    /// Not enough seats for the party.
    Seats,
    /// Lacks an attribute that the order asks for.
    Attributes,
    /// Could not do the ride and still reach a charger with reserve.
    Range,
    /// Outside the area that the order or the policy names.
    Geofence,
    /// It said no to this order, or did not answer.
    Declined,
}

/// How often an exclusion applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The reason.
    pub reason: Exclusion,
    /// How many vehicles it ruled out among those weighed.
    pub vehicles: u32,
}

/// What one round found for one order, taken or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighing {
    /// The world that the round looked at.
    pub made_from: Version,
    /// The policy's name.
    pub policy: String,
    /// Cheapest candidates, cheapest first; at most four, the taken one among them.
    pub candidates: Vec<Candidate>,
    /// How many vehicles were feasible in all.
    pub feasible: u32,
    /// What the others were out for.
    pub excluded: Vec<Excluded>,
}

/// Why a vehicle goes to this charger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeDecision<C = ChargerId> {
    /// Which charger.
    pub charger: C,
    /// Drive there.
    pub drive_time: Millis,
    /// Length of the drive.
    pub drive_distance: Centimetres,
    /// Energy that will be left on arrival.
    pub left_on_arrival: MilliwattHours,
}

impl<C> ChargeDecision<C> {
    /// The same with another reference to the charger; `None` if it leads nowhere.
    pub fn map<C2>(&self, charger: impl Fn(&C) -> Option<C2>) -> Option<ChargeDecision<C2>> {
        Some(ChargeDecision {
            charger: charger(&self.charger)?,
            drive_time: self.drive_time,
            drive_distance: self.drive_distance,
            left_on_arrival: self.left_on_arrival,
        })
    }
}

/// Why an idle vehicle goes to stand there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandDecision {
    /// Where.
    pub position: Position,
    /// Drive there.
    pub drive_time: Millis,
    /// Length of the drive.
    pub drive_distance: Centimetres,
    /// Riders expected around there within the horizon, in thousandths.
    pub expected_milli: u32,
    /// Vehicles that will be there anyhow.
    pub held: u32,
}

/// Why a drive under way was planned anew: the first road on it that was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteCut {
    /// The closed edge of the road network.
    pub edge: u32,
    /// Its street's name, if it has one.
    pub street: Option<String>,
    /// Where it begins.
    pub position: Position,
    /// What was left of the drive before.
    pub drive_before: Millis,
    /// What is left of it now; `None`: no way is left.
    pub drive_now: Option<Millis>,
}
