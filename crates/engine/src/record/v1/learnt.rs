//! What was learnt of the riders: the forecast of demand, and the vehicles on their way to a stand.

use super::Position;
use super::convert::{Load, Store, same_fields};
use paceline_model::Invalid;
use paceline_plan::forecast;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Learnt<'a> {
    pub(crate) forecast: Forecast,
    /// By vehicle: when it will be there, and where.
    #[serde(borrow)]
    pub(crate) sent: Vec<(&'a str, (u64, Position))>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Forecast {
    pub(crate) resolution: u8,
    pub(crate) quarter: Option<u64>,
    pub(crate) cells: Vec<(Cell, CellHistory)>,
    pub(crate) level: f64,
    pub(crate) known_level: f64,
    pub(crate) profile_level: f64,
    pub(crate) booked: Vec<(u64, Vec<Position>)>,
    pub(crate) errors: ForecastErrors,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CellHistory {
    pub(crate) now: u32,
    pub(crate) booked: u32,
    pub(crate) recent: [u32; 4],
    pub(crate) share: f64,
    pub(crate) profile: Vec<(u16, (f64, u32))>,
    pub(crate) expected: f64,
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    pub(crate) seen: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ForecastErrors {
    pub(crate) orders: f64,
    pub(crate) forecast: f64,
    pub(crate) last_hour: f64,
    pub(crate) orders_of_known_weeks: f64,
    pub(crate) last_week: f64,
}

/// An H3 index, written as text in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell(pub(crate) u64);

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{:x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(from)?;
        u64::from_str_radix(text, 16).map(Self).map_err(de::Error::custom)
    }
}

impl Store<'_, Cell> for forecast::Cell {
    fn store(&self) -> Cell {
        Cell(self.0)
    }
}

impl Load<forecast::Cell> for Cell {
    fn load(self) -> Result<forecast::Cell, Invalid> {
        Ok(forecast::Cell(self.0))
    }
}

same_fields!(Forecast, forecast::Forecast, {
    resolution,
    quarter,
    cells,
    level,
    known_level,
    profile_level,
    booked,
    errors,
});
same_fields!(CellHistory, forecast::CellHistory, {
    now,
    booked,
    recent,
    share,
    profile,
    expected,
    lat,
    lon,
    seen,
});
same_fields!(ForecastErrors, forecast::Errors, {
    orders,
    forecast,
    last_hour,
    orders_of_known_weeks,
    last_week,
});
