//! Orders: asked for, and as they stand.

use crate::mirror::mirror;
use crate::place::{Place, renamed, time};
use crate::schema;
use paceline_model::{GeofenceId, Instant, Invalid, Millis, OrderId, OrderSpec, Rule, Tag, VehicleId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A ride to ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// Its lasting name; one is made if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub id: Option<String>,
    /// Where the riders wait.
    pub pickup: Place,
    /// Where they want to be.
    pub dropoff: Place,
    /// How many ride; 1 if left out.
    #[serde(default = "one")]
    #[schema(value_type = schema::Seats, required = false)]
    pub party: u8,
    /// Not picked up before; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    pub earliest_pickup: Option<String>,
    /// Not picked up after; `max_wait_s` after the earliest if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    pub latest_pickup: Option<String>,
    /// Instead of `latest_pickup`: seconds after the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_wait_s: Option<u32>,
    /// When they would like to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    pub desired_arrival: Option<String>,
    /// Tags that raise its priority.
    #[serde(default)]
    #[schema(value_type = schema::Tags, required = false)]
    pub priority: Vec<String>,
    /// What the vehicle must offer.
    #[serde(default)]
    #[schema(value_type = schema::Tags, required = false)]
    pub attributes: Vec<String>,
    /// Only vehicles inside this area may serve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub geofence: Option<String>,
}

fn one() -> u8 {
    1
}

impl NewOrder {
    /// A ride for one, now, with everything else left out.
    pub fn between(pickup: Place, dropoff: Place) -> Self {
        Self {
            id: None,
            pickup,
            dropoff,
            party: one(),
            earliest_pickup: None,
            latest_pickup: None,
            max_wait_s: None,
            desired_arrival: None,
            priority: Vec::new(),
            attributes: Vec::new(),
            geofence: None,
        }
    }

    /// The same ride under a name.
    pub fn named(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// The order that is meant; `max_wait` holds if it says nothing of a wait, `fallback_id` names it if it has no name.
    ///
    /// Errors: a value breaks a rule of [`OrderSpec::validate`] or of its type; both `latest_pickup` and `max_wait_s`.
    pub fn spec(self, now: Instant, max_wait: Millis, fallback_id: &str) -> Result<OrderSpec, Invalid> {
        if let (Some(_), Some(wait_s)) = (&self.latest_pickup, self.max_wait_s) {
            let rule = Rule::Without { other: "latest_pickup".into() };
            return Err(Invalid::new("max_wait_s", wait_s, rule));
        }
        let earliest_pickup = time("earliest_pickup", self.earliest_pickup.as_deref())?.unwrap_or(now);
        let wait = self.max_wait_s.map_or(max_wait, Millis::from_secs);
        let latest_pickup =
            time("latest_pickup", self.latest_pickup.as_deref())?.unwrap_or(earliest_pickup + wait);
        let geofence = self.geofence.as_deref().map(GeofenceId::new).transpose();
        OrderSpec {
            id: OrderId::new(self.id.as_deref().unwrap_or(fallback_id)).map_err(|i| renamed(i, "id"))?,
            pickup: self.pickup.position("pickup")?,
            dropoff: self.dropoff.position("dropoff")?,
            party: self.party,
            earliest_pickup,
            latest_pickup,
            desired_arrival: time("desired_arrival", self.desired_arrival.as_deref())?,
            priority: tags("priority", &self.priority)?,
            attributes: tags("attributes", &self.attributes)?,
            geofence: geofence.map_err(|i| renamed(i, "geofence"))?,
        }
        .validate(now)
    }
}

impl From<&OrderSpec> for NewOrder {
    fn from(of: &OrderSpec) -> Self {
        Self {
            id: Some(of.id.to_string()),
            pickup: of.pickup.into(),
            dropoff: of.dropoff.into(),
            party: of.party,
            earliest_pickup: Some(of.earliest_pickup.to_string()),
            latest_pickup: Some(of.latest_pickup.to_string()),
            max_wait_s: None,
            desired_arrival: of.desired_arrival.map(|at| at.to_string()),
            priority: of.priority.iter().map(ToString::to_string).collect(),
            attributes: of.attributes.iter().map(ToString::to_string).collect(),
            geofence: of.geofence.as_ref().map(ToString::to_string),
        }
    }
}

/// Tags, each once. Errors: one that is no tag.
pub(crate) fn tags(field: &str, list: &[String]) -> Result<BTreeSet<Tag>, Invalid> {
    list.iter().map(|tag| Tag::new(tag)).collect::<Result<_, _>>().map_err(|invalid| renamed(invalid, field))
}

/// What was asked for, as a change tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderAsked {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: OrderId,
    /// Where the riders wait.
    pub pickup: Place,
    /// Where they want to be.
    pub dropoff: Place,
    /// How many ride.
    #[schema(value_type = schema::Seats)]
    pub party: u8,
    /// Not picked up before.
    #[schema(value_type = schema::Time)]
    pub earliest_pickup: Instant,
    /// Not picked up after.
    #[schema(value_type = schema::Time)]
    pub latest_pickup: Instant,
    /// When they would like to arrive.
    #[schema(value_type = Option<schema::Time>)]
    pub desired_arrival: Option<Instant>,
    /// Tags that raise its priority.
    #[schema(value_type = schema::Tags)]
    pub priority: BTreeSet<Tag>,
    /// What the vehicle must offer.
    #[schema(value_type = schema::Tags)]
    pub attributes: BTreeSet<Tag>,
    /// Only vehicles inside this area may serve it.
    #[schema(value_type = Option<schema::Id>)]
    pub geofence: Option<GeofenceId>,
}

