//! Riders that a station will turn away, by the bikes that stand there now.

use super::chain::{Chain, Flow};
use super::station::Station;

/// What is less than this of a ride is nothing: no choice between two stocks shall hang on the last digits.
const NOTHING: f64 = 1e-9;

/// Expected rides that are lost within the horizon, for each stock at its beginning, if nobody moves bikes but the riders.
///
/// Convex in the stock: each further bike saves less than the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct LostRides {
    capacity: Option<u32>,
    rentals: Vec<f64>,
    returns: Vec<f64>,
    rides: Vec<f64>,
}

/// The stocks that are good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetInterval {
    /// The fewest bikes that are.
    pub least: u32,
    /// The best stock; the smallest one of several.
    pub best: u32,
    /// The most bikes that are; none if there is no limit.
    pub most: Option<u32>,
}

impl LostRides {
    /// Solves the station's chain backwards, once for all stocks.
    ///
    /// Error: each stretch of constant rates leaves out at most `1e-12 (1 + rides)` of a ride, `rides` being those that are lost after it; a stretch of
    /// more than 500 expected riders counts as several. Without a capacity the table ends where what is lost is under a thousandth
    /// of a ride, and is too high by no more than that.
    ///
    /// Source: Raviv and Kolka, IIE Transactions 45(10), 2013; the transient analysis is ours (see the README).
    pub fn of(station: Station<'_>) -> Self {
        let mut chain = Chain::new(station);
        let none = vec![0.0; station.top() + 1];
        let rentals =
            chain.back(none.clone(), |rates| Flow { empty: rates.rentals_per_hour, between: 0.0, full: 0.0 });
        let returns = match station.capacity() {
            Some(_) => {
                chain.back(none, |rates| Flow { empty: 0.0, between: 0.0, full: rates.returns_per_hour })
            }
            None => none,
        };
        let rides = rentals.iter().zip(&returns).map(|(rentals, returns)| rentals + returns).collect();
        Self { capacity: station.capacity(), rentals, returns, rides }
    }
    /// Rides lost (rentals and returns) by stock: entry `b` is for `b` bikes now. As many entries as the station has docks, and one more; without a
    /// capacity, as many as there is something to lose.
    pub fn by_stock(&self) -> &[f64] {
        &self.rides
    }
    /// Rides lost with `stock` bikes now. More bikes than docks count as full.
    pub fn rides(&self, stock: u32) -> f64 {
        self.rides[self.entry(stock)]
    }
    /// Riders who find no bike.
    pub fn rentals(&self, stock: u32) -> f64 {
        self.rentals[self.entry(stock)]
    }
    /// Riders who find no dock.
    pub fn returns(&self, stock: u32) -> f64 {
        self.returns[self.entry(stock)]
    }
    /// Rides that one bike more than `stock` would save; negative where it would cost some. `None` where no dock is free for it.
    pub fn next_bike_saves(&self, stock: u32) -> Option<f64> {
        match self.capacity {
            Some(docks) if stock >= docks => None,
            _ => Some(self.rides(stock) - self.rides(stock.saturating_add(1))),
        }
    }
    /// The stocks that lose at most `tolerance` rides more than the best one.
    pub fn target(&self, tolerance: f64) -> TargetInterval {
        let least_lost = self.rides.iter().copied().fold(f64::INFINITY, f64::min);
        let first =
            |within: f64| self.rides.iter().position(|rides| *rides <= least_lost + within).unwrap_or(0);
        let last = self.rides.iter().rposition(|rides| *rides <= least_lost + tolerance.max(NOTHING));
        TargetInterval {
            least: first(tolerance.max(NOTHING)) as u32,
            best: first(NOTHING) as u32,
            most: self.capacity.and(last).map(|last| last as u32),
        }
    }

    fn entry(&self, stock: u32) -> usize {
        (stock as usize).min(self.rides.len() - 1)
    }
}
