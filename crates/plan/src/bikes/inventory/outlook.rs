//! A station through the hours to come: what will stand there, and what each stock costs from then on.

use super::chain::{Chain, Flow};
use super::station::Station;

/// What it costs, in rides an hour, that a station has nothing to offer, beside the riders who are turned away: others look at the
/// map and do not come, and a contract may count the hours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OutagePrice {
    /// For an hour without a bike.
    pub empty: f64,
    /// For an hour without a free dock.
    pub full: f64,
}

/// The beginning of a stretch of constant rates.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// The chances of 0, 1, 2, ... bikes then, if nobody but riders moves any.
    pub chances: Vec<f64>,
    /// Rides that are lost from then until the end of the horizon, hours without a bike or a dock at their price included, for each stock.
    pub costs: Vec<f64>,
}

/// Each stretch of a station's horizon as it begins, if `stock` bikes stand there now. One sweep forwards and one back: as much work as
/// the value of one stock at one time. More bikes than docks count as full. Error: as of [`super::LostRides::of`].
pub fn outlook(station: Station<'_>, stock: u32, price: OutagePrice) -> Vec<Moment> {
    let top = station.top_from(stock).max(station.top());
    let mut chain = Chain::up_to(station, top);
    let mut now = vec![0.0; top + 1];
    now[(stock as usize).min(top)] = 1.0;
    let mut chances = Vec::with_capacity(station.slots().len());
    for slot in station.slots() {
        chances.push(now.clone());
        chain.forth_over(slot, &mut now);
    }
    let mut cost = vec![0.0; top + 1];
    let mut moments = Vec::with_capacity(chances.len());
    for (slot, chances) in station.slots().iter().zip(chances).rev() {
        let turned_away = match station.capacity() {
            Some(_) => slot.rates.returns_per_hour + price.full,
            None => 0.0,
        };
        let flow = Flow { empty: slot.rates.rentals_per_hour + price.empty, between: 0.0, full: turned_away };
        chain.back_over(slot, &mut cost, flow);
        moments.push(Moment { chances, costs: cost.clone() });
    }
    moments.reverse();
    moments
}
