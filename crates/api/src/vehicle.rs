//! Vehicles: registered, as they stand, and what they say of their orders and batteries.

use crate::mirror::mirror;
use crate::order::tags;
use crate::place::{Place, reading, renamed};
use crate::position::PositionFix;
use crate::schema;
use paceline_model::{
    Charge, ChargerId, Heading, Instant, Invalid, OrderId, Powertrain, Reading, Stop, Tag, VehicleId,
    VehicleSpec,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

mirror! {
    /// Whether an offer waits for somebody's yes.
    #[derive(Default)]
    Driver beside paceline_model::Driver {
        /// A person, who accepts or declines.
        #[default]
        Asked,
        /// Nobody to ask: a plan is an assignment at once.
        Automatic,
    }
}

/// A vehicle as its owner describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVehicle {
    /// Places for riders.
    #[schema(value_type = schema::Seats)]
    pub seats: u8,
    /// Usable energy of a full battery.
    #[schema(value_type = schema::BatteryKwh)]
    pub battery_kwh: f64,
    /// Consumption at nominal speed.
    #[schema(value_type = schema::ConsumptionWhPerKm)]
    pub consumption_wh_per_km: f64,
    /// Grams of CO₂ per kilowatt-hour; 0 if left out.
    #[serde(default)]
    #[schema(value_type = schema::GramsPerKwh, required = false)]
    pub grams_per_kwh: u32,
    /// What it offers.
    #[serde(default)]
    #[schema(value_type = schema::Tags, required = false)]
    pub attributes: Vec<String>,
    /// `asked` if a driver accepts offers, `automatic` if there is nobody to ask; `asked` if left out.
    #[serde(default)]
    pub driver: Driver,
    /// Where it is.
    pub position: Place,
    /// How full its battery is.
    #[schema(value_type = schema::Percent)]
    pub battery_percent: f64,
    /// Degrees clockwise from north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::HeadingDeg>)]
    pub heading_deg: Option<f64>,
}

impl NewVehicle {
    /// A mid-sized electric vehicle for four, with nobody to ask and nothing special to offer.
    pub fn electric(position: Place, battery_percent: f64) -> Self {
        Self {
            seats: 4,
            battery_kwh: 62.0,
            consumption_wh_per_km: 160.0,
            grams_per_kwh: 0,
            attributes: Vec::new(),
            driver: Driver::Automatic,
            position,
            battery_percent,
            heading_deg: None,
        }
    }

    /// The vehicle and the first reading that are meant. Errors: a value breaks a rule.
    pub fn parts(self, id: VehicleId, now: Instant) -> Result<(VehicleSpec, Reading), Invalid> {
        let powertrain = Powertrain::new(self.battery_kwh, self.consumption_wh_per_km, self.grams_per_kwh)?;
        let attributes = tags("attributes", &self.attributes)?;
        let driver = self.driver.into();
        let spec = VehicleSpec { id, seats: self.seats, powertrain, attributes, driver }.validate()?;
        let reading = Reading {
            position: self.position.position("position")?,
            heading: self.heading_deg.map(Heading::from_degrees).transpose()?,
            charge: Charge::from_percent(self.battery_percent)?,
            at: now,
        };
        Ok((spec, reading))
    }
}

impl From<(&VehicleSpec, &Reading)> for NewVehicle {
    fn from((spec, reading): (&VehicleSpec, &Reading)) -> Self {
        Self {
            seats: spec.seats,
            battery_kwh: spec.powertrain.capacity.as_kwh(),
            consumption_wh_per_km: f64::from(spec.powertrain.consumption.0) / 1e3,
            grams_per_kwh: spec.powertrain.grams_per_kwh,
            attributes: spec.attributes.iter().map(ToString::to_string).collect(),
            driver: spec.driver.into(),
            position: reading.position.into(),
            battery_percent: reading.charge.as_percent(),
            heading_deg: reading.heading.map(|heading| heading.as_degrees().into()),
        }
    }
}

/// What a vehicle is, as a change tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VehicleDescribed {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: VehicleId,
    /// Places for riders.
    #[schema(value_type = schema::Seats)]
    pub seats: u8,
    /// Usable energy of a full battery.
    #[schema(value_type = schema::BatteryKwh)]
    pub battery_kwh: f64,
    /// Consumption at nominal speed.
    #[schema(value_type = schema::ConsumptionWhPerKm)]
    pub consumption_wh_per_km: f64,
    /// Grams of CO₂ per kilowatt-hour.
    #[schema(value_type = schema::GramsPerKwh)]
    pub grams_per_kwh: u32,
    /// What it offers.
    #[schema(value_type = schema::Tags)]
    pub attributes: BTreeSet<Tag>,
    /// Whether offers are asked.
    pub driver: Driver,
}

impl From<&VehicleSpec> for VehicleDescribed {
    fn from(of: &VehicleSpec) -> Self {
        Self {
            id: of.id.clone(),
            seats: of.seats,
            battery_kwh: of.powertrain.capacity.as_kwh(),
            consumption_wh_per_km: f64::from(of.powertrain.consumption.0) / 1e3,
            grams_per_kwh: of.powertrain.grams_per_kwh,
            attributes: of.attributes.clone(),
            driver: of.driver.into(),
        }
    }
}

/// All that there is to say of what needs no more than its path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Which order a vehicle speaks of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRef {
    /// The order.
    #[schema(value_type = schema::Id)]
    pub order: String,
}

impl OrderRef {
    /// The order's name. Errors: none.
    pub fn id(&self) -> Result<OrderId, Invalid> {
        OrderId::new(&self.order).map_err(|invalid| renamed(invalid, "order"))
    }
}

