//! What the chain is asked of: a station's room and its rates over the horizon.

use crate::forecast::stations::RateSlot;
use paceline_model::{Invalid, Millis, Rule, limits};

/// Most docks of a station: the largest in the field, staffed ones, park some thousands of bikes.
const DOCKS_MAX: u32 = 10_000;
/// Rentals or returns of one station in an hour: the busiest in the field see some hundreds.
const PER_HOUR_MAX: f64 = 10_000.0;
/// Longest horizon in milliseconds: what stands at a station now says nothing of the day after tomorrow.
const HORIZON_MS_MAX: f64 = 48.0 * 3_600_000.0;

/// A station as the chain sees it: its docks, and how fast riders come over the horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Station<'a> {
    capacity: Option<u32>,
    slots: &'a [RateSlot],
}

impl<'a> Station<'a> {
    /// A station with room for `capacity` bikes, or without a limit if there is none. `slots` follow each other from now on;
    /// the horizon is their sum.
    ///
    /// Errors: more than 10,000 docks, a rate that is not within 0 to 10,000 an hour, or a horizon over 48 hours.
    pub fn new(capacity: Option<u32>, slots: &'a [RateSlot]) -> Result<Self, Invalid> {
        if let Some(docks) = capacity {
            limits::within("capacity", f64::from(docks), (0.0, f64::from(DOCKS_MAX)))?;
        }
        for (at, slot) in slots.iter().enumerate() {
            let within = |name: &str, rate| {
                limits::within(&format!("slots.{at}.{name}"), rate, (0.0, PER_HOUR_MAX)).map(|_| ())
            };
            within("rentals_per_hour", slot.rates.rentals_per_hour)?;
            within("returns_per_hour", slot.rates.returns_per_hour)?;
        }
        let station = Self { capacity, slots };
        let horizon_ms = station.horizon_h() * 3_600_000.0;
        if horizon_ms > HORIZON_MS_MAX {
            let rule = Rule::Within { low: 0.0, high: HORIZON_MS_MAX };
            return Err(Invalid::new("slots", format!("{horizon_ms} ms in all"), rule));
        }
        Ok(station)
    }
    /// Docks; none where docks are not what limits it.
    pub fn capacity(&self) -> Option<u32> {
        self.capacity
    }
    /// The horizon.
    pub fn horizon(&self) -> Millis {
        self.slots.iter().fold(Millis::ZERO, |sum, slot| sum.saturating_add(slot.lasts))
    }
    /// Rentals that riders would make within the horizon.
    pub fn rentals(&self) -> f64 {
        self.slots.iter().map(|slot| slot.hours() * slot.rates.rentals_per_hour).sum()
    }
    /// The horizon in hours.
    pub(super) fn horizon_h(&self) -> f64 {
        self.slots.iter().map(RateSlot::hours).sum()
    }
    /// Rates from now on, in order.
    pub(super) fn slots(&self) -> &'a [RateSlot] {
        self.slots
    }
    /// The largest stock that is looked at: the capacity, or so many bikes that running out of them costs less than
    /// a thousandth of a ride. Rentals of the horizon are Poisson with mean `d` at most, and the chance of more than `d + t` is below
    /// `exp(-t² / (2d + 2t/3))` (Bernstein).
    pub(super) fn top(&self) -> usize {
        if let Some(docks) = self.capacity {
            return docks as usize;
        }
        most_of(self.rentals())
    }
    /// The largest stock that is looked at if `stock` stand there now and what will is asked.
    pub(super) fn top_from(&self, stock: u32) -> usize {
        let returns = self.slots.iter().map(|slot| slot.hours() * slot.rates.returns_per_hour).sum();
        self.capacity.map_or(stock as usize + most_of(returns), |docks| docks as usize)
    }
}

/// More riders than a Poisson number of mean `mean` has but once in a thousand rides.
fn most_of(mean: f64) -> usize {
    (mean + 5.0 * mean.sqrt() + 10.0).ceil() as usize
}
