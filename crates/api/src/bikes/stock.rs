//! What stands at stations, in batches.

use super::at_most;
use crate::schema;
use paceline_model::bikes::{self as model, AsOf, BikeCounts, BikeKind, NoStock, Room, StationId};
use paceline_model::limits::STATION_DOCKS_MAX;
use paceline_model::{Instant, Invalid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What stands at one station.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStock {
    /// Which station.
    #[schema(value_type = schema::Id)]
    pub station: String,
    /// Bikes that are fit for hire; left out where nobody knows.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub bikes: Option<u32>,
    /// Of these, those whose kind is known, by kind.
    #[serde(default)]
    pub bikes_of_kind: BTreeMap<String, u32>,
    /// Bikes that are not fit for hire.
    #[serde(default)]
    pub bikes_broken: u32,
    /// Bikes whose battery is to be changed, flat ones included; left out where nobody says.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub batteries_low: Option<u32>,
    /// Of `bikes`, those whose battery is too low to ride on: they are no supply. At most `batteries_low`.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub batteries_flat: u32,
    /// Docks that are free and not broken; left out where docks are not what limits it.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub docks_free: Option<u32>,
    /// Docks that are broken.
    #[serde(default)]
    pub docks_broken: u32,
    /// Whether it stands on the street.
    #[serde(default = "yes")]
    pub on_street: bool,
    /// Whether it hires out.
    #[serde(default = "yes")]
    pub renting: bool,
    /// Whether it takes bikes back.
    #[serde(default = "yes")]
    pub returning: bool,
    /// When it was counted; if left out, when it is heard.
    #[serde(default)]
    #[schema(value_type = Option<schema::Time>)]
    pub as_of: Option<Instant>,
}

const fn yes() -> bool {
    true
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockTaken {
    /// Reports of stations that are known. One that is older than what is known changes nothing.
    pub taken: u64,
    /// Reports of stations that are not known: passed over.
    pub unknown: u64,
    /// The first of these stations, at most 20.
    pub unknown_stations: Vec<String>,
    /// The world that holds it.
    pub version: u64,
}

impl NewStock {
    /// The report that is meant, heard at `now`. Errors: a value breaks a rule.
    pub fn report(&self, now: Instant) -> Result<model::StationReport, Invalid> {
        let station = StationId::new(&self.station).map_err(|invalid| named("station", invalid))?;
        let service =
            model::Service { on_street: self.on_street, renting: self.renting, returning: self.returning };
        let stock = match self.bikes {
            None => model::StockReading::Unknown(NoStock::NoCount),
            Some(bikes) => model::StockReading::Known(self.stock(bikes, now)?),
        };
        let batteries = self.batteries(now)?;
        Ok(model::StationReport { station, service, stock, batteries })
    }

    fn batteries(&self, now: Instant) -> Result<Option<model::BatteryCount>, Invalid> {
        let flat = at_most("batteries_flat", self.batteries_flat, self.batteries_low.unwrap_or(0))?;
        let Some(low) = self.batteries_low else { return Ok(None) };
        let low = at_most("batteries_low", low, STATION_DOCKS_MAX)?;
        Ok(Some(model::BatteryCount { low, flat, as_of: self.as_of.unwrap_or(now) }))
    }

    fn stock(&self, bikes: u32, now: Instant) -> Result<model::Stock, Invalid> {
        let count = |field, count| at_most(field, count, STATION_DOCKS_MAX);
        let bikes = count("bikes", bikes)?;
        let mut of_kind = BTreeMap::new();
        for (kind, of) in &self.bikes_of_kind {
            let kind = BikeKind::new(kind).map_err(|invalid| named("bikes_of_kind", invalid))?;
            of_kind.insert(kind, count("bikes_of_kind", *of)?);
        }
        let known = of_kind.values().fold(0_u32, |sum, of| sum.saturating_add(*of));
        at_most("bikes_of_kind", known, bikes)?;
        let free = self.docks_free.map(|free| count("docks_free", free)).transpose()?;
        Ok(model::Stock {
            bikes: BikeCounts { of_kind, of_unknown_kind: bikes - known },
            bikes_broken: count("bikes_broken", self.bikes_broken)?,
            docks_broken: count("docks_broken", self.docks_broken)?,
            room: free.map_or(Room::Unlimited, Room::docks),
            as_of: AsOf::Said(self.as_of.unwrap_or(now)),
        })
    }
}

impl From<&model::StationReport> for NewStock {
    fn from(of: &model::StationReport) -> Self {
        let stock = of.stock.known();
        let of_kind = stock.map(|stock| stock.bikes.of_kind.iter().map(|(kind, of)| (kind.to_string(), *of)));
        Self {
            station: of.station.to_string(),
            bikes: stock.map(|stock| stock.bikes.total()),
            bikes_of_kind: of_kind.into_iter().flatten().collect(),
            bikes_broken: stock.map_or(0, |stock| stock.bikes_broken),
            batteries_low: of.batteries.map(|count| count.low),
            batteries_flat: of.batteries.map_or(0, |count| count.flat),
            docks_free: stock.and_then(|stock| stock.room.bikes()),
            docks_broken: stock.map_or(0, |stock| stock.docks_broken),
            on_street: of.service.on_street,
            renting: of.service.renting,
            returning: of.service.returning,
            as_of: stock.map(|stock| stock.as_of.instant()),
        }
    }
}

fn named(field: &str, invalid: Invalid) -> Invalid {
    Invalid { field: field.into(), ..invalid }
}