/// The riders are out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DroppedOff {
    /// The order.
    #[schema(value_type = schema::Id)]
    pub order: String,
    /// Where the vehicle is then.
    pub position: Place,
    /// How full its battery is.
    #[schema(value_type = schema::Percent)]
    pub battery_percent: f64,
}

impl DroppedOff {
    /// The order's name and the vehicle's reading. Errors: a value breaks a rule.
    pub fn parts(&self, now: Instant) -> Result<(OrderId, Reading), Invalid> {
        let reading = reading(self.position, self.battery_percent, now)?;
        Ok((OrderRef { order: self.order.clone() }.id()?, reading))
    }
}

/// It left the plug, or gave up its way to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unplugged {
    /// Where it is.
    pub position: Place,
    /// How full its battery is.
    #[schema(value_type = schema::Percent)]
    pub battery_percent: f64,
}

impl Unplugged {
    /// The vehicle's reading. Errors: a value breaks a rule.
    pub fn reading(&self, now: Instant) -> Result<Reading, Invalid> {
        reading(self.position, self.battery_percent, now)
    }
}

mirror! {
    /// What kind of fault a vehicle reports.
    FaultReason beside paceline_model::FaultReason {
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
}

/// Something broke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Faulted {
    /// What.
    pub reason: FaultReason,
}

/// Which charger a vehicle is plugged into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlugIn {
    /// The charger.
    #[schema(value_type = schema::Id)]
    pub charger: String,
}

mirror! {
    /// Power, faults, charging.
    Operational beside paceline_model::lifecycle::Operational {
        /// Off, or not yet checked.
        Idle,
        /// On the road.
        Running,
        /// At a plug.
        Charging,
        /// Broken; waits for recovery.
        Faulted,
        /// Repaired and checked, not yet back on the road.
        Recovered,
        /// Leaving: its tasks are being ended.
        Shutdown,
    }
}

mirror! {
    /// What a city sees: vehicle states of the Mobility Data Specification 2.0, mode `passenger-services`.
    Service beside paceline_model::lifecycle::Service {
        /// Not in the public right of way.
        Removed,
        /// Can be dispatched.
        Available,
        /// Present but not for hire: charging, off shift, faulted.
        NonOperational,
        /// Promised to an order, on its way.
        Reserved,
        /// With riders.
        OnTrip,
        /// At a pick-up or drop-off, or held up with riders.
        Stopped,
        /// Silent for too long.
        NonContactable,
        /// Outside the area.
        Elsewhere,
    }
}

/// What a vehicle does, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Nothing: it can be dispatched.
    Free,
    /// Its driver is thinking about an order.
    Offered,
    /// On its way to riders.
    ToPickup,
    /// Waiting for them.
    AtPickup,
    /// With them.
    Aboard,
    /// On its way to a charger.
    ToCharger,
    /// At the plug.
    Charging,
    /// Not in service: new, or faulted.
    Out,
    /// On a route that may serve several orders.
    Sharing,
    /// Silent for too long.
    Lost,
}

impl<O, C> From<&paceline_model::Job<O, C>> for Job {
    fn from(job: &paceline_model::Job<O, C>) -> Self {
        use paceline_model::Job as Model;
        match job {
            Model::Free => Self::Free,
            Model::Offered(_) => Self::Offered,
            Model::ToPickup(_) => Self::ToPickup,
            Model::AtPickup(_) => Self::AtPickup,
            Model::Aboard(_) => Self::Aboard,
            Model::ToCharger(_) => Self::ToCharger,
            Model::AtCharger(_) => Self::Charging,
            Model::Out => Self::Out,
            Model::Sharing(_) => Self::Sharing,
        }
    }
}

mirror! {
    /// What happens at a stop.
    StopKind beside paceline_model::StopKind {
        /// Riders get in.
        PickUp,
        /// Riders get out.
        DropOff,
    }
}

/// A stop of a shared route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StopView {
    /// For whom.
    #[schema(value_type = schema::Id)]
    pub order: OrderId,
    /// What for.
    pub kind: StopKind,
    /// The promise: not later than this.
    #[schema(value_type = schema::Time)]
    pub due: Instant,
}

impl From<&Stop> for StopView {
    fn from(stop: &Stop) -> Self {
        Self { order: stop.order.clone(), kind: stop.kind.into(), due: stop.due }
    }
}

/// A vehicle as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VehicleView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: VehicleId,
    /// Where it is, as far as known.
    pub position: Place,
    /// What that is worth.
    pub fix: PositionFix,
    /// Where it points, if it knows.
    #[schema(value_type = Option<schema::HeadingDeg>)]
    pub heading_deg: Option<u16>,
    /// How full its battery is.
    #[schema(value_type = schema::Percent)]
    pub battery_percent: f64,
    /// The energy in it.
    pub battery_kwh: f64,
    /// Places for riders.
    #[schema(value_type = schema::Seats)]
    pub seats: u8,
    /// What it offers.
    #[schema(value_type = schema::Tags)]
    pub attributes: BTreeSet<Tag>,
    /// Power, faults, charging.
    pub operational: Operational,
    /// What a city sees.
    pub service: Service,
    /// What it does.
    pub job: Job,
    /// The order that it is about; of several, the next one.
    #[schema(value_type = Option<schema::Id>)]
    pub order: Option<OrderId>,
    /// The charger that it is about.
    #[schema(value_type = Option<schema::Id>)]
    pub charger: Option<ChargerId>,
    /// The stops ahead of a vehicle that shares rides; empty for the others.
    pub route: Vec<StopView>,
    /// When its newest reading was taken.
    #[schema(value_type = schema::Time)]
    pub updated_at: Instant,
}
