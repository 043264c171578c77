//! What has happened. A fact cannot be refused; one file under the engine's `apply/` for each.

use crate::charger::ChargerSpec;
use crate::command::{Answer, FaultReason, Fingerprint};
use crate::decision::{ChargeDecision, RouteCut, StandDecision, Weighing};
use crate::hand_over::HandOverNumber;
use crate::order::OrderSpec;
use crate::vehicle::{Reading, VehicleSpec};
use crate::{ChargerId, Geofence, IdempotencyKey, Instant, OrderId, Position, RegionId, Stop, VehicleId};
use serde::{Deserialize, Serialize};

mod refer;

pub use refer::Refer;

/// A fact of the fleet's world. `V`, `O` and `C` say how vehicles, orders and chargers are referred to: by their lasting names, as
/// whoever is told of it reads it, or by their rows, as the engine folds it in. How it is stored is the engine's `record` to say,
/// not the order of this list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event<V = VehicleId, O = OrderId, C = ChargerId> {
    /// A vehicle joined: off, and not yet for hire.
    VehicleRegistered {
        /// What it is.
        spec: VehicleSpec,
        /// What it said then.
        reading: Reading,
    },
    /// Power and link were good: it runs and is for hire.
    VehicleStarted {
        /// Which.
        vehicle: V,
    },
    /// What it is has changed.
    VehicleUpdated {
        /// What it is now.
        spec: VehicleSpec,
    },
    /// It left the fleet.
    VehicleRetired {
        /// Which.
        vehicle: V,
    },
    /// It broke down.
    VehicleFaulted {
        /// Which.
        vehicle: V,
        /// How.
        reason: FaultReason,
        /// What it last said.
        reading: Reading,
    },
    /// It works again and is for hire.
    VehicleRecovered {
        /// Which.
        vehicle: V,
    },
    /// It has been silent for too long.
    ContactLost {
        /// Which.
        vehicle: V,
    },
    /// It is heard again.
    ContactRestored {
        /// Which.
        vehicle: V,
        /// What it said.
        reading: Reading,
    },
    /// A ride was asked for.
    OrderPlaced {
        /// What is asked.
        spec: OrderSpec,
    },
    /// A ride was called off.
    OrderCancelled {
        /// Which.
        order: O,
    },
    /// Its latest pick-up passed while nobody was coming.
    OrderTimedOut {
        /// Which.
        order: O,
    },
    /// A driver was asked.
    OfferMade {
        /// Which order.
        order: O,
        /// Which vehicle.
        vehicle: V,
        /// The answer is due.
        until: Instant,
        /// Where the vehicle was.
        reading: Reading,
        /// Why this one.
        weighing: Weighing,
    },
    /// A vehicle without a driver to ask got it.
    OrderAssigned {
        /// Which order.
        order: O,
        /// Which vehicle.
        vehicle: V,
        /// Where the vehicle was.
        reading: Reading,
        /// Why this one.
        weighing: Weighing,
    },
    /// The driver said yes.
    OfferAccepted {
        /// Which order.
        order: O,
        /// Which vehicle.
        vehicle: V,
    },
    /// An order that had a vehicle has none any more, and is back in the queue with a higher price.
    DispatchFailed {
        /// Which order.
        order: O,
        /// Which vehicle it was with.
        vehicle: V,
        /// What went wrong.
        cause: FailureCause,
        /// Where riders already aboard are waiting now.
        stranded_at: Option<Position>,
        /// The latest pick-up from now on.
        latest_pickup: Instant,
    },
    /// The vehicle is at the pick-up.
    VehicleArrived {
        /// For which order.
        order: O,
        /// Which vehicle.
        vehicle: V,
    },
    /// The riders are in.
    RidersPickedUp {
        /// Which order.
        order: O,
        /// Which vehicle.
        vehicle: V,
    },
    /// The riders are where they wanted to be.
    RidersDroppedOff {
        /// Which order.
        order: O,
        /// Which vehicle.
        vehicle: V,
        /// What the vehicle said then.
        reading: Reading,
    },
    /// The vehicle was sent to a charger, where a plug is kept for it.
    ChargeOrdered {
        /// Which vehicle.
        vehicle: V,
        /// Where it was.
        reading: Reading,
        /// Where to, and why.
        decision: ChargeDecision<C>,
    },
    /// It is at the plug.
    ChargeStarted {
        /// Which vehicle.
        vehicle: V,
        /// Where.
        charger: C,
    },
    /// It left the plug, or gave up its way to it, and is for hire.
    ChargeEnded {
        /// Which vehicle.
        vehicle: V,
        /// What it said then.
        reading: Reading,
    },
    /// A charger site opened or changed.
    ChargerPut {
        /// What it is now.
        spec: ChargerSpec,
    },
    /// An area was defined or changed.
    GeofencePut {
        /// What it is now.
        geofence: Geofence,
    },
    /// A keyed command was answered.
    Remembered {
        /// Under which key.
        key: IdempotencyKey,
        /// For what.
        fingerprint: Fingerprint,
        /// How.
        answer: Answer,
    },
    /// A vehicle has a new shared route. An order that it had and that is not in it has gone to another vehicle, whose
    /// route stands in the same record.
    RoutePlanned {
        /// Which vehicle.
        vehicle: V,
        /// Where the vehicle was.
        reading: Reading,
        /// All stops ahead of it.
        stops: Vec<Stop<O>>,
        /// The orders that it did not have before, with the reason for each.
        gained: Vec<(O, Weighing)>,
    },
    /// A vehicle with nothing to do was sent to where riders are expected. It can be dispatched all the while.
    StandOrdered {
        /// Which vehicle.
        vehicle: V,
        /// Where it was.
        reading: Reading,
        /// Where to, and why.
        decision: StandDecision,
    },
    /// The fleet is run by other options from now on. The world is the same.
    OptionsChanged {
        /// All of them, as JSON.
        options: String,
    },
    /// An order that a vehicle was on its way to was given to another vehicle, which will be there no later than promised.
    /// A vehicle that loses one order and gains another in the same record goes on to that one.
    OrderMoved {
        /// Which order.
        order: O,
        /// The vehicle that had it.
        from: V,
        /// The vehicle that has it now.
        vehicle: V,
        /// Where that vehicle was.
        reading: Reading,
        /// What it is good for.
        reason: MoveReason,
        /// Why this one.
        weighing: Weighing,
    },
    /// A road on the way of a vehicle that is under way was closed: its drive is planned anew. Where no way is left, the orders whose
    /// riders are not aboard are back in the queue, in the same record.
    RouteCut {
        /// Which vehicle.
        vehicle: V,
        /// Where it was.
        reading: Reading,
        /// The orders that it is under way for; none on its way to a charger.
        orders: Vec<O>,
        /// What was closed, and what that changes.
        cut: RouteCut,
    },
    /// It left this region for another, which is told so until it says that it has it.
    VehicleHandedOver {
        /// Which.
        vehicle: V,
        /// Where to.
        to: RegionId,
        /// Which hand-over of this region it is.
        number: HandOverNumber,
        /// What was known of it.
        reading: Reading,
    },
    /// A vehicle came from another region, and joins in the same record.
    HandOverReceived {
        /// Where from.
        from: RegionId,
        /// Which hand-over of that region it is.
        number: HandOverNumber,
    },
    /// The other region has said that it has the vehicle.
    HandOverAcknowledged {
        /// Which region.
        to: RegionId,
        /// Which hand-over of this region.
        number: HandOverNumber,
    },
}

