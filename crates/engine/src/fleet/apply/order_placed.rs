//! A ride was asked for.

use crate::fleet::world::{Order, World};
use paceline_model::lifecycle::OrderPhase;
use paceline_model::{Instant, OrderSpec};
use std::sync::Arc;

pub(super) fn apply(world: &mut World, at: Instant, spec: OrderSpec) {
    world.insert_order(Order {
        phase: OrderPhase::Open,
        vehicle: None,
        placed_at: at,
        since: at,
        latest_pickup: spec.latest_pickup,
        offer_until: None,
        picked_up_at: None,
        ended_at: None,
        failures: 0,
        declined: Vec::new(),
        weighing: None,
        spec: Arc::new(spec),
    });
}
