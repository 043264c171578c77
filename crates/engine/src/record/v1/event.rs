//! What has happened: the list whose places are the numbers on disk.

use super::answer::Answer;
use super::convert::{Load, Store, same_fields, same_variants};
use super::{ChargerSpec, Geofence, OrderSpec, Position, Reading, Stop, VehicleSpec, Weighing};
use paceline_model as model;
use paceline_model::Invalid;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event<'a> {
    VehicleRegistered {
        #[serde(borrow)]
        spec: VehicleSpec<'a>,
        reading: Reading,
    },
    VehicleStarted {
        vehicle: &'a str,
    },
    VehicleUpdated {
        #[serde(borrow)]
        spec: VehicleSpec<'a>,
    },
    VehicleRetired {
        vehicle: &'a str,
    },
    VehicleFaulted {
        vehicle: &'a str,
        reason: FaultReason,
        reading: Reading,
    },
    VehicleRecovered {
        vehicle: &'a str,
    },
    ContactLost {
        vehicle: &'a str,
    },
    ContactRestored {
        vehicle: &'a str,
        reading: Reading,
    },
    OrderPlaced {
        #[serde(borrow)]
        spec: OrderSpec<'a>,
    },
    OrderCancelled {
        order: &'a str,
    },
    OrderTimedOut {
        order: &'a str,
    },
    OfferMade {
        order: &'a str,
        vehicle: &'a str,
        until_ms: u64,
        reading: Reading,
        #[serde(borrow)]
        weighing: Weighing<'a>,
    },
    OrderAssigned {
        order: &'a str,
        vehicle: &'a str,
        reading: Reading,
        #[serde(borrow)]
        weighing: Weighing<'a>,
    },
    OfferAccepted {
        order: &'a str,
        vehicle: &'a str,
    },
    DispatchFailed {
        order: &'a str,
        vehicle: &'a str,
        cause: FailureCause,
        stranded_at: Option<Position>,
        latest_pickup_ms: u64,
    },
    VehicleArrived {
        order: &'a str,
        vehicle: &'a str,
    },
    RidersPickedUp {
        order: &'a str,
        vehicle: &'a str,
    },
    RidersDroppedOff {
        order: &'a str,
        vehicle: &'a str,
        reading: Reading,
    },
    ChargeOrdered {
        vehicle: &'a str,
        reading: Reading,
        #[serde(borrow)]
        decision: ChargeDecision<'a>,
    },
    ChargeStarted {
        vehicle: &'a str,
        charger: &'a str,
    },
    ChargeEnded {
        vehicle: &'a str,
        reading: Reading,
    },
    ChargerPut {
        #[serde(borrow)]
        spec: ChargerSpec<'a>,
    },
    GeofencePut {
        #[serde(borrow)]
        geofence: Geofence<'a>,
    },
    Remembered {
        key: &'a str,
        fingerprint: u64,
        #[serde(borrow)]
        answer: Answer<'a>,
    },
    RoutePlanned {
        vehicle: &'a str,
        reading: Reading,
        #[serde(borrow)]
        stops: Vec<Stop<'a>>,
        #[serde(borrow)]
        gained: Vec<(&'a str, Weighing<'a>)>,
    },
    StandOrdered {
        vehicle: &'a str,
        reading: Reading,
        decision: StandDecision,
    },
    OptionsChanged {
        /// All of them, as JSON.
        options: &'a str,
    },
    OrderMoved {
        order: &'a str,
        from: &'a str,
        vehicle: &'a str,
        reading: Reading,
        #[serde(borrow)]
        reason: MoveReason<'a>,
        #[serde(borrow)]
        weighing: Weighing<'a>,
    },
    RouteCut {
        vehicle: &'a str,
        reading: Reading,
        #[serde(borrow)]
        orders: Vec<&'a str>,
        #[serde(borrow)]
        cut: Cut<'a>,
    },
    VehicleHandedOver {
        vehicle: &'a str,
        to: &'a str,
        number: u64,
        reading: Reading,
    },
    HandOverReceived {
        from: &'a str,
        number: u64,
    },
    HandOverAcknowledged {
        to: &'a str,
        number: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum FaultReason {
    Breakdown,
    Collision,
    EmptyBattery,
    Automation,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum FailureCause {
    Declined,
    OfferTimedOut,
    Faulted,
    Vanished,
    Retired,
    RoadClosed,
    NotPickedUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum MoveReason<'a> {
    Better,
    FreesFor(&'a str),
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChargeDecision<'a> {
    pub(crate) charger: &'a str,
    pub(crate) drive_time_ms: u32,
    pub(crate) drive_distance_cm: u32,
    pub(crate) left_on_arrival_mwh: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StandDecision {
    pub(crate) position: Position,
    pub(crate) drive_time_ms: u32,
    pub(crate) drive_distance_cm: u32,
    pub(crate) expected_milli: u32,
    pub(crate) held: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cut<'a> {
    pub(crate) edge: u32,
    pub(crate) street: Option<&'a str>,
    pub(crate) position: Position,
    pub(crate) drive_before_ms: u32,
    pub(crate) drive_now_ms: Option<u32>,
}

same_variants!(FaultReason, model::FaultReason, {
    Breakdown = Breakdown,
    Collision = Collision,
    EmptyBattery = EmptyBattery,
    Automation = Automation,
    Other = Other,
});
same_variants!(FailureCause, model::FailureCause, {
    Declined = Declined,
    OfferTimedOut = OfferTimedOut,
    Faulted = Faulted,
    Vanished = Vanished,
    Retired = Retired,
    RoadClosed = RoadClosed,
    NotPickedUp = NotPickedUp,
});
same_variants!(MoveReason<'a>, model::MoveReason, { Better = Better, FreesFor = FreesFor(order) });
same_fields!(ChargeDecision<'a>, model::ChargeDecision, {
    charger,
    drive_time_ms = drive_time,
    drive_distance_cm = drive_distance,
    left_on_arrival_mwh = left_on_arrival,
});
same_fields!(StandDecision, model::StandDecision, {
    position,
    drive_time_ms = drive_time,
    drive_distance_cm = drive_distance,
    expected_milli,
    held,
});
same_fields!(Cut<'a>, model::RouteCut, {
    edge,
    street,
    position,
    drive_before_ms = drive_before,
    drive_now_ms = drive_now,
});
same_variants!(Event<'a>, model::Event, {
    VehicleRegistered = VehicleRegistered { spec, reading },
    VehicleStarted = VehicleStarted { vehicle },
    VehicleUpdated = VehicleUpdated { spec },
    VehicleRetired = VehicleRetired { vehicle },
    VehicleFaulted = VehicleFaulted { vehicle, reason, reading },
    VehicleRecovered = VehicleRecovered { vehicle },
    ContactLost = ContactLost { vehicle },
    ContactRestored = ContactRestored { vehicle, reading },
    OrderPlaced = OrderPlaced { spec },
    OrderCancelled = OrderCancelled { order },
    OrderTimedOut = OrderTimedOut { order },
    OfferMade = OfferMade { order, vehicle, until_ms = until, reading, weighing },
    OrderAssigned = OrderAssigned { order, vehicle, reading, weighing },
    OfferAccepted = OfferAccepted { order, vehicle },
    DispatchFailed = DispatchFailed { order, vehicle, cause, stranded_at, latest_pickup_ms = latest_pickup },
    VehicleArrived = VehicleArrived { order, vehicle },
    RidersPickedUp = RidersPickedUp { order, vehicle },
    RidersDroppedOff = RidersDroppedOff { order, vehicle, reading },
    ChargeOrdered = ChargeOrdered { vehicle, reading, decision },
    ChargeStarted = ChargeStarted { vehicle, charger },
    ChargeEnded = ChargeEnded { vehicle, reading },
    ChargerPut = ChargerPut { spec },
    GeofencePut = GeofencePut { geofence },
    Remembered = Remembered { key, fingerprint, answer },
    RoutePlanned = RoutePlanned { vehicle, reading, stops, gained },
    StandOrdered = StandOrdered { vehicle, reading, decision },
    OptionsChanged = OptionsChanged { options },
    OrderMoved = OrderMoved { order, from, vehicle, reading, reason, weighing },
    RouteCut = RouteCut { vehicle, reading, orders, cut },
    VehicleHandedOver = VehicleHandedOver { vehicle, to, number, reading },
    HandOverReceived = HandOverReceived { from, number },
    HandOverAcknowledged = HandOverAcknowledged { to, number },
});
