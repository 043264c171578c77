//! A fleet's world in a snapshot, and what was learnt of its riders behind it. A plain value: whoever lays worlds out anew
//! reads one of these, by name, and takes from it what it needs.

use super::answer::Answer;
use super::convert::{Load, Store, same_fields, same_variants};
use super::learnt::Learnt;
use super::values::{ChargerSpec, Geofence, Operational, OrderPhase, OrderSpec, Reading, Stop, VehicleSpec};
use super::weighing::Weighing;
use crate::record::{RecordError, from_bytes, take};
use paceline_model as model;
use paceline_model::{Invalid, lifecycle};
use serde::{Deserialize, Serialize};

/// The state of a snapshot: the world's bytes, then those of what was learnt. The first snapshots ended behind the world.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snapshot<'a> {
    pub(crate) world: World<'a>,
    pub(crate) learnt: Option<Learnt<'a>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct World<'a> {
    /// The number of the last event that went into it.
    pub(crate) version: u64,
    #[serde(borrow)]
    pub(crate) vehicles: Vec<(&'a str, Vehicle<'a>)>,
    #[serde(borrow)]
    pub(crate) orders: Vec<(&'a str, Order<'a>)>,
    #[serde(borrow)]
    pub(crate) chargers: Vec<(&'a str, ChargerSite<'a>)>,
    #[serde(borrow)]
    pub(crate) geofences: Vec<(&'a str, Geofence<'a>)>,
    /// Answers kept for repeats, by idempotency key.
    #[serde(borrow)]
    pub(crate) kept: Vec<(&'a str, Kept<'a>)>,
    /// When each of them was given, oldest first.
    #[serde(borrow)]
    pub(crate) keys_by_age: Vec<(u64, &'a str)>,
    /// When each finished order came to its outcome, oldest first.
    #[serde(borrow)]
    pub(crate) ended_by_age: Vec<(u64, &'a str)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Vehicle<'a> {
    #[serde(borrow)]
    pub(crate) spec: VehicleSpec<'a>,
    pub(crate) reading: Reading,
    pub(crate) operational: Operational,
    pub(crate) service: Service,
    #[serde(borrow)]
    pub(crate) job: Job<'a>,
    pub(crate) since_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Service {
    Removed,
    Available,
    NonOperational,
    Reserved,
    OnTrip,
    Stopped,
    NonContactable,
    Elsewhere,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Job<'a> {
    Free,
    Offered(&'a str),
    ToPickup(&'a str),
    AtPickup(&'a str),
    Aboard(&'a str),
    ToCharger(&'a str),
    AtCharger(&'a str),
    Out,
    #[serde(borrow)]
    Sharing(Route<'a>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Route<'a> {
    #[serde(borrow)]
    pub(crate) stops: Vec<Stop<'a>>,
    /// So many of the first stops are pick-ups at which the vehicle stands.
    pub(crate) arrived: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order<'a> {
    #[serde(borrow)]
    pub(crate) spec: OrderSpec<'a>,
    pub(crate) phase: OrderPhase,
    pub(crate) vehicle: Option<&'a str>,
    pub(crate) placed_at_ms: u64,
    pub(crate) since_ms: u64,
    pub(crate) latest_pickup_ms: u64,
    pub(crate) offer_until_ms: Option<u64>,
    pub(crate) picked_up_at_ms: Option<u64>,
    pub(crate) ended_at_ms: Option<u64>,
    pub(crate) failures: u8,
    #[serde(borrow)]
    pub(crate) declined: Vec<&'a str>,
    #[serde(borrow)]
    pub(crate) weighing: Option<Weighing<'a>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChargerSite<'a> {
    #[serde(borrow)]
    pub(crate) spec: ChargerSpec<'a>,
    pub(crate) taken: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept<'a> {
    pub(crate) fingerprint: u64,
    #[serde(borrow)]
    pub(crate) answer: Answer<'a>,
}

impl<'a> Snapshot<'a> {
    /// The bytes of the state, as they were written while this was the newest layout.
    #[cfg(test)]
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = crate::record::to_bytes(&self.world);
        if let Some(learnt) = &self.learnt {
            bytes.extend(crate::record::to_bytes(learnt));
        }
        bytes
    }

    /// Reads the bytes of the state. Errors: bytes of another layout.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, RecordError> {
        let (world, rest) = take(bytes)?;
        let learnt = if rest.is_empty() { None } else { Some(from_bytes(rest)?) };
        Ok(Self { world, learnt })
    }
}

same_fields!(Vehicle<'a>, model::Vehicle, { spec, reading, operational, service, job, since_ms = since });
same_variants!(Service, lifecycle::Service, {
    Removed = Removed,
    Available = Available,
    NonOperational = NonOperational,
    Reserved = Reserved,
    OnTrip = OnTrip,
    Stopped = Stopped,
    NonContactable = NonContactable,
    Elsewhere = Elsewhere,
});
same_variants!(Job<'a>, model::Job, {
    Free = Free,
    Offered = Offered(order),
    ToPickup = ToPickup(order),
    AtPickup = AtPickup(order),
    Aboard = Aboard(order),
    ToCharger = ToCharger(charger),
    AtCharger = AtCharger(charger),
    Out = Out,
    Sharing = Sharing(route),
});

impl<'a> Store<'a, Route<'a>> for model::Route {
    fn store(&'a self) -> Route<'a> {
        Route { stops: self.stops().iter().map(Store::store).collect(), arrived: self.arrived() }
    }
}

impl Load<model::Route> for Route<'_> {
    fn load(self) -> Result<model::Route, Invalid> {
        Ok(model::Route::new(self.stops.load()?, self.arrived))
    }
}
