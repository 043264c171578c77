//! The streamed change: what happened, under names of its own. The journal's events can be rearranged without any of these
//! changing; `tests/golden/changes.json` pins them.
//!
//! The one way in is [`Event::from`], a match over every event of the model; there is none back.

use crate::decision::{ChargeDecision, MoveReason, RepositionDecision, RouteCut, Weighing};
use crate::mirror::mirror;
use crate::order::OrderAsked;
use crate::place::{Place, Reading};
use crate::schema;
use crate::site::{NewCharger, NewGeofence};
use crate::vehicle::{FaultReason, StopView, VehicleDescribed};
use paceline_model::{ChargerId, GeofenceId, IdempotencyKey, Instant, OrderId, RegionId, VehicleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A durable change of the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// The world after it: dense, from 1; whoever has seen n asks for what follows n.
    pub version: u64,
    /// When it happened.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
    /// What happened: an object with one field, whose name is the kind.
    pub event: Event,
}

mirror! {
    /// What went wrong after an order had a vehicle.
    FailureCause beside paceline_model::FailureCause {
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
}

/// An order that a shared route takes in, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderGained {
    /// Which order.
    #[schema(value_type = schema::Id)]
    pub order: OrderId,
    /// Why this vehicle.
    pub weighing: Weighing,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A vehicle joined: off, and not yet for hire.
    VehicleRegistered {
        /// What it is.
        spec: VehicleDescribed,
        /// What it said then.
        reading: Reading,
    },
    /// Power and link were good: it runs and is for hire.
    VehicleStarted {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
    },
    /// What it is has changed.
    VehicleUpdated {
        /// What it is now.
        spec: VehicleDescribed,
    },
    /// It left the fleet.
    VehicleRetired {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
    },
    /// It broke down.
    VehicleFaulted {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// How.
        reason: FaultReason,
        /// What it last said.
        reading: Reading,
    },
    /// It works again and is for hire.
    VehicleRecovered {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
    },
    /// It has been silent for too long.
    ContactLost {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
    },
    /// It is heard again.
    ContactRestored {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// What it said.
        reading: Reading,
    },
    /// A ride was asked for.
    OrderPlaced {
        /// What is asked.
        spec: OrderAsked,
    },
    /// A ride was cancelled.
    OrderCancelled {
        /// Which order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
    },
    /// Its latest pick-up passed while no one was coming.
    OrderTimedOut {
        /// Which order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
    },
    /// A driver was asked.
    OfferMade {
        /// Which order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// The answer is due.
        #[schema(value_type = schema::Time)]
        until: Instant,
        /// Where the vehicle was.
        reading: Reading,
        /// Why this one.
        weighing: Weighing,
    },
    /// A vehicle without a driver to ask got it.
    OrderAssigned {
        /// Which order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// Where the vehicle was.
        reading: Reading,
        /// Why this one.
        weighing: Weighing,
    },
    /// The driver said yes.
    OfferAccepted {
        /// Which order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
    },
    /// An order that had a vehicle has none any more, and is back in the queue with a higher priority.
    DispatchFailed {
        /// Which order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
        /// Which vehicle it was with.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// What went wrong.
        cause: FailureCause,
        /// Where riders already aboard are waiting now.
        stranded_at: Option<Place>,
        /// The latest pick-up from now on.
        #[schema(value_type = schema::Time)]
        latest_pickup: Instant,
    },
    /// The vehicle is at the pick-up.
    VehicleArrived {
        /// For which order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
    },
    /// The riders are in.
    RidersPickedUp {
        /// Which order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
    },
    /// The riders are where they wanted to be.
    RidersDroppedOff {
        /// Which order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// What the vehicle said then.
        reading: Reading,
    },
    /// The vehicle was sent to a charger, where a plug is kept for it.
    ChargeOrdered {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// Where it was.
        reading: Reading,
        /// Where to, and why.
        decision: ChargeDecision,
    },
    /// It is at the plug.
    ChargeStarted {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// Where.
        #[schema(value_type = schema::Id)]
        charger: ChargerId,
    },
    /// It left the plug, or gave up its way to it, and is for hire.
    ChargeEnded {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// What it said then.
        reading: Reading,
    },
    /// A charger site opened or changed.
    ChargerPut {
        /// Which site.
        #[schema(value_type = schema::Id)]
        id: ChargerId,
        /// What it is now.
        spec: NewCharger,
    },
    /// An area was defined or changed.
    GeofencePut {
        /// Which area.
        #[schema(value_type = schema::Id)]
        id: GeofenceId,
        /// What it is now.
        area: NewGeofence,
    },
    /// A keyed command was answered; a repeat gets the same answer.
    ReplyRecorded {
        /// Under which key.
        #[schema(value_type = schema::Id)]
        key: IdempotencyKey,
        /// The version that an accepted command made; null: it was refused.
        version: Option<u64>,
        /// The code of the refusal; null: it was accepted.
        code: Option<String>,
    },
    /// A vehicle has a new shared route. An order that it had and that is not in it has gone to another vehicle.
    RoutePlanned {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// Where the vehicle was.
        reading: Reading,
        /// All stops ahead of it.
        stops: Vec<StopView>,
        /// The orders that it did not have before, with the reason for each.
        gained: Vec<OrderGained>,
    },
    /// A vehicle with nothing to do was sent to where riders are expected. It can be dispatched all the while.
    RepositionOrdered {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// Where it was.
        reading: Reading,
        /// Where to, and why.
        decision: RepositionDecision,
    },
    /// The fleet is run by other options from now on. The world is the same.
    OptionsChanged {
        /// All of them, as in the section `[fleet]` of the server's configuration.
        #[schema(value_type = Object)]
        options: serde_json::Value,
    },
    /// An order that a vehicle was on its way to was given to another vehicle, which will be there no later than promised.
    OrderMoved {
        /// Which order.
        #[schema(value_type = schema::Id)]
        order: OrderId,
        /// The vehicle that had it.
        #[schema(value_type = schema::Id)]
        from: VehicleId,
        /// The vehicle that has it now.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// Where that vehicle was.
        reading: Reading,
        /// What it is good for.
        reason: MoveReason,
        /// Why this one.
        weighing: Weighing,
    },
    /// A road on the way of a vehicle that is under way was closed: its drive is planned again.
    RouteCut {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// Where it was.
        reading: Reading,
        /// The orders that it is under way for; none on its way to a charger.
        #[schema(value_type = Vec<schema::Id>)]
        orders: Vec<OrderId>,
        /// What was closed, and what that changes.
        cut: RouteCut,
    },
    /// A vehicle left this region for another, which is told so until it says that it has it. Whoever follows it goes on there.
    VehicleHandedOver {
        /// Which vehicle.
        #[schema(value_type = schema::Id)]
        vehicle: VehicleId,
        /// The region that is to have it.
        #[schema(value_type = schema::Id)]
        to: RegionId,
        /// Which hand-over of this region it is.
        number: u64,
        /// What was known of it.
        reading: Reading,
    },
    /// A vehicle came from another region; what it is follows in the next change, unless it was here already.
    HandOverReceived {
        /// Where from.
        #[schema(value_type = schema::Id)]
        from: RegionId,
        /// Which hand-over of that region it is.
        number: u64,
    },
    /// The other region has said that it has the vehicle.
    HandOverAcknowledged {
        /// The region that has it.
        #[schema(value_type = schema::Id)]
        to: RegionId,
        /// Which hand-over of this region.
        number: u64,
    },
}
