//! Where a station is, or why nobody can say. No van is sent to a place that is not known, and none widens a map or a table of drives.

use crate::Position;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a station is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// There.
    At(Position),
    /// Nobody can say.
    Unknown(NoPlace),
}

impl Place {
    /// The position, if it is known.
    pub fn known(self) -> Option<Position> {
        match self {
            Self::At(position) => Some(position),
            Self::Unknown(_) => None,
        }
    }
}

/// Why a place is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoPlace {
    /// No file says where it is.
    NotSaid,
    /// What is said is no pair of degrees.
    NoDegrees,
    /// 0, 0: what a receiver without a fix says.
    NullIsland,
    /// Far from everything else of its system: latitude and longitude swapped, or a test.
    OffRegion,
    /// One name with two places.
    TwoPlaces,
}

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSaid => "no file says where it is",
            Self::NoDegrees => "what is said is no latitude and longitude",
            Self::NullIsland => "at 0, 0",
            Self::OffRegion => "far from everything else of its system",
            Self::TwoPlaces => "one name with two places",
        })
    }
}
