//! Its latest pick-up passed while nobody was coming.

use super::steps::end_order;
use crate::fleet::world::World;
use paceline_model::lifecycle::OrderTrigger;
use paceline_model::{Instant, OrderIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: OrderIdx) {
    end_order(world, at, id, OrderTrigger::Expire);
}
