//! How many bikes a station will have.

use super::chain::Chain;
use super::station::Station;

/// The chances of 0, 1, 2, ... bikes at the end of the horizon, if `stock` stand there now and nobody but riders moves any. They add up to 1
/// but for what the weights leave out (see [`super::LostRides::of`]). More bikes than docks count as full.
pub fn stock_forecast(station: Station<'_>, stock: u32) -> Vec<f64> {
    let top = station.top_from(stock);
    let mut now = vec![0.0; top + 1];
    now[(stock as usize).min(top)] = 1.0;
    Chain::up_to(station, top).forth(now)
}
