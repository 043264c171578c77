//! What a day could have come to, in the table of a run.

use serde::Serialize;

/// What a run could have come to, beside what it did. All counts are orders.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OptimumKpis {
    /// Nobody could serve more.
    pub served_max: u64,
    /// A plan that knows all orders beforehand serves so many.
    pub planned: u64,
    /// The same policy serves so many with batteries that last all day.
    pub served_uncharged: u64,
    /// Served by the run, of `served_max`, as a fraction of 1.
    pub share: f64,
    /// Hour by hour of the city's clock, by when orders were placed.
    pub hours: Vec<HourOfOptimum>,
}

/// Orders that were placed in one hour of the city's clock. A quarter of an hour of the run counts where it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HourOfOptimum {
    /// Hours since the midnight before the day began.
    pub hour: u32,
    /// Placed, and taken by the engine.
    pub orders: u64,
    /// Of these, served by the run.
    pub served: u64,
    /// Served by the plan that knows all orders beforehand.
    pub planned: u64,
}
