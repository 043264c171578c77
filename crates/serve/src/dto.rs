//! What callers write and read: JSON shapes with their units in the names, turned into the model at once.

use paceline_engine::{Fleet, Order, World};
use paceline_model::lifecycle::{Operational, OrderPhase, Service};
use paceline_model::{
    Charge, ChargerId, ChargerSpec, Driver, FaultReason, Geofence, GeofenceId, Heading, Instant, Invalid,
    Millis, OrderId, OrderSpec, Position, Powertrain, Reading, Route, Rule, Stop, StopKind, Tag, Vehicle,
    VehicleId, VehicleSpec,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A place on the ground, WGS 84.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// Degrees, north positive.
    pub(crate) lat: f64,
    /// Degrees, east positive.
    pub(crate) lon: f64,
}

impl Place {
    fn position(self, field: &str) -> Result<Position, Invalid> {
        Position::new(self.lat, self.lon).map_err(|invalid| invalid.within(field))
    }
}

impl From<Position> for Place {
    fn from(at: Position) -> Self {
        Self { lat: at.lat(), lon: at.lon() }
    }
}

/// A ride to ask for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrder {
    /// Its lasting name; one is made if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Where the riders wait.
    pub(crate) pickup: Place,
    /// Where they want to be.
    pub(crate) dropoff: Place,
    /// How many ride; 1 if left out.
    #[serde(default = "one")]
    pub(crate) party: u8,
    /// RFC 3339; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) earliest_pickup: Option<String>,
    /// RFC 3339; `max_wait_s` after the earliest if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latest_pickup: Option<String>,
    /// Instead of `latest_pickup`: seconds after the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_wait_s: Option<u32>,
    /// RFC 3339; when they would like to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) desired_arrival: Option<String>,
    /// Tags that raise its priority.
    #[serde(default)]
    pub(crate) priority: Vec<String>,
    /// What the vehicle must offer.
    #[serde(default)]
    pub(crate) attributes: Vec<String>,
    /// Only vehicles inside this area may serve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) geofence: Option<String>,
}

fn one() -> u8 {
    1
}

impl NewOrder {
    /// The order that is meant; `fallback_id` names it if it has no name.
    pub(crate) fn spec(self, now: Instant, max_wait_s: u32, fallback_id: &str) -> Result<OrderSpec, Invalid> {
        if let (Some(_), Some(wait_s)) = (&self.latest_pickup, self.max_wait_s) {
            let rule = Rule::Without { other: "latest_pickup".into() };
            return Err(Invalid::new("max_wait_s", wait_s, rule));
        }
        let earliest_pickup = time("earliest_pickup", self.earliest_pickup.as_deref())?.unwrap_or(now);
        let wait = Millis::from_secs(self.max_wait_s.unwrap_or(max_wait_s));
        let latest_pickup =
            time("latest_pickup", self.latest_pickup.as_deref())?.unwrap_or(earliest_pickup + wait);
        OrderSpec {
            id: OrderId::new(self.id.as_deref().unwrap_or(fallback_id))
                .map_err(|invalid| renamed(invalid, "id"))?,
            pickup: self.pickup.position("pickup")?,
            dropoff: self.dropoff.position("dropoff")?,
            party: self.party,
            earliest_pickup,
            latest_pickup,
            desired_arrival: time("desired_arrival", self.desired_arrival.as_deref())?,
            priority: tags("priority", &self.priority)?,
            attributes: tags("attributes", &self.attributes)?,
            geofence: self
                .geofence
                .map(|id| GeofenceId::new(&id))
                .transpose()
                .map_err(|i| renamed(i, "geofence"))?,
        }
        .validate(now)
    }
}

fn renamed(mut invalid: Invalid, field: &str) -> Invalid {
    invalid.field = field.into();
    invalid
}

fn time(field: &str, text: Option<&str>) -> Result<Option<Instant>, Invalid> {
    text.map(str::parse).transpose().map_err(|invalid| renamed(invalid, field))
}

fn tags(field: &str, list: &[String]) -> Result<BTreeSet<Tag>, Invalid> {
    list.iter().map(|tag| Tag::new(tag)).collect::<Result<_, _>>().map_err(|invalid| renamed(invalid, field))
}

/// A vehicle as its owner describes it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewVehicle {
    /// Places for riders.
    pub(crate) seats: u8,
    /// Usable energy of a full battery.
    pub(crate) battery_kwh: f64,
    /// Consumption at nominal speed.
    pub(crate) consumption_wh_per_km: f64,
    /// Grams of CO₂ per kilowatt-hour; 0 if left out.
    #[serde(default)]
    pub(crate) grams_per_kwh: u32,
    /// What it offers.
    #[serde(default)]
    pub(crate) attributes: Vec<String>,
    /// `asked` if a driver accepts offers, `automatic` if there is nobody to ask; `asked` if left out.
    #[serde(default)]
    #[schema(value_type = String)]
    pub(crate) driver: Driver,
    /// Where it is.
    pub(crate) position: Place,
    /// How full its battery is, 0 to 100.
    pub(crate) battery_percent: f64,
    /// Degrees clockwise from north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) heading_deg: Option<f64>,
}

