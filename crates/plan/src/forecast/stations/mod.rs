//! Rentals and returns of bike stations: how many to expect, by station and quarter of an hour, learnt online from what was possible. See the
//! README beside this file.

mod calendar;
mod censored;
mod evidence;
mod forecast;
mod neighbours;
mod predictive;
mod rates;
mod score;
mod seasonal;
mod seen;
mod shapes;
mod side;

pub use forecast::StationForecast;
pub use predictive::Predictive;
pub use rates::{RateSlot, Rates};
pub use score::Score;
pub use seasonal::SeasonalMean;
pub use seen::{Count, Parked, Seen, Side, Unseen};
