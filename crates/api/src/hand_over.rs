//! Vehicles that go from one region to another.

use crate::place::Place;
use crate::schema;
use crate::vehicle::NewVehicle;
use paceline_model::{HandOver, HandOverNumber, Instant, Invalid, Reading, RegionId, VehicleId, VehicleSpec};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a vehicle is to go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverTo {
    /// The region that is to have it.
    #[schema(value_type = schema::Id)]
    pub to: String,
}

/// A vehicle that another region gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHandOver {
    /// The region that gives it.
    #[schema(value_type = schema::Id)]
    pub from: String,
    /// Which hand-over of that region it is: each counts once, and one below another that came does not count.
    pub number: u64,
    /// The vehicle's name.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// What it is, where it was and how full.
    pub vehicle: NewVehicle,
    /// When it was there.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
}

impl NewHandOver {
    /// What a region that is called `from` says of one that it has begun.
    pub fn of(from: &RegionId, given: &HandOver) -> Self {
        Self {
            from: from.to_string(),
            number: given.number.0,
            id: given.vehicle.id.to_string(),
            vehicle: NewVehicle::from((&given.vehicle, &given.reading)),
            at: given.reading.at,
        }
    }

    /// What is meant. Errors: a value breaks a rule.
    pub fn parts(self) -> Result<(RegionId, HandOverNumber, VehicleSpec, Reading), Invalid> {
        let id = VehicleId::new(&self.id)?;
        let (spec, reading) = self.vehicle.parts(id, self.at)?;
        Ok((RegionId::new(&self.from)?, HandOverNumber(self.number), spec, reading))
    }
}

/// A vehicle that has left, and of which the other region has not said yet that it has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HandOverView {
    /// The vehicle.
    #[schema(value_type = schema::Id)]
    pub id: VehicleId,
    /// The region that is to have it.
    #[schema(value_type = schema::Id)]
    pub to: RegionId,
    /// Which hand-over of this region it is.
    pub number: u64,
    /// When it left.
    #[schema(value_type = schema::Time)]
    pub since: Instant,
    /// Where it was then.
    pub position: Place,
}

impl From<&HandOver> for HandOverView {
    fn from(given: &HandOver) -> Self {
        Self {
            id: given.vehicle.id.clone(),
            to: given.to.clone(),
            number: given.number.0,
            since: given.since,
            position: given.reading.position.into(),
        }
    }
}

/// What has left a region and is on its way, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HandOversView {
    /// As many of them as are shown.
    pub pending: Vec<HandOverView>,
    /// How many there are.
    pub count: usize,
}