impl From<&OrderSpec> for OrderAsked {
    fn from(of: &OrderSpec) -> Self {
        Self {
            id: of.id.clone(),
            pickup: of.pickup.into(),
            dropoff: of.dropoff.into(),
            party: of.party,
            earliest_pickup: of.earliest_pickup,
            latest_pickup: of.latest_pickup,
            desired_arrival: of.desired_arrival,
            priority: of.priority.clone(),
            attributes: of.attributes.clone(),
            geofence: of.geofence.clone(),
        }
    }
}

mirror! {
    /// Where an order stands.
    OrderPhase beside paceline_model::lifecycle::OrderPhase {
        /// In the queue: no vehicle has it.
        Open,
        /// A driver has been asked.
        Offered,
        /// A vehicle is on its way.
        Assigned,
        /// The vehicle waits at the pick-up.
        Arrived,
        /// The riders are in the vehicle.
        Aboard,
        /// Final: the riders are where they wanted to be.
        Served,
        /// Final: the deadline passed first.
        TimedOut,
        /// Final: called off.
        Cancelled,
    }
}

/// An order as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: OrderId,
    /// Where it stands.
    pub phase: OrderPhase,
    /// The vehicle that has it, or served it.
    #[schema(value_type = Option<schema::Id>)]
    pub vehicle: Option<VehicleId>,
    /// Where the riders wait.
    pub pickup: Place,
    /// Where they want to be.
    pub dropoff: Place,
    /// How many ride.
    #[schema(value_type = schema::Seats)]
    pub party: u8,
    /// When it was asked for.
    #[schema(value_type = schema::Time)]
    pub placed_at: Instant,
    /// Since when it stands so.
    #[schema(value_type = schema::Time)]
    pub since: Instant,
    /// Not picked up before.
    #[schema(value_type = schema::Time)]
    pub earliest_pickup: Instant,
    /// Not picked up after; later than asked for where a vehicle fell out.
    #[schema(value_type = schema::Time)]
    pub latest_pickup: Instant,
    /// When the riders were in.
    #[schema(value_type = Option<schema::Time>)]
    pub picked_up_at: Option<Instant>,
    /// When it ended, however.
    #[schema(value_type = Option<schema::Time>)]
    pub ended_at: Option<Instant>,
    /// How often a vehicle that had it fell out.
    pub failures: u8,
    /// Tags that raise its priority.
    #[schema(value_type = schema::Tags)]
    pub priority: BTreeSet<Tag>,
    /// What the vehicle must offer.
    #[schema(value_type = schema::Tags)]
    pub attributes: BTreeSet<Tag>,
}

/// The answer to an accepted command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Accepted {
    /// What it was about.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// The world that includes it: durable.
    pub version: u64,
}
