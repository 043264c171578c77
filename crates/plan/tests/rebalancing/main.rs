//! Bikes between stations: quantities of a fixed route against trying everything.

mod quantities;
