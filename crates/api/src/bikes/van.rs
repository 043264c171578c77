//! Vans on their shift, and what their crews have before them.

use super::loose::{LooseBikeView, LowBikeView};
use super::work_order::{BikeInterval, Task, WorkOrderPhase};
use crate::mirror::mirror;
use crate::place::Place;
use crate::schema;
use paceline_model::bikes::{self as model, VanId};
use paceline_model::limits::{VAN_CAPACITY_MAX, within};
use paceline_model::{Instant, Invalid, Millis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// How a van stands.
    VanState beside paceline_model::bikes::VanState {
        /// It takes work orders, while its shift lasts.
        Working,
        /// It takes none.
        BrokenDown,
    }
}

/// Charged batteries of a van.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VanBatteries {
    /// It carries so many at most: as many are aboard after a stop at a depot.
    #[schema(minimum = 0, maximum = 200)]
    pub most: u32,
    /// So many are aboard.
    #[schema(minimum = 0, maximum = 200)]
    pub charged: u32,
}

impl From<model::BatteryLoad> for VanBatteries {
    fn from(model::BatteryLoad { most, charged }: model::BatteryLoad) -> Self {
        Self { most, charged }
    }
}

/// A van on its shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVan {
    /// Bikes that it carries at most.
    #[schema(minimum = 1, maximum = 200)]
    pub capacity: u32,
    /// Where it begins, until it says where it is.
    pub position: Place,
    /// Bikes aboard; left out: as before, none at first.
    #[serde(default)]
    pub aboard: Option<u32>,
    /// When its crew goes home; left out: nobody says.
    #[serde(default)]
    #[schema(value_type = Option<schema::Time>)]
    pub shift_ends: Option<Instant>,
    /// Seconds for loading or unloading one bike; 40 if left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 600)]
    pub handling_s: Option<f64>,
    /// Whether its crew mends docks and bikes.
    #[serde(default)]
    pub repairs: bool,
    /// Charged batteries that it carries; left out: as before, none at first.
    #[serde(default)]
    pub batteries: Option<VanBatteries>,
}

/// What handling takes, in seconds, so that it can be written in milliseconds.
const HANDLING_S: (f64, f64) = (1.0, 600.0);

impl NewVan {
    /// The van that is meant, and what is aboard, if that is said. Errors: a value breaks a rule.
    pub fn spec(&self, id: VanId) -> Result<(model::VanSpec, Option<u32>), Invalid> {
        let handling = match self.handling_s {
            None => model::VanSpec::USUAL_HANDLING,
            Some(seconds) => Millis((within("handling_s", seconds, HANDLING_S)? * 1_000.0) as u32),
        };
        let spec = model::VanSpec {
            id,
            capacity: self.capacity,
            position: self.position.position("position")?,
            shift_ends: self.shift_ends,
            handling,
            repairs: self.repairs,
        };
        let spec = spec.validate()?;
        let aboard = self.aboard.map(|aboard| super::at_most("aboard", aboard, VAN_CAPACITY_MAX));
        Ok((spec, aboard.transpose()?))
    }

    /// A van as it is described, without what is aboard.
    pub fn of(of: &model::VanSpec) -> Self {
        Self {
            capacity: of.capacity,
            position: of.position.into(),
            aboard: None,
            shift_ends: of.shift_ends,
            handling_s: Some(of.handling.as_secs_f64()),
            repairs: of.repairs,
            batteries: None,
        }
    }

    /// What is asked of the region. Errors: a value breaks a rule.
    pub fn command(&self, id: VanId) -> Result<model::Command, Invalid> {
        let (spec, aboard) = self.spec(id)?;
        let Some(VanBatteries { most, charged }) = self.batteries else {
            return Ok(model::Command::PutVan(spec, aboard));
        };
        let load = model::BatteryLoad { most, charged }.validate()?;
        Ok(model::Command::EquipVan(spec, aboard, load))
    }
}

/// One of the stops that a crew has before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VanStopView {
    /// The work order.
    #[schema(value_type = schema::Id)]
    pub work_order: String,
    /// What is to be done.
    pub task: Task,
    /// Where.
    #[schema(value_type = schema::Id)]
    pub station: String,
    /// What people call it.
    pub name: Option<String>,
    /// On the map.
    pub position: Option<Place>,
    /// With how many bikes.
    pub bikes: BikeInterval,
    /// Where it stands.
    pub phase: WorkOrderPhase,
    /// Why, in words.
    pub why: String,
    /// Where batteries are to be changed: bikes whose battery is low, by name, at most 100; empty where nobody has said which since the server began.
    pub low_bikes: Vec<LowBikeView>,
    /// Where bikes are to be collected that stand at no station: those, by name, at most 100. The crew takes as many of them as it is told.
    pub loose_bikes: Vec<LooseBikeView>,
}

/// A van, with what is aboard and what its crew has before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VanView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// What its operator says.
    pub spec: NewVan,
    /// How it stands.
    pub state: VanState,
    /// Since when.
    #[schema(value_type = schema::Time)]
    pub since: Instant,
    /// Whether its shift is over.
    pub off_shift: bool,
    /// Bikes aboard.
    pub aboard: u32,
    /// Charged batteries aboard, and how many it carries.
    pub batteries: VanBatteries,
    /// Where it is, as far as is known.
    pub position: Place,
    /// What its crew has before it, the next stop first.
    pub stops: Vec<VanStopView>,
}

/// Where a van is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVanPosition {
    /// Where.
    pub position: Place,
    /// When; if left out, when it is heard. One that lies ahead counts as of now.
    #[serde(default)]
    #[schema(value_type = Option<schema::Time>)]
    pub at: Option<Instant>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VanPositionTaken {
    /// The region's own time.
    #[schema(value_type = schema::Time)]
    pub now: Instant,
}
