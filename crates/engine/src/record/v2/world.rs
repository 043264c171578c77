//! A fleet's world with the ledger's part and what was learnt of the riders.

use super::table::{Idx, Table};
use crate::record::v1::answer::Answer;
use crate::record::v1::convert::{Load, Store, same_fields, same_variants};
use crate::record::v1::learnt::Forecast;
use crate::record::v1::values::{Operational, OrderPhase, StopKind};
use crate::record::v1::world::{ChargerSite, Service};
use crate::record::v1::{Geofence, OrderSpec, Position, Reading, VehicleSpec, Weighing};
use paceline_model as model;
use paceline_model::{ChargerIdx, Invalid, OrderIdx};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Snapshot<'a> {
    /// The number of the last event that went into it.
    pub(crate) version: u64,
    #[serde(borrow)]
    pub(crate) world: World<'a>,
    /// Answers kept for repeats, each with its time, oldest first.
    #[serde(borrow)]
    pub(crate) replies: Vec<(u64, Reply<'a>)>,
    pub(crate) learnt: Learnt,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct World<'a> {
    #[serde(borrow)]
    pub(crate) vehicles: Table<Vehicle<'a>>,
    #[serde(borrow)]
    pub(crate) orders: Table<Order<'a>>,
    #[serde(borrow)]
    pub(crate) chargers: Table<ChargerSite<'a>>,
    /// By name.
    #[serde(borrow)]
    pub(crate) geofences: Vec<Geofence<'a>>,
    /// When each finished order came to its outcome, oldest first.
    pub(crate) ended_by_age: Vec<(u64, Idx)>,
    /// When a vehicle last became one that can be dispatched.
    pub(crate) freed_at_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Vehicle<'a> {
    #[serde(borrow)]
    pub(crate) spec: VehicleSpec<'a>,
    pub(crate) reading: Reading,
    pub(crate) operational: Operational,
    pub(crate) service: Service,
    pub(crate) job: Job,
    pub(crate) since_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Job {
    Free,
    Offered(Idx),
    ToPickup(Idx),
    AtPickup(Idx),
    Aboard(Idx),
    ToCharger(Idx),
    AtCharger(Idx),
    Out,
    Sharing(Route),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Route {
    pub(crate) stops: Vec<Stop>,
    /// So many of the first stops are pick-ups at which the vehicle stands.
    pub(crate) arrived: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stop {
    pub(crate) order: Idx,
    pub(crate) kind: StopKind,
    pub(crate) due_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order<'a> {
    #[serde(borrow)]
    pub(crate) spec: OrderSpec<'a>,
    pub(crate) phase: OrderPhase,
    /// Who has it.
    pub(crate) vehicle: Option<Idx>,
    /// Who had it when it ended, and may have left the fleet since.
    pub(crate) ended_with: Option<&'a str>,
    pub(crate) placed_at_ms: u64,
    pub(crate) since_ms: u64,
    pub(crate) latest_pickup_ms: u64,
    pub(crate) offer_until_ms: Option<u64>,
    pub(crate) picked_up_at_ms: Option<u64>,
    pub(crate) ended_at_ms: Option<u64>,
    pub(crate) failures: u8,
    pub(crate) declined: Vec<Idx>,
    #[serde(borrow)]
    pub(crate) weighing: Option<Weighing<'a>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reply<'a> {
    pub(crate) key: &'a str,
    pub(crate) fingerprint: u64,
    #[serde(borrow)]
    pub(crate) answer: Answer<'a>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Learnt {
    pub(crate) forecast: Forecast,
    /// By vehicle: when it will be where it was sent, and where that is.
    pub(crate) sent: Vec<(Idx, (u64, Position))>,
}

same_variants!(Job, model::Job<OrderIdx, ChargerIdx>, {
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
same_fields!(Stop, model::Stop<OrderIdx>, { order, kind, due_ms = due });

impl Store<'_, Route> for model::Route<OrderIdx> {
    fn store(&self) -> Route {
        Route { stops: self.stops().iter().map(Store::store).collect(), arrived: self.arrived() }
    }
}

impl Load<model::Route<OrderIdx>> for Route {
    fn load(self) -> Result<model::Route<OrderIdx>, Invalid> {
        Ok(model::Route::new(self.stops.load()?, self.arrived))
    }
}
