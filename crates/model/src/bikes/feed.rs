//! What one poll of a feed says, cleaned: stations, single bikes, what was odd, and whether anything may rest on it.

use super::bike::{BikeReading, BikeState};
use super::id::{BikeId, BikeKind, StationId};
use super::kind::KindSpec;
use super::names::Names;
use super::oddity::Told;
use super::station::StationReading;
use crate::{Instant, Position};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Why what a feed says cannot be, although it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Implausible {
    /// A large part of the stations is gone at once.
    StationsVanished,
    /// Everything stands empty at once where there were many bikes.
    BikesVanished,
    /// Hardly any record can be taken.
    HardlyAnyRecord,
}

impl fmt::Display for Implausible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StationsVanished => "a large part of the stations is gone at once",
            Self::BikesVanished => "all bikes are gone at once",
            Self::HardlyAnyRecord => "hardly any record can be taken",
        })
    }
}

/// Whether anything may rest on what a feed says. Where it is not fresh, nothing is ordered, withdrawn or learnt in a burst.
///
/// ```text
///   Fresh    <-> Stale         its own time does not go on
///         \  <-> Implausible   it can be read and cannot be
///          \ <-> Partial       a file of it cannot be read: what it says is the last that was read
///            <-> Gone          nothing can be read
/// ```
/// Each poll says it anew; `since` is that of the first poll that said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It says what is so now.
    Fresh,
    /// It was so at that time, and has said nothing since.
    Stale {
        /// Its own newest time.
        since: Instant,
    },
    /// It can be read, and cannot be.
    Implausible {
        /// Why not.
        why: Implausible,
        /// Since when.
        since: Instant,
    },
    /// A part of it cannot be read.
    Partial {
        /// Since when.
        since: Instant,
    },
    /// Nothing of it can be read.
    Gone {
        /// Since when.
        since: Instant,
    },
}

impl Health {
    /// Whether orders may rest on it.
    pub fn is_fresh(self) -> bool {
        self == Self::Fresh
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh => f.write_str("fresh"),
            Self::Stale { since } => write!(f, "stale: nothing new since {since}"),
            Self::Implausible { why, since } => write!(f, "implausible since {since}: {why}"),
            Self::Partial { since } => write!(f, "partial since {since}: a file cannot be read"),
            Self::Gone { since } => write!(f, "gone since {since}: nothing can be read"),
        }
    }
}

/// What one poll of a feed says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedReading {
    /// When it was asked.
    pub asked_at: Instant,
    /// What it says is so as of then: its own time, never later than `asked_at`. `None`: it gives none that can be.
    pub as_of: Option<Instant>,
    /// What the system calls itself.
    pub system: Option<String>,
    /// Its name, by language.
    pub names: Names,
    /// Its time zone, as the zone database names it. `None`: rules by local hour wait for the operator's setting.
    pub zone: Option<String>,
    /// The kinds of bikes that it describes.
    pub kinds: BTreeMap<BikeKind, KindSpec>,
    /// Its stations.
    pub stations: BTreeMap<StationId, StationReading>,
    /// Bikes that it names one by one, loose and docked.
    pub bikes: BTreeMap<BikeId, BikeReading>,
    /// What was odd.
    pub told: Told,
    /// Whether anything may rest on it.
    pub health: Health,
}

impl FeedReading {
    /// Stations that are short, as [`StationReading::is_short`] says.
    pub fn short(&self) -> impl Iterator<Item = &StationReading> {
        self.stations.values().filter(|station| station.is_short())
    }

    /// Stations that are full, as [`StationReading::is_full`] says.
    pub fn full(&self) -> impl Iterator<Item = &StationReading> {
        self.stations.values().filter(|station| station.is_full())
    }

    /// Bikes that stand at no station, with their places.
    pub fn loose(&self) -> impl Iterator<Item = (&BikeReading, Position)> {
        self.bikes.values().filter_map(|bike| Some((bike, bike.loose_at()?)))
    }

    /// Bikes that riders get now: those at stations that hire out, and loose ones.
    pub fn for_hire(&self) -> u32 {
        let docked = self.stations.values().filter_map(StationReading::for_hire);
        let loose = self.loose().filter(|(bike, _)| bike.state == BikeState::ForHire).count();
        docked.fold(u32::try_from(loose).unwrap_or(u32::MAX), u32::saturating_add)
    }
}
