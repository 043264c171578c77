//! Why: what a decision weighed, in units that people read.

use crate::mirror::mirror;
use crate::order::OrderPhase;
use crate::place::Place;
use crate::schema;
use paceline_model::{ChargerId, Millis, OrderId, VehicleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// What a part of a price stands for.
    PriceKind beside paceline_model::PriceKind {
        /// Distance driven empty to the pick-up.
        EmptyDistance,
        /// The riders' waiting until pick-up.
        Waiting,
        /// Carbon dioxide of the empty distance.
        Carbon,
        /// Time that the vehicle is bound by the order, pick-up drive and ride together.
        VehicleTime,
        /// What a shared route costs all its riders.
        Delay,
        /// What moving an order to another vehicle has to be worth.
        Switching,
        /// What the vehicle gives up where it stands, less what it will be worth where the ride ends.
        Future,
        /// What deferring an order for a vehicle that is soon available has to be worth.
        Holding,
    }
}

/// One addend of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PricePart {
    /// What it stands for.
    pub kind: PriceKind,
    /// How much, in the policy's own unit.
    pub amount: i64,
}

/// Why a feasible candidate was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PassedOver {
    /// Another vehicle costs less for this order.
    Dearer,
    /// It serves that order instead, which makes the batch as a whole cheaper.
    ServesInstead {
        /// That order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
    },
    /// Leaving the order for a later round is cheaper than this.
    DearerThanWaiting,
    /// The order is deferred for it: it is soon available, and better than any that is free now.
    SoonAvailable,
}

impl From<&paceline_model::PassedOver> for PassedOver {
    fn from(of: &paceline_model::PassedOver) -> Self {
        use paceline_model::PassedOver as Model;
        match of {
            Model::Dearer => Self::Dearer,
            Model::ServesInstead(order) => Self::ServesInstead { order: order.clone() },
            Model::DearerThanWaiting => Self::DearerThanWaiting,
            Model::FreeSoon => Self::SoonAvailable,
        }
    }
}

/// One vehicle weighed for one order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// Which vehicle.
    #[schema(value_type = schema::Id)]
    pub vehicle: VehicleId,
    /// Where it was when it was weighed.
    pub position: Place,
    /// Drive to the pick-up.
    pub pickup_time_s: f64,
    /// Length of that drive.
    pub pickup_distance_m: f64,
    /// Parts of the price; their sum is the price.
    pub price: Vec<PricePart>,
    /// Why it was not taken; null for the one that was.
    pub passed_over: Option<PassedOver>,
}

impl From<&paceline_model::Candidate> for Candidate {
    fn from(of: &paceline_model::Candidate) -> Self {
        let part =
            |part: &paceline_model::PricePart| PricePart { kind: part.kind.into(), amount: part.amount };
        Self {
            vehicle: of.vehicle.clone(),
            position: of.position.into(),
            pickup_time_s: of.pickup_time.as_secs_f64(),
            pickup_distance_m: of.pickup_distance.as_metres(),
            price: of.price.iter().map(part).collect(),
            passed_over: of.passed_over.as_ref().map(PassedOver::from),
        }
    }
}

mirror! {
    /// Why a vehicle was no candidate at all.
    Exclusion beside paceline_model::Exclusion {
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
}

/// How often an exclusion applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Excluded {
    /// The reason.
    pub reason: Exclusion,
    /// How many vehicles it ruled out among those weighed.
    pub vehicles: u32,
}

/// What one round found for one order, taken or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Weighing {
    /// The version of the world that the round looked at.
    pub made_from: u64,
    /// The policy's name.
    pub policy: String,
    /// Cheapest candidates, cheapest first; at most four, the taken one among them.
    pub candidates: Vec<Candidate>,
    /// How many vehicles were feasible in all.
    pub feasible: u32,
    /// What the others were out for.
    pub excluded: Vec<Excluded>,
}

