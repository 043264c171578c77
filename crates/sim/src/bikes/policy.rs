//! By what targets vans are sent.

use std::fmt;
use std::str::FromStr;

/// Who says how many bikes a station should have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BikesPolicy {
    /// There are no vans.
    NoVans,
    /// Between a quarter and three quarters of the docks, whatever the hour.
    #[default]
    Usual,
    /// What loses the fewest rides in the hours to come, by rates that were learnt from other days.
    Forecast,
}

impl BikesPolicy {
    const NAMES: [(&'static str, Self); 3] =
        [("no-vans", Self::NoVans), ("usual", Self::Usual), ("forecast", Self::Forecast)];
}

impl fmt::Display for BikesPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, policy)| policy == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
}

impl FromStr for BikesPolicy {
    type Err = String;
    /// Errors: no such policy.
    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::NAMES.iter().find(|(name, _)| *name == text);
        named
            .map(|(_, policy)| *policy)
            .ok_or_else(|| format!("{text} is no policy of vans: no-vans, usual or forecast"))
    }
}