impl NewVehicle {
    pub(crate) fn parts(self, id: VehicleId, now: Instant) -> Result<(VehicleSpec, Reading), Invalid> {
        let powertrain = Powertrain::new(self.battery_kwh, self.consumption_wh_per_km, self.grams_per_kwh)?;
        let attributes = tags("attributes", &self.attributes)?;
        let spec =
            VehicleSpec { id, seats: self.seats, powertrain, attributes, driver: self.driver }.validate()?;
        let reading = Reading {
            position: self.position.position("position")?,
            heading: self.heading_deg.map(Heading::from_degrees).transpose()?,
            charge: Charge::from_percent(self.battery_percent)?,
            at: now,
        };
        Ok((spec, reading))
    }
}

/// One vehicle's reading in a batch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TelemetryItem {
    /// Which vehicle.
    pub(crate) vehicle: String,
    /// Degrees, north positive.
    pub(crate) lat: f64,
    /// Degrees, east positive.
    pub(crate) lon: f64,
    /// How full its battery is, 0 to 100.
    pub(crate) battery_percent: f64,
    /// Degrees clockwise from north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) heading_deg: Option<f64>,
    /// RFC 3339; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
}

impl TelemetryItem {
    pub(crate) fn reading(&self, now: Instant) -> Result<(VehicleId, Reading), Invalid> {
        let vehicle = VehicleId::new(&self.vehicle).map_err(|invalid| renamed(invalid, "vehicle"))?;
        let Self { lat, lon, battery_percent, heading_deg, at, .. } = self;
        Ok((vehicle, told([*lat, *lon], *battery_percent, *heading_deg, at.as_deref(), now)?))
    }
}

/// One reading of the vehicle whose connection it comes over.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PositionLine {
    /// Degrees, north positive.
    lat: f64,
    /// Degrees, east positive.
    lon: f64,
    /// How full its battery is, 0 to 100.
    battery_percent: f64,
    /// Degrees clockwise from north.
    #[serde(default)]
    heading_deg: Option<f64>,
    /// RFC 3339; now if left out.
    #[serde(default)]
    at: Option<String>,
}

impl PositionLine {
    pub(crate) fn reading(&self, now: Instant) -> Result<Reading, Invalid> {
        let Self { lat, lon, battery_percent, heading_deg, at } = self;
        told([*lat, *lon], *battery_percent, *heading_deg, at.as_deref(), now)
    }
}

/// The reading that a position tells, from latitude and longitude on.
fn told(
    [lat, lon]: [f64; 2],
    battery_percent: f64,
    heading_deg: Option<f64>,
    at: Option<&str>,
    now: Instant,
) -> Result<Reading, Invalid> {
    Ok(Reading {
        position: Position::new(lat, lon)?,
        heading: heading_deg.map(Heading::from_degrees).transpose()?,
        charge: Charge::from_percent(battery_percent)?,
        at: time("at", at)?.unwrap_or(now),
    })
}

/// Which order a vehicle speaks of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderRef {
    /// The order.
    pub(crate) order: String,
}

impl OrderRef {
    pub(crate) fn id(&self) -> Result<OrderId, Invalid> {
        OrderId::new(&self.order).map_err(|invalid| renamed(invalid, "order"))
    }
}

/// The riders are out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DroppedOff {
    /// The order.
    pub(crate) order: String,
    /// Where the vehicle is then.
    pub(crate) position: Place,
    /// How full its battery is, 0 to 100.
    pub(crate) battery_percent: f64,
}

/// A vehicle's word of where it is and how full.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unplugged {
    /// Where it is.
    pub(crate) position: Place,
    /// How full its battery is, 0 to 100.
    pub(crate) battery_percent: f64,
}

/// The reading in a vehicle's word.
pub(crate) fn reading(position: Place, battery_percent: f64, now: Instant) -> Result<Reading, Invalid> {
    let charge = Charge::from_percent(battery_percent)?;
    Ok(Reading { position: position.position("position")?, heading: None, charge, at: now })
}

/// Something broke.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Faulted {
    /// `breakdown`, `collision`, `empty_battery`, `automation` or `other`.
    #[schema(value_type = String)]
    pub(crate) reason: FaultReason,
}

/// Which charger a vehicle is plugged into.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlugIn {
    /// The charger.
    pub(crate) charger: String,
}

/// A charger site as its owner describes it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCharger {
    /// Where it is.
    pub(crate) position: Place,
    /// How many vehicles can charge at once.
    pub(crate) plugs: u16,
    /// Power of one plug.
    pub(crate) plug_kw: f64,
}

impl NewCharger {
    pub(crate) fn spec(&self, id: ChargerId) -> Result<ChargerSpec, Invalid> {
        ChargerSpec::new(id, self.position.position("position")?, self.plugs, self.plug_kw)
    }
}

