//! How fast riders come to a station.

use paceline_model::Millis;

/// Riders who would take a bike, or bring one, in an hour, if they could.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Departures per hour.
    pub rentals_per_hour: f64,
    /// Arrivals per hour.
    pub returns_per_hour: f64,
}

/// Rates that hold for a while: a quarter of an hour, or what is left of one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RateSlot {
    /// How long.
    pub lasts: Millis,
    /// How fast.
    pub rates: Rates,
}

impl RateSlot {
    /// How long, in hours.
    pub fn hours(&self) -> f64 {
        f64::from(self.lasts.0) / 3_600_000.0
    }
}
