//! What is wrong at a station, by what is believed to stand there.

use super::site::StationSpec;
use super::station::StationReading;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is wrong at a station. The first that is true holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hotspot {
    /// Riders find no bike: [`StationReading::is_short`].
    Empty,
    /// Riders find no dock: [`StationReading::is_full`].
    Full,
    /// Fewer bikes stand there than its operator wants at least.
    BelowLeast,
    /// A crew found docks broken.
    DocksBroken,
}

impl Hotspot {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Empty, Self::Full, Self::BelowLeast, Self::DocksBroken];

    /// What is wrong, if anything is. `docks_broken`: as a crew says.
    pub fn of(spec: &StationSpec, believed: &StationReading, docks_broken: u32) -> Option<Self> {
        let least = spec.wanted().least;
        let below = |bikes: u32| bikes < least;
        if least > 0 && believed.is_short() {
            Some(Self::Empty)
        } else if believed.is_full() {
            Some(Self::Full)
        } else if believed.is_renting() && believed.fit_for_hire().is_some_and(below) {
            Some(Self::BelowLeast)
        } else {
            (docks_broken > 0).then_some(Self::DocksBroken)
        }
    }
}

impl fmt::Display for Hotspot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty",
            Self::Full => "full",
            Self::BelowLeast => "below its least",
            Self::DocksBroken => "docks broken",
        })
    }
}
