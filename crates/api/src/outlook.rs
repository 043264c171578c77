//! What a region of a fleet tells the regions around it: which orders wait there, and which vehicles could come.

use crate::place::Place;
use crate::schema;
use paceline_model::{Instant, OrderId, RegionId, Tag, VehicleId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// What a region needs and can spare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutlookView {
    /// Which region.
    #[schema(value_type = schema::Id)]
    pub region: RegionId,
    /// Its orders without a vehicle: 200 at most, those that have waited longest.
    #[schema(max_items = 200)]
    pub needs: Vec<NeedView>,
    /// Its vehicles with nothing to do, if they were asked for: 2,000 at most.
    #[schema(max_items = 2_000)]
    pub spares: Vec<SpareView>,
}

/// An order that waits for a vehicle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NeedView {
    /// Its name.
    #[schema(value_type = schema::Id)]
    pub order: OrderId,
    /// Where the riders wait.
    pub pickup: Place,
    /// How many ride.
    #[schema(value_type = schema::Seats)]
    pub party: u8,
    /// What the vehicle must offer.
    #[schema(value_type = schema::Tags)]
    pub attributes: BTreeSet<Tag>,
    /// When riders have to be picked up at the latest.
    #[schema(value_type = schema::Time)]
    pub latest_pickup: Instant,
}

/// A vehicle with nothing to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpareView {
    /// Its name.
    #[schema(value_type = schema::Id)]
    pub vehicle: VehicleId,
    /// Where it is.
    pub position: Place,
    /// Places for riders.
    #[schema(value_type = schema::Seats)]
    pub seats: u8,
    /// What it offers.
    #[schema(value_type = schema::Tags)]
    pub attributes: BTreeSet<Tag>,
}
