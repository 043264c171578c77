//! What stands at a station: bikes by kind, broken ones, room for more, and as of when; or why it is not known. What is not known is never 0.

use super::id::BikeKind;
use crate::Instant;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// As of when a count is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsOf {
    /// The station said so then.
    Said(Instant),
    /// The station's clock runs ahead: it was so by then, and nobody knows since when. Whatever the station says next is newer.
    Bounded(Instant),
}

impl AsOf {
    /// The moment.
    pub fn instant(self) -> Instant {
        match self {
            Self::Said(at) | Self::Bounded(at) => at,
        }
    }
    /// Whether a count as of `self` takes the place of one as of `other`: it does unless the station itself says that it is older.
    pub fn replaces(self, other: Self) -> bool {
        match (self, other) {
            (Self::Said(new), Self::Said(old)) => new >= old,
            _ => true,
        }
    }
}

/// Bikes that stand somewhere, fit for hire, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BikeCounts {
    /// How many of each kind that is known. A kind that is not here counts 0.
    pub of_kind: BTreeMap<BikeKind, u32>,
    /// Bikes of which nobody says what they are.
    pub of_unknown_kind: u32,
}

impl BikeCounts {
    /// All of them.
    pub fn total(&self) -> u32 {
        self.of_kind.values().fold(self.of_unknown_kind, |sum, count| sum.saturating_add(*count))
    }
    /// How many of one kind are there for sure.
    pub fn of(&self, kind: &BikeKind) -> u32 {
        self.of_kind.get(kind).copied().unwrap_or(0)
    }
}

/// Free docks that take the same kinds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockGroup {
    /// Which kinds they take; `None`: any.
    pub kinds: Option<BTreeSet<BikeKind>>,
    /// How many are free.
    pub free: u32,
}

/// Room for bikes that come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    /// Docks are not what limits it: a virtual station, or somebody who takes bikes in. How many to bring comes from a target.
    Unlimited,
    /// The docks that are free, and neither taken nor broken. A dock stands in one group.
    Docks(Vec<DockGroup>),
}

impl Room {
    /// So many docks, for any kind.
    pub fn docks(free: u32) -> Self {
        Self::Docks(vec![DockGroup { kinds: None, free }])
    }
    /// How many bikes it takes; `None`: no limit.
    pub fn bikes(&self) -> Option<u32> {
        self.sum(|_| true)
    }
    /// How many of one kind it takes; `None`: no limit.
    pub fn bikes_of(&self, kind: &BikeKind) -> Option<u32> {
        self.sum(|group| group.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind)))
    }
    fn sum(&self, counts: impl Fn(&DockGroup) -> bool) -> Option<u32> {
        match self {
            Self::Unlimited => None,
            Self::Docks(groups) => {
                let free = groups.iter().filter(|group| counts(group)).map(|group| group.free);
                Some(free.fold(0, u32::saturating_add))
            }
        }
    }
}

/// What stands at a station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// Bikes that are fit for hire, whether or not the station hires them out now.
    pub bikes: BikeCounts,
    /// Bikes that are not.
    pub bikes_broken: u32,
    /// Docks that are broken: no room.
    pub docks_broken: u32,
    /// Room for more.
    pub room: Room,
    /// As of when.
    pub as_of: AsOf,
}

/// The newest of a station's stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockReading {
    /// It was counted.
    Known(Stock),
    /// Nobody can say, for this reason.
    Unknown(NoStock),
}

impl StockReading {
    /// The stock, if it is known.
    pub fn known(&self) -> Option<&Stock> {
        match self {
            Self::Known(stock) => Some(stock),
            Self::Unknown(_) => None,
        }
    }
}

/// Why a stock is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoStock {
    /// No file says anything of it.
    NotSaid,
    /// The number of bikes is missing, or is none that can be.
    NoCount,
    /// Nobody says when it was counted.
    NoTime,
    /// It was counted too long ago.
    TooOld,
    /// Two counts of one time differ.
    TwoCounts,
}

impl fmt::Display for NoStock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSaid => "no file says anything of it",
            Self::NoCount => "the number of bikes is missing, or none that can be",
            Self::NoTime => "nobody says when it was counted",
            Self::TooOld => "it was counted too long ago",
            Self::TwoCounts => "two counts of one time differ",
        })
    }
}
