//! What a decision weighed.

use super::Position;
use super::convert::{Load, Store, same_fields, same_variants};
use paceline_model as model;
use paceline_model::Invalid;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Weighing<'a> {
    /// The version of the world that the round looked at.
    pub(crate) made_from: u64,
    pub(crate) policy: &'a str,
    #[serde(borrow)]
    pub(crate) candidates: Vec<Candidate<'a>>,
    pub(crate) feasible: u32,
    pub(crate) excluded: Vec<Excluded>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Candidate<'a> {
    pub(crate) vehicle: &'a str,
    pub(crate) position: Position,
    pub(crate) pickup_time_ms: u32,
    pub(crate) pickup_distance_cm: u32,
    pub(crate) price: Vec<PricePart>,
    #[serde(borrow)]
    pub(crate) passed_over: Option<PassedOver<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PricePart {
    pub(crate) kind: PriceKind,
    pub(crate) amount: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum PriceKind {
    EmptyDistance,
    Waiting,
    Carbon,
    VehicleTime,
    Delay,
    Switching,
    Future,
    Holding,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum PassedOver<'a> {
    Dearer,
    ServesInstead(&'a str),
    DearerThanWaiting,
    FreeSoon,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Excluded {
    pub(crate) reason: Exclusion,
    pub(crate) vehicles: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Exclusion {
    TooFar,
    Seats,
    Attributes,
    Range,
    Geofence,
    Declined,
}

same_variants!(PriceKind, model::PriceKind, {
    EmptyDistance = EmptyDistance,
    Waiting = Waiting,
    Carbon = Carbon,
    VehicleTime = VehicleTime,
    Delay = Delay,
    Switching = Switching,
    Future = Future,
    Holding = Holding,
});
same_variants!(Exclusion, model::Exclusion, {
    TooFar = TooFar,
    Seats = Seats,
    Attributes = Attributes,
    Range = Range,
    Geofence = Geofence,
    Declined = Declined,
});
same_variants!(PassedOver<'a>, model::PassedOver, {
    Dearer = Dearer,
    ServesInstead = ServesInstead(order),
    DearerThanWaiting = DearerThanWaiting,
    FreeSoon = FreeSoon,
});
same_fields!(Weighing<'a>, model::Weighing, { made_from, policy, candidates, feasible, excluded });
same_fields!(Candidate<'a>, model::Candidate, {
    vehicle,
    position,
    pickup_time_ms = pickup_time,
    pickup_distance_cm = pickup_distance,
    price,
    passed_over,
});
same_fields!(PricePart, model::PricePart, { kind, amount });
same_fields!(Excluded, model::Excluded, { reason, vehicles });
