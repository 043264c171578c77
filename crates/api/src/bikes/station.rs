//! Stations as their operator describes them, and as they stand.

use super::hotspot::Hotspot;
use super::loose::LooseBikeView;
use crate::mirror::mirror;
use crate::place::Place;
use crate::schema;
use paceline_model::bikes::{self as model, StationId};
use paceline_model::{Instant, Invalid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// What a place of bikes is for.
    SiteKind beside paceline_model::bikes::SiteKind {
        /// Riders take bikes there, and leave them.
        Station,
        /// Vans alone do.
        Depot,
        /// Bikes stand there at no station.
        Cell,
    }
}

/// How many bikes should stand somewhere: `least` <= `low` <= `high` <= docks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockTarget {
    /// With fewer a van is sent.
    pub least: u32,
    /// A van that comes brings as many at least, if it has them.
    pub low: u32,
    /// It brings as many at most, and what stands above may be taken elsewhere.
    pub high: u32,
}

/// A station or a depot as its operator describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStation {
    /// What it is for; a station, if left out.
    #[serde(default = "station")]
    pub kind: SiteKind,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// Where vans stop.
    pub position: Place,
    /// Its docks; left out where docks are not what limits it, and of a cell.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    pub docks: Option<u32>,
    /// What is wanted there: vans leave no fewer bikes than `low`, and bring no more than `high`. If left out, vans do what serves most riders.
    #[serde(default)]
    pub target: Option<StockTarget>,
}

const fn station() -> SiteKind {
    SiteKind::Station
}

impl NewStation {
    /// The station that is meant. Errors: a value breaks a rule.
    pub fn spec(&self, id: StationId) -> Result<model::StationSpec, Invalid> {
        let spec = model::StationSpec {
            id,
            kind: self.kind.into(),
            name: self.name.clone(),
            position: self.position.position("position")?,
            docks: self.docks,
            target: self.target.map(Into::into),
        };
        spec.validate()
    }
}

impl From<&model::StationSpec> for NewStation {
    fn from(of: &model::StationSpec) -> Self {
        Self {
            kind: of.kind.into(),
            name: of.name.clone(),
            position: of.position.into(),
            docks: of.docks,
            target: of.target.map(Into::into),
        }
    }
}

impl From<StockTarget> for model::StockTarget {
    fn from(StockTarget { least, low, high }: StockTarget) -> Self {
        Self { least, low, high }
    }
}

impl From<model::StockTarget> for StockTarget {
    fn from(model::StockTarget { least, low, high }: model::StockTarget) -> Self {
        Self { least, low, high }
    }
}

/// What of a station is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceView {
    /// It stands on the street.
    pub on_street: bool,
    /// It hires out.
    pub renting: bool,
    /// It takes bikes back.
    pub returning: bool,
}

impl From<model::Service> for ServiceView {
    fn from(model::Service { on_street, renting, returning }: model::Service) -> Self {
        Self { on_street, renting, returning }
    }
}

/// A station, with what is believed to stand there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StationView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// What its operator says.
    pub spec: NewStation,
    /// What of it is open, by its feed and its operator.
    pub service: ServiceView,
    /// Whether an operator has closed it.
    pub closed: bool,
    /// Bikes that are believed to stand there, fit for hire; null: not known.
    pub bikes: Option<u32>,
    /// Bikes that were counted, fit for hire; null: not known.
    pub bikes_reported: Option<u32>,
    /// Bikes that were counted and are not fit for hire; null: not known.
    pub bikes_broken: Option<u32>,
    /// Docks that are believed to be free; null: no limit, or not known.
    pub docks_free: Option<u32>,
    /// Docks that are broken, as the feed or a crew says.
    pub docks_broken: u32,
    /// Bikes that are counted as fit for hire and cannot be taken out, says a crew.
    pub locked_in: u32,
    /// Bikes whose battery is believed to be low, and is to be changed.
    pub batteries_low: u32,
    /// Of the bikes that were counted as fit for hire, those whose battery is too low to ride on: they are no supply.
    pub batteries_flat: u32,
    /// When it was counted; null: not known.
    #[schema(value_type = Option<schema::Time>)]
    pub counted_at: Option<Instant>,
    /// Why nobody knows what stands there.
    pub unknown: Option<String>,
    /// What is wrong there.
    pub hotspot: Option<Hotspot>,
    /// Since when.
    #[schema(value_type = Option<schema::Time>)]
    pub hotspot_since: Option<Instant>,
    /// Its work orders that have not ended, the oldest first.
    pub work_orders: Vec<String>,
    /// Of a cell: the bikes that stand there, by name, at most 100; empty where it was not read since the server began.
    pub loose_bikes: Vec<LooseBikeView>,
}