/// An area as GeoJSON writes it: one closed ring, longitude first. Source: RFC 7946.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGeofence {
    /// `Polygon`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// One ring of [longitude, latitude].
    pub(crate) coordinates: Vec<Vec<[f64; 2]>>,
}

impl NewGeofence {
    pub(crate) fn area(&self, id: GeofenceId) -> Result<Geofence, Invalid> {
        if self.kind != "Polygon" {
            return Err(Invalid::new("type", &self.kind, Rule::OneOf("Polygon".into())));
        }
        let [ring] = self.coordinates.as_slice() else {
            let rule = Rule::Size { least: 1, most: 1, unit: "rings: holes are not supported".into() };
            return Err(Invalid::new("coordinates", self.coordinates.len(), rule));
        };
        let corner = |(index, [lon, lat]): (usize, &[f64; 2])| {
            Position::new(*lat, *lon).map_err(|invalid| invalid.within(&format!("coordinates[0][{index}]")))
        };
        let ring = ring.iter().enumerate().map(corner).collect::<Result<_, _>>()?;
        Geofence::new(id, ring).map_err(|invalid| renamed(invalid, "coordinates[0]"))
    }
}

/// The answer to an accepted command.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Accepted {
    /// What it was about.
    pub(crate) id: String,
    /// The world that includes it: durable.
    pub(crate) version: u64,
}

/// An order as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    id: String,
    #[schema(value_type = String)]
    phase: OrderPhase,
    vehicle: Option<String>,
    pickup: Place,
    dropoff: Place,
    party: u8,
    #[schema(value_type = String)]
    placed_at: Instant,
    #[schema(value_type = String)]
    since: Instant,
    #[schema(value_type = String)]
    earliest_pickup: Instant,
    #[schema(value_type = String)]
    latest_pickup: Instant,
    #[schema(value_type = Option<String>)]
    picked_up_at: Option<Instant>,
    #[schema(value_type = Option<String>)]
    ended_at: Option<Instant>,
    failures: u8,
    #[schema(value_type = Vec<String>)]
    priority: BTreeSet<Tag>,
    #[schema(value_type = Vec<String>)]
    attributes: BTreeSet<Tag>,
}

impl OrderView {
    pub(crate) fn new(world: &World, order: &Order) -> Self {
        Self {
            id: order.spec.id.to_string(),
            phase: order.phase,
            vehicle: world.vehicle_of(order).map(ToString::to_string),
            pickup: order.spec.pickup.into(),
            dropoff: order.spec.dropoff.into(),
            party: order.spec.party,
            placed_at: order.placed_at,
            since: order.since,
            earliest_pickup: order.spec.earliest_pickup,
            latest_pickup: order.latest_pickup,
            picked_up_at: order.picked_up_at,
            ended_at: order.ended_at,
            failures: order.failures,
            priority: order.spec.priority.clone(),
            attributes: order.spec.attributes.clone(),
        }
    }
}

/// A stop of a shared route.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StopView {
    order: String,
    #[schema(value_type = String)]
    kind: StopKind,
    /// The promise: not later than this.
    #[schema(value_type = String)]
    due: Instant,
}

impl From<&Stop> for StopView {
    fn from(stop: &Stop) -> Self {
        Self { order: stop.order.to_string(), kind: stop.kind, due: stop.due }
    }
}

/// A vehicle as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct VehicleView {
    id: String,
    position: Place,
    heading_deg: Option<u16>,
    battery_percent: f64,
    battery_kwh: f64,
    seats: u8,
    #[schema(value_type = Vec<String>)]
    attributes: BTreeSet<Tag>,
    #[schema(value_type = String)]
    operational: Operational,
    #[schema(value_type = String)]
    service: Service,
    job: &'static str,
    order: Option<String>,
    charger: Option<String>,
    /// The stops ahead of a vehicle that shares rides; empty for the others.
    route: Vec<StopView>,
    #[schema(value_type = String)]
    updated_at: Instant,
}

impl VehicleView {
    pub(crate) fn new(fleet: &Fleet, vehicle: &Vehicle) -> Self {
        let reading = fleet.reading(&vehicle.spec.id).unwrap_or(vehicle.reading);
        Self {
            id: vehicle.spec.id.to_string(),
            position: reading.position.into(),
            heading_deg: reading.heading.map(Heading::as_degrees),
            battery_percent: reading.charge.as_percent(),
            battery_kwh: reading.charge.of(vehicle.spec.powertrain.capacity).as_kwh(),
            seats: vehicle.spec.seats,
            attributes: vehicle.spec.attributes.clone(),
            operational: vehicle.operational,
            service: vehicle.service,
            job: crate::region::job_name(vehicle.service, &vehicle.job),
            order: vehicle.job.order().map(ToString::to_string),
            charger: vehicle.job.charger().map(ToString::to_string),
            route: vehicle.job.route().map_or(&[][..], Route::stops).iter().map(StopView::from).collect(),
            updated_at: reading.at,
        }
    }
}
