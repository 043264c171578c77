//! What vans are sent by.

use std::fmt;
use std::str::FromStr;

/// What a run's region is told of stations and of riders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BikesPolicy {
    /// There are no vans.
    NoVans,
    /// The operator's own vans do what the history saw them do: eight bikes or more at once, come or gone.
    Operator,
    /// Targets between a quarter and three quarters of the docks, whatever the hour; of riders it learns as the days go by.
    #[default]
    Usual,
    /// No targets: what serves most riders, by rates that were learnt from other days and are learnt on.
    Forecast,
    /// By the same rates, what is usually done: exact targets, and a plan of exact numbers once an hour.
    Classical,
}

impl BikesPolicy {
    const NAMES: [(&'static str, Self); 5] = [
        ("no-vans", Self::NoVans),
        ("operator", Self::Operator),
        ("usual", Self::Usual),
        ("forecast", Self::Forecast),
        ("classical", Self::Classical),
    ];
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
        named.map(|(_, policy)| *policy).ok_or_else(|| {
            format!("{text} is no policy of vans: no-vans, operator, usual, forecast or classical")
        })
    }
}
