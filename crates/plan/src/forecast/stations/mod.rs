//! Rentals and returns of bike stations: how many to expect, by station and quarter of an hour.

mod rates;

pub use rates::{RateSlot, Rates};
