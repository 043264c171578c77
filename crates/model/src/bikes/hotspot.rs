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
    /// A crew found docks broken, or bikes that cannot be taken out.
    DocksBroken,
    /// It has bikes and gives none, as departures show that did not happen: somebody has to look.
    GivesNone,
    /// So many batteries are low that somebody is to change them.
    LowBatteries,
}

/// What a station's counts do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BesideCounts {
    /// Crews found something that is to be mended.
    pub to_mend: bool,
    /// It has given no bike for too long.
    pub gives_none: bool,
    /// Enough batteries are low.
    pub low_batteries: bool,
}

impl Hotspot {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Empty, Self::Full, Self::BelowLeast, Self::DocksBroken, Self::GivesNone, Self::LowBatteries];

    /// What is wrong, if anything is. Where a station gives no bikes, nothing that is counted there says what riders find.
    pub fn of(spec: &StationSpec, believed: &StationReading, beside: BesideCounts) -> Option<Self> {
        let least = spec.wanted().least;
        let below = |bikes: u32| bikes < least;
        if beside.gives_none {
            Some(Self::GivesNone)
        } else if least > 0 && believed.is_short() {
            Some(Self::Empty)
        } else if believed.is_full() {
            Some(Self::Full)
        } else if believed.is_renting() && believed.fit_for_hire().is_some_and(below) {
            Some(Self::BelowLeast)
        } else {
            let low = beside.low_batteries.then_some(Self::LowBatteries);
            beside.to_mend.then_some(Self::DocksBroken).or(low)
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
            Self::GivesNone => "without rentals",
            Self::LowBatteries => "low on batteries",
        })
    }
}
