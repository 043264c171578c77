//! What may be asked of a fleet, and how it may be refused.

use crate::charger::ChargerSpec;
use crate::decision::Version;
use crate::hand_over::HandOverNumber;
use crate::lifecycle::{Operational, OrderPhase};
use crate::order::OrderSpec;
use crate::vehicle::{Reading, VehicleSpec};
use crate::{ChargerId, Geofence, IdempotencyKey, Invalid, OrderId, Position, RegionId, VehicleId};
use serde::{Deserialize, Serialize};

/// Something asked of the fleet: it may be refused. One file under the engine's `admit/` for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Registers a vehicle, or changes what a known one is.
    PutVehicle(VehicleSpec, Reading),
    /// Takes a vehicle out of the fleet.
    RetireVehicle(VehicleId),
    /// Asks for a ride.
    PlaceOrder(OrderSpec),
    /// Calls a ride off.
    CancelOrder(OrderId),
    /// The driver takes the offer.
    Accept(VehicleId, OrderId),
    /// The driver does not.
    Decline(VehicleId, OrderId),
    /// The vehicle is at the pick-up.
    Arrived(VehicleId, OrderId),
    /// The riders are in.
    PickedUp(VehicleId, OrderId),
    /// The riders are out; with where the vehicle is then.
    DroppedOff(VehicleId, OrderId, Reading),
    /// Something broke.
    Fault(VehicleId, FaultReason),
    /// It works again.
    Recover(VehicleId),
    /// It is connected to a plug.
    PlugIn(VehicleId, ChargerId),
    /// It left the plug, or could not use it.
    Unplug(VehicleId, Reading),
    /// Opens a charger site, or changes a known one.
    PutCharger(ChargerSpec),
    /// Defines an area, or changes a known one.
    PutGeofence(Geofence),
    /// Gives a vehicle to another region.
    HandOver(VehicleId, RegionId),
    /// Takes a vehicle that another region gives, which says the same again until it has an answer.
    ReceiveHandOver(RegionId, HandOverNumber, VehicleSpec, Reading),
    /// The other region has the vehicle.
    AcknowledgeHandOver(RegionId, HandOverNumber),
}

impl Command {
    /// The vehicle that it is about, if it is about one.
    pub fn vehicle(&self) -> Option<&VehicleId> {
        match self {
            Self::PutVehicle(spec, _) | Self::ReceiveHandOver(_, _, spec, _) => Some(&spec.id),
            Self::RetireVehicle(vehicle)
            | Self::Accept(vehicle, _)
            | Self::Decline(vehicle, _)
            | Self::Arrived(vehicle, _)
            | Self::PickedUp(vehicle, _)
            | Self::DroppedOff(vehicle, ..)
            | Self::Fault(vehicle, _)
            | Self::Recover(vehicle)
            | Self::PlugIn(vehicle, _)
            | Self::Unplug(vehicle, _)
            | Self::HandOver(vehicle, _) => Some(vehicle),
            Self::PlaceOrder(_)
            | Self::CancelOrder(_)
            | Self::PutCharger(_)
            | Self::PutGeofence(_)
            | Self::AcknowledgeHandOver(..) => None,
        }
    }
}

/// What kind of fault a vehicle reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultReason {
    /// Anything mechanical or electrical.
    Breakdown,
    /// A crash or contact.
    Collision,
    /// The battery is empty.
    EmptyBattery,
    /// Sensors or software.
    Automation,
    /// Anything else.
    Other,
}

/// A command with the key under which it may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<C = Command> {
    /// What is asked.
    pub command: C,
    /// Same key and same fingerprint: same answer, no second effect.
    pub key: Option<(IdempotencyKey, Fingerprint)>,
}

/// A checksum of what the caller sent, to tell a repeat from a reuse of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub u64);

/// The answer to an accepted command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The world that includes it.
    pub version: Version,
}

/// The answer to any command.
pub type Answer<R = Refusal> = Result<Receipt, R>;

/// Why a command was refused. All of these happen in a healthy system; the code names a page under `docs/errors/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A value broke a rule.
    #[error("{code} {0}", code = if .0.is_cut_off() { "E0109" } else { "E0101" })]
    Invalid(Invalid),
    /// The place is further from any road than the region allows.
    #[error("E0102 {field} is {position}: must lie within {max_m} m of a road of this region")]
    OffTheMap {
        /// Which field.
        field: String,
        /// What it held.
        position: Position,
        /// How far is allowed.
        max_m: u32,
    },
    /// An order, vehicle, charger or geofence of that name is not known.
    #[error("E0201 no {kind} is called {id}")]
    Unknown {
        /// What was looked for.
        kind: String,
        /// Its name.
        id: String,
    },
    /// An order of that name exists already.
    #[error("E0202 an order called {0} exists already")]
    DuplicateOrder(OrderId),
    /// The order is not where this command could move it on from.
    #[error("E0203 order {order} is {phase:?}: this cannot happen to it now")]
    WrongPhase {
        /// Which order.
        order: OrderId,
        /// Where it stands.
        phase: OrderPhase,
    },
    /// The order is with another vehicle, or with none.
    #[error("E0204 order {order} is not with vehicle {vehicle}")]
    NotYours {
        /// Which order.
        order: OrderId,
        /// Who asked.
        vehicle: VehicleId,
    },
    /// The vehicle is not in a state in which this can happen.
    #[error("E0205 vehicle {vehicle} is {state:?}: this cannot happen to it now")]
    WrongState {
        /// Which vehicle.
        vehicle: VehicleId,
        /// Where it stands.
        state: Operational,
    },
    /// The vehicle is in the middle of an order or on its way to a charger.
    #[error("E0206 vehicle {0} is busy")]
    Busy(VehicleId),
    /// No plug is free there.
    #[error("E0207 no plug is free at {0}")]
    NoPlug(ChargerId),
    /// The key was used for a different command.
    #[error("E0301 this idempotency key was used for a different request")]
    KeyReused,
    /// The vehicle is another region's by now.
    #[error("E0208 vehicle {vehicle} was handed over to region {to}")]
    HandedOver {
        /// Which vehicle.
        vehicle: VehicleId,
        /// Whose it is.
        to: RegionId,
    },
}
