//! What is asked for the nearest of many places, and what is found.

use crate::leg::{Leg, RoadPoint};
use paceline_model::Millis;

/// In which direction along the roads a search runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the source, along the roads: where can it get to?
    FromSource,
    /// Towards the source, against the roads: who can get to it?
    ToSource,
}

/// A k-nearest query: up to `count` nearest targets within `bound`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NearestQuery {
    /// Where the drives begin or end, by the direction of the search.
    pub place: RoadPoint,
    /// Most targets of the answer.
    pub count: usize,
    /// Longest drive of the answer, inclusive.
    pub bound: Millis,
}

/// A target that a search reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Index into the places that [`Targets::new`](crate::Targets::new) was given.
    pub target: u32,
    /// The drive between the source and it, in the search's direction.
    pub leg: Leg,
}