/// What moving an order to another vehicle is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    /// The riders are picked up sooner, or for less driving.
    Better,
    /// The vehicle that had it serves that order instead, which makes the batch as a whole cheaper.
    FreesFor(OrderId),
}

impl Event {
    /// The vehicle that it is about, if it is about one; of two, the one that gains.
    pub fn vehicle(&self) -> Option<&VehicleId> {
        match self {
            Self::VehicleRegistered { spec, .. } | Self::VehicleUpdated { spec } => Some(&spec.id),
            _ => self.acting(),
        }
    }

    /// The order that it is about, if it is about one.
    pub fn order(&self) -> Option<&OrderId> {
        match self {
            Self::OrderPlaced { spec } => Some(&spec.id),
            Self::OrderCancelled { order }
            | Self::OrderTimedOut { order }
            | Self::OfferMade { order, .. }
            | Self::OrderAssigned { order, .. }
            | Self::OfferAccepted { order, .. }
            | Self::DispatchFailed { order, .. }
            | Self::VehicleArrived { order, .. }
            | Self::RidersPickedUp { order, .. }
            | Self::RidersDroppedOff { order, .. }
            | Self::OrderMoved { order, .. } => Some(order),
            Self::VehicleRegistered { .. }
            | Self::VehicleStarted { .. }
            | Self::VehicleUpdated { .. }
            | Self::VehicleRetired { .. }
            | Self::VehicleFaulted { .. }
            | Self::VehicleRecovered { .. }
            | Self::ContactLost { .. }
            | Self::ContactRestored { .. }
            | Self::ChargeOrdered { .. }
            | Self::ChargeStarted { .. }
            | Self::ChargeEnded { .. }
            | Self::RoutePlanned { .. }
            | Self::StandOrdered { .. }
            | Self::RouteCut { .. }
            | Self::ChargerPut { .. }
            | Self::GeofencePut { .. }
            | Self::Remembered { .. }
            | Self::VehicleHandedOver { .. }
            | Self::HandOverReceived { .. }
            | Self::HandOverAcknowledged { .. }
            | Self::OptionsChanged { .. } => None,
        }
    }
}

