//! A vehicle: what it is (`VehicleSpec`), what it last reported (`Reading`), and where it stands in its two lifecycles.

use crate::lifecycle::{Operational, Service};
use crate::limits::{
    BATTERY_KWH, CONSUMPTION_WH_PER_KM, GRAMS_PER_KWH, Invalid, Rule, SEATS_MAX, TAGS_MAX, within,
};
use crate::{
    Charge, ChargerId, Heading, Instant, MilliwattHours, MilliwattHoursPerKm, OrderId, Position, Route, Tag,
    VehicleId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whether an offer waits for somebody's yes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    /// A person, who accepts or declines.
    #[default]
    Asked,
    /// Nobody to ask: a plan is an assignment at once.
    Automatic,
}

/// What moves the vehicle, and what that costs the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Powertrain {
    /// Usable energy of a full battery.
    pub capacity: MilliwattHours,
    /// Consumption at nominal speed; the road's effort factor scales it.
    pub consumption: MilliwattHoursPerKm,
    /// Grams of CO₂ per kilowatt-hour taken from the battery.
    pub grams_per_kwh: u32,
}

impl Powertrain {
    /// Errors: capacity or consumption outside the limits of [`crate::limits`].
    pub fn new(capacity_kwh: f64, consumption_wh_per_km: f64, grams_per_kwh: u32) -> Result<Self, Invalid> {
        let capacity = within("battery_kwh", capacity_kwh, BATTERY_KWH)?;
        let consumption = within("consumption_wh_per_km", consumption_wh_per_km, CONSUMPTION_WH_PER_KM)?;
        within("grams_per_kwh", f64::from(grams_per_kwh), GRAMS_PER_KWH)?;
        Ok(Self {
            capacity: MilliwattHours::from_kwh(capacity),
            consumption: MilliwattHoursPerKm((consumption * 1_000.0).round() as u32),
            grams_per_kwh,
        })
    }
}

/// What a vehicle is, as its owner registers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleSpec {
    /// Lasting name.
    pub id: VehicleId,
    /// Places for riders.
    pub seats: u8,
    /// Battery and consumption.
    pub powertrain: Powertrain,
    /// What it offers, such as `wheelchair`.
    pub attributes: BTreeSet<Tag>,
    /// Whether offers are asked.
    pub driver: Driver,
}

impl VehicleSpec {
    /// Errors: no seats or more than [`SEATS_MAX`]; more than [`TAGS_MAX`] attributes.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("seats", f64::from(self.seats), (1.0, f64::from(SEATS_MAX)))?;
        at_most_tags("attributes", self.attributes.len())?;
        Ok(self)
    }
}

/// Checks the number of tags in a list. Errors: more than [`TAGS_MAX`].
pub(crate) fn at_most_tags(field: &str, count: usize) -> Result<(), Invalid> {
    if count <= TAGS_MAX {
        return Ok(());
    }
    Err(Invalid::new(
        field,
        format!("{count} tags"),
        Rule::Size { least: 0, most: TAGS_MAX, unit: "tags".into() },
    ))
}

/// What a vehicle last said of itself: telemetry, not a fact, until a decision or an event uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Where it is.
    pub position: Position,
    /// Where it points, if it knows.
    #[serde(rename = "heading_deg")]
    pub heading: Option<Heading>,
    /// How full its battery is.
    #[serde(rename = "battery_percent")]
    pub charge: Charge,
    /// When it said so.
    pub at: Instant,
}

/// What a vehicle is doing for the fleet. `O` and `C` say how orders and chargers are referred to: by name, or by row.
///
/// ```text
///   Free -> Offered -> ToPickup -> AtPickup -> Aboard -> Free        Free -> ToCharger -> AtCharger -> Free
///   Free -> Sharing -> Free   (a route of several orders)      any -> Out -> Free   (a fault and its recovery)
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job<O = OrderId, C = ChargerId> {
    /// Nothing: it can be dispatched.
    Free,
    /// Its driver is thinking about an order.
    Offered(O),
    /// On its way to riders.
    ToPickup(O),
    /// Waiting for them.
    AtPickup(O),
    /// With them.
    Aboard(O),
    /// On its way to a plug that is kept for it.
    ToCharger(C),
    /// At the plug.
    AtCharger(C),
    /// Not in service: new, or faulted.
    Out,
    /// On a route that may serve several orders; never an empty one.
    Sharing(Route<O>),
}

