//! What is read of a station, and what it amounts to: short, full, fit for hire, room. These words are defined here and nowhere else.

use super::id::{BikeKind, StationId};
use super::names::Names;
use super::place::Place;
use super::stock::{Stock, StockReading};
use serde::{Deserialize, Serialize};

/// Whether a station is there and what riders may do at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// It stands on the street.
    pub on_street: bool,
    /// It hires out.
    pub renting: bool,
    /// It takes bikes back.
    pub returning: bool,
}

impl Service {
    /// There, and open both ways.
    pub const OPEN: Self = Self { on_street: true, renting: true, returning: true };
    /// Nothing of it is open, as far as is known.
    pub const CLOSED: Self = Self { on_street: false, renting: false, returning: false };
}

/// How many docks a station has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// So many.
    Docks(u32),
    /// Docks are not what limits it: it is never full, and in no sum of capacity.
    Unlimited,
    /// Nobody says.
    Unknown,
}

/// What a feed says of a station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationReading {
    /// Its name in the system.
    pub id: StationId,
    /// What people call it, by language.
    pub names: Names,
    /// Where it is.
    pub place: Place,
    /// How many docks it has.
    pub capacity: Capacity,
    /// Whether it is open.
    pub service: Service,
    /// What stands there.
    pub stock: StockReading,
}

impl StationReading {
    /// Whether it is in service for rental.
    pub fn is_renting(&self) -> bool {
        self.service.on_street && self.service.renting
    }

    /// Whether it is in service for returns.
    pub fn is_returning(&self) -> bool {
        self.service.on_street && self.service.returning
    }

    /// Bikes that stand there and are *fit for hire*: neither broken nor reserved. Where the station does not hire out they are no supply
    /// now, and may be fetched. `None`: not known.
    pub fn fit_for_hire(&self) -> Option<u32> {
        self.stock.known().map(|stock| stock.bikes.total())
    }

    /// Bikes that a rider gets there now. `None`: not known.
    pub fn for_hire(&self) -> Option<u32> {
        self.fit_for_hire().map(|bikes| if self.is_renting() { bikes } else { 0 })
    }

    /// Whether it is *short*: its place and its stock are known, it is in service for rental, and no bike there is fit for hire.
    pub fn is_short(&self) -> bool {
        self.is_renting() && self.reached().is_some_and(|stock| stock.bikes.total() == 0)
    }

    /// Whether it is short of one kind: as [`StationReading::is_short`], and no bike there may be of that kind. Bikes of which nobody says
    /// what they are may be of any.
    pub fn is_short_of(&self, kind: &BikeKind) -> bool {
        let none = |stock: &Stock| stock.bikes.of(kind) == 0 && stock.bikes.of_unknown_kind == 0;
        self.is_renting() && self.reached().is_some_and(none)
    }

    /// Whether it is *full*: its place and its stock are known, it is in service for returns, docks are what limits it, and none is free.
    pub fn is_full(&self) -> bool {
        self.is_returning() && self.reached().is_some_and(|stock| stock.room.bikes() == Some(0))
    }

    /// Whether it is full for one kind: as [`StationReading::is_full`], and no free dock takes that kind.
    pub fn is_full_for(&self, kind: &BikeKind) -> bool {
        self.is_returning() && self.reached().is_some_and(|stock| stock.room.bikes_of(kind) == Some(0))
    }

    /// What stands there, if it is known and somebody can go there.
    fn reached(&self) -> Option<&Stock> {
        self.place.known().and(self.stock.known())
    }
}
