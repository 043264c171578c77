//! What whoever solves keeps from round to round: room to search in. No decision depends on it, so that a plan follows from its
//! snapshot alone, also in a process that was just started.

use paceline_road::{Roads, Search};

/// Kept from round to round.
pub struct Memory {
    /// Room to search in.
    pub search: Search,
}

impl Memory {
    /// Room for these streets.
    pub fn new(roads: &Roads) -> Self {
        Self { search: Search::new(roads) }
    }
}
