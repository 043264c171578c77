//! Bikes between stations: see the README beside this file.

mod quantities;

pub use quantities::{LoadValues, Quantities, RouteStops, StopValues, best_quantities};
