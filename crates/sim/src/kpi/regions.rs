//! What the borders came to between the regions that a city was cut into.

use serde::Serialize;

/// Regions, and what went between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RegionsKpis {
    /// How many there were.
    pub regions: u64,
    /// Times that a vehicle went from one to another.
    pub handed_over: u64,
    /// Those of them that were asked for because the vehicle was nearer to the other's order.
    pub relieved: u64,
    /// Orders whose pick-up was near another region than their own.
    pub near_border: u64,
}
