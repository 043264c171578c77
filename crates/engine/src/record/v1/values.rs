//! What vehicles, orders, chargers and areas are, and where.

use super::convert::{Load, Store, same_fields, same_variants};
use paceline_model as model;
use paceline_model::{Invalid, lifecycle};
use serde::{Deserialize, Serialize};

/// WGS 84 in ten-millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) lat_e7: i32,
    pub(crate) lon_e7: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    pub(crate) position: Position,
    pub(crate) heading_deg: Option<u16>,
    /// Hundredths of a percent.
    pub(crate) charge: u16,
    pub(crate) at_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VehicleSpec<'a> {
    pub(crate) id: &'a str,
    pub(crate) seats: u8,
    pub(crate) powertrain: Powertrain,
    #[serde(borrow)]
    pub(crate) attributes: Vec<&'a str>,
    pub(crate) driver: Driver,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Powertrain {
    pub(crate) capacity_mwh: u32,
    pub(crate) consumption_mwh_per_km: u32,
    pub(crate) grams_per_kwh: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Driver {
    Asked,
    Automatic,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderSpec<'a> {
    pub(crate) id: &'a str,
    pub(crate) pickup: Position,
    pub(crate) dropoff: Position,
    pub(crate) party: u8,
    pub(crate) earliest_pickup_ms: u64,
    pub(crate) latest_pickup_ms: u64,
    pub(crate) desired_arrival_ms: Option<u64>,
    #[serde(borrow)]
    pub(crate) priority: Vec<&'a str>,
    #[serde(borrow)]
    pub(crate) attributes: Vec<&'a str>,
    pub(crate) geofence: Option<&'a str>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChargerSpec<'a> {
    pub(crate) id: &'a str,
    pub(crate) position: Position,
    pub(crate) plugs: u16,
    pub(crate) plug_watts: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Geofence<'a> {
    pub(crate) id: &'a str,
    pub(crate) ring: Vec<Position>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stop<'a> {
    pub(crate) order: &'a str,
    pub(crate) kind: StopKind,
    pub(crate) due_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum StopKind {
    PickUp,
    DropOff,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum OrderPhase {
    Open,
    Offered,
    Assigned,
    Arrived,
    Aboard,
    Served,
    TimedOut,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Operational {
    Idle,
    Running,
    Charging,
    Faulted,
    Recovered,
    Shutdown,
}

same_variants!(Driver, model::Driver, { Asked = Asked, Automatic = Automatic });
same_variants!(StopKind, model::StopKind, { PickUp = PickUp, DropOff = DropOff });
same_variants!(OrderPhase, lifecycle::OrderPhase, {
    Open = Open,
    Offered = Offered,
    Assigned = Assigned,
    Arrived = Arrived,
    Aboard = Aboard,
    Served = Served,
    TimedOut = TimedOut,
    Cancelled = Cancelled,
});
same_variants!(Operational, lifecycle::Operational, {
    Idle = Idle,
    Running = Running,
    Charging = Charging,
    Faulted = Faulted,
    Recovered = Recovered,
    Shutdown = Shutdown,
});
same_fields!(Reading, model::Reading, { position, heading_deg = heading, charge, at_ms = at });
same_fields!(Powertrain, model::Powertrain, {
    capacity_mwh = capacity,
    consumption_mwh_per_km = consumption,
    grams_per_kwh,
});
same_fields!(VehicleSpec<'a>, model::VehicleSpec, { id, seats, powertrain, attributes, driver });
same_fields!(OrderSpec<'a>, model::OrderSpec, {
    id,
    pickup,
    dropoff,
    party,
    earliest_pickup_ms = earliest_pickup,
    latest_pickup_ms = latest_pickup,
    desired_arrival_ms = desired_arrival,
    priority,
    attributes,
    geofence,
});
same_fields!(ChargerSpec<'a>, model::ChargerSpec, { id, position, plugs, plug_watts });
same_fields!(Stop<'a>, model::Stop, { order, kind, due_ms = due });

impl Store<'_, Position> for model::Position {
    fn store(&self) -> Position {
        Position { lat_e7: self.lat_e7(), lon_e7: self.lon_e7() }
    }
}

impl Load<model::Position> for Position {
    fn load(self) -> Result<model::Position, Invalid> {
        model::Position::from_e7(self.lat_e7, self.lon_e7)
    }
}

impl<'a> Store<'a, Geofence<'a>> for model::Geofence {
    fn store(&'a self) -> Geofence<'a> {
        let ring = self.ring().iter().map(Store::store).collect();
        Geofence { id: self.id().as_str(), ring }
    }
}

impl Load<model::Geofence> for Geofence<'_> {
    fn load(self) -> Result<model::Geofence, Invalid> {
        model::Geofence::new(self.id.load()?, self.ring.load()?)
    }
}