impl<V, O, C> Event<V, O, C> {
    /// The vehicle to which something happens or that does it, if there is one; of two, the one that gains. Not one that joins, or
    /// is described anew.
    pub fn acting(&self) -> Option<&V> {
        match self {
            Self::VehicleStarted { vehicle }
            | Self::VehicleRetired { vehicle }
            | Self::VehicleHandedOver { vehicle, .. }
            | Self::VehicleFaulted { vehicle, .. }
            | Self::VehicleRecovered { vehicle }
            | Self::ContactLost { vehicle }
            | Self::ContactRestored { vehicle, .. }
            | Self::OfferMade { vehicle, .. }
            | Self::OrderAssigned { vehicle, .. }
            | Self::OfferAccepted { vehicle, .. }
            | Self::DispatchFailed { vehicle, .. }
            | Self::VehicleArrived { vehicle, .. }
            | Self::RidersPickedUp { vehicle, .. }
            | Self::RidersDroppedOff { vehicle, .. }
            | Self::ChargeOrdered { vehicle, .. }
            | Self::ChargeStarted { vehicle, .. }
            | Self::ChargeEnded { vehicle, .. }
            | Self::RoutePlanned { vehicle, .. }
            | Self::StandOrdered { vehicle, .. }
            | Self::OrderMoved { vehicle, .. }
            | Self::RouteCut { vehicle, .. } => Some(vehicle),
            Self::VehicleRegistered { .. }
            | Self::VehicleUpdated { .. }
            | Self::OrderPlaced { .. }
            | Self::OrderCancelled { .. }
            | Self::OrderTimedOut { .. }
            | Self::ChargerPut { .. }
            | Self::GeofencePut { .. }
            | Self::Remembered { .. }
            | Self::HandOverReceived { .. }
            | Self::HandOverAcknowledged { .. }
            | Self::OptionsChanged { .. } => None,
        }
    }
}

/// What went wrong after an order had a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCause {
    /// The driver said no.
    Declined,
    /// The driver did not answer in time.
    OfferTimedOut,
    /// The vehicle broke down.
    Faulted,
    /// The vehicle has been silent for too long.
    Vanished,
    /// The vehicle was taken out of the fleet.
    Retired,
    /// A road was closed, and no other way leads to where it was going.
    RoadClosed,
    /// The riders were not aboard long after their latest pick-up.
    NotPickedUp,
}
