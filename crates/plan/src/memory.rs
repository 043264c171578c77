//! What whoever solves keeps from round to round: room to search in, and the last assignment with its prices.

use crate::solver::assignment::Matcher;
use paceline_model::{OrderIdx, VehicleIdx};
use paceline_road::{Roads, Search};

/// Kept from round to round. A run that repeats its rounds from a new one repeats its plans.
pub struct Memory {
    /// Room to search in.
    pub search: Search,
    /// The last assignment, for policies under which most of it is still there in the next round.
    pub(crate) matcher: Matcher<OrderIdx, VehicleIdx>,
}

impl Memory {
    /// Nothing kept yet.
    pub fn new(roads: &Roads) -> Self {
        Self { search: Search::new(roads), matcher: Matcher::default() }
    }
}