impl<O: PartialEq, C> Job<O, C> {
    /// The order that it is about, if any; of several, the next one.
    pub fn order(&self) -> Option<&O> {
        match self {
            Self::Offered(order) | Self::ToPickup(order) | Self::AtPickup(order) | Self::Aboard(order) => {
                Some(order)
            }
            Self::Sharing(route) => route.stops().first().map(|stop| &stop.order),
            Self::Free | Self::ToCharger(_) | Self::AtCharger(_) | Self::Out => None,
        }
    }
    /// All orders that it is about.
    pub fn orders(&self) -> Vec<&O> {
        match self {
            Self::Sharing(route) => route.orders().collect(),
            _ => self.order().into_iter().collect(),
        }
    }
    /// The route, if it shares one.
    pub fn route(&self) -> Option<&Route<O>> {
        match self {
            Self::Sharing(route) => Some(route),
            _ => None,
        }
    }
    /// Whether riders are in the vehicle.
    pub fn has_riders(&self) -> bool {
        matches!(self, Self::Aboard(_)) || self.route().is_some_and(Route::has_riders)
    }
    /// The charger that it is about, if any.
    pub fn charger(&self) -> Option<&C> {
        match self {
            Self::ToCharger(charger) | Self::AtCharger(charger) => Some(charger),
            _ => None,
        }
    }
    /// The same with other references; `None` if one of them leads nowhere.
    pub fn map<O2, C2>(
        &self,
        order: impl Fn(&O) -> Option<O2>,
        charger: impl Fn(&C) -> Option<C2>,
    ) -> Option<Job<O2, C2>> {
        Some(match self {
            Self::Free => Job::Free,
            Self::Offered(of) => Job::Offered(order(of)?),
            Self::ToPickup(of) => Job::ToPickup(order(of)?),
            Self::AtPickup(of) => Job::AtPickup(order(of)?),
            Self::Aboard(of) => Job::Aboard(order(of)?),
            Self::ToCharger(at) => Job::ToCharger(charger(at)?),
            Self::AtCharger(at) => Job::AtCharger(charger(at)?),
            Self::Out => Job::Out,
            Self::Sharing(route) => Job::Sharing(route.map(order)?),
        })
    }
    /// The service state of a vehicle that can be heard and does this.
    pub fn service(&self) -> Service {
        match self {
            Self::Free => Service::Available,
            Self::Offered(_) | Self::ToPickup(_) => Service::Reserved,
            Self::AtPickup(_) => Service::Stopped,
            Self::Aboard(_) => Service::OnTrip,
            Self::Sharing(route) if route.arrived() > 0 => Service::Stopped,
            Self::Sharing(route) if route.has_riders() => Service::OnTrip,
            Self::Sharing(_) => Service::Reserved,
            Self::ToCharger(_) | Self::AtCharger(_) | Self::Out => Service::NonOperational,
        }
    }
}

/// A vehicle as the world knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vehicle {
    /// What it is.
    pub spec: Arc<VehicleSpec>,
    /// The newest reading that an event carried; telemetry may be newer.
    pub reading: Reading,
    /// Power, faults, charging.
    pub operational: Operational,
    /// What a city sees, in MDS terms.
    pub service: Service,
    /// What it is doing.
    pub job: Job,
    /// Since when it does that.
    pub since: Instant,
}

impl Vehicle {
    /// Energy left, by the reading that the world knows.
    pub fn energy(&self) -> MilliwattHours {
        self.reading.charge.of(self.spec.powertrain.capacity)
    }
    /// When it was last updated.
    pub fn updated_at(&self) -> Instant {
        self.reading.at
    }
}
