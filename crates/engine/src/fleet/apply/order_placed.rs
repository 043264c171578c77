//! A ride was asked for.

use crate::fleet::row::Order;
use crate::fleet::world::World;
use paceline_model::{Instant, OrderSpec};

pub(super) fn apply(world: &mut World, at: Instant, spec: OrderSpec) {
    world.insert_order(Order::new(spec, at));
}