impl From<&paceline_model::Weighing> for Weighing {
    fn from(of: &paceline_model::Weighing) -> Self {
        let excluded = |excluded: &paceline_model::Excluded| Excluded {
            reason: excluded.reason.into(),
            vehicles: excluded.vehicles,
        };
        Self {
            made_from: of.made_from.0,
            policy: of.policy.clone(),
            candidates: of.candidates.iter().map(Candidate::from).collect(),
            feasible: of.feasible,
            excluded: of.excluded.iter().map(excluded).collect(),
        }
    }
}

/// Where a vehicle goes to charge, and what that takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChargeDecision {
    /// Which charger.
    #[schema(value_type = schema::Id)]
    pub charger: ChargerId,
    /// Drive there.
    pub drive_time_s: f64,
    /// Length of the drive.
    pub drive_distance_m: f64,
    /// Energy that will be left on arrival.
    pub left_on_arrival_kwh: f64,
}

impl From<&paceline_model::ChargeDecision> for ChargeDecision {
    fn from(of: &paceline_model::ChargeDecision) -> Self {
        Self {
            charger: of.charger.clone(),
            drive_time_s: of.drive_time.as_secs_f64(),
            drive_distance_m: of.drive_distance.as_metres(),
            left_on_arrival_kwh: of.left_on_arrival.as_kwh(),
        }
    }
}

/// Where an idle vehicle is repositioned to, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RepositionDecision {
    /// Where to.
    pub position: Place,
    /// Drive there.
    pub drive_time_s: f64,
    /// Length of the drive.
    pub drive_distance_m: f64,
    /// Riders expected around there within the horizon.
    pub expected_riders: f64,
    /// Vehicles that will be there anyhow.
    pub vehicles_there: u32,
}

impl From<&paceline_model::StandDecision> for RepositionDecision {
    fn from(of: &paceline_model::StandDecision) -> Self {
        Self {
            position: of.position.into(),
            drive_time_s: of.drive_time.as_secs_f64(),
            drive_distance_m: of.drive_distance.as_metres(),
            expected_riders: f64::from(of.expected_milli) / 1e3,
            vehicles_there: of.held,
        }
    }
}

/// Why a drive under way was planned again: the first road on it that was closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteCut {
    /// The closed edge of the road network.
    pub edge: u32,
    /// Its street's name, if it has one.
    pub street: Option<String>,
    /// Where it begins.
    pub position: Place,
    /// What was left of the drive before.
    pub drive_before_s: f64,
    /// What is left of it now; null: no way is left.
    pub drive_now_s: Option<f64>,
}

impl From<&paceline_model::RouteCut> for RouteCut {
    fn from(of: &paceline_model::RouteCut) -> Self {
        Self {
            edge: of.edge,
            street: of.street.clone(),
            position: of.position.into(),
            drive_before_s: of.drive_before.as_secs_f64(),
            drive_now_s: of.drive_now.map(Millis::as_secs_f64),
        }
    }
}

/// What moving an order to another vehicle is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    /// The riders are picked up sooner, or for less driving.
    Better,
    /// The vehicle that had it serves that order instead, which makes the batch as a whole cheaper.
    FreesFor {
        /// That order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
    },
}

impl From<&paceline_model::MoveReason> for MoveReason {
    fn from(of: &paceline_model::MoveReason) -> Self {
        use paceline_model::MoveReason as Model;
        match of {
            Model::Better => Self::Better,
            Model::FreesFor(order) => Self::FreesFor { order: order.clone() },
        }
    }
}

/// Why an order stands where it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// Which order.
    #[schema(value_type = schema::Id)]
    pub order: OrderId,
    /// Where it stands.
    pub phase: OrderPhase,
    /// Which vehicle has it, or served it.
    #[schema(value_type = Option<schema::Id>)]
    pub vehicle: Option<VehicleId>,
    /// How often a vehicle that had it fell out.
    pub failures: u8,
    /// What was weighed: by the round that gave it away, or, while it is open, by the last round that looked at it.
    pub weighing: Option<Weighing>,
    /// The last closed road that cut the drive of its vehicle, while it is under way.
    pub route_cut: Option<RouteCut>,
    /// The same in sentences.
    pub words: Vec<String>,
}
