//! What riders have asked for, between the trip that it was drawn from and the order that the engine takes.

use crate::day::LeftOut;
use paceline_model::OrderId;
use std::collections::{BTreeMap, VecDeque};

/// What riders have asked for.
#[derive(Default)]
pub(super) struct Asking {
    /// How many orders were placed.
    pub(super) placed: u32,
    /// Orders that the engine has not answered yet, and the lines of their trips.
    pub(super) unanswered: VecDeque<(OrderId, u64)>,
    /// Orders that will be called off, by the number of their trip.
    pub(super) calling_off: BTreeMap<u32, OrderId>,
    /// Orders that the engine did not take.
    pub(super) turned_away: Vec<LeftOut>,
}
