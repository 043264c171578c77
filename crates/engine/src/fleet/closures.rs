//! Closed roads and the vehicles under way, whose drives they may cut. A metric that closes roads makes a list of them; each tick looks
//! at a few, so that no tick waits for all.

use super::trip_leg::TripLeg;
use super::world::World;
use paceline_model::VehicleIdx;
use paceline_road::{EdgeId, Roads};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Roads that were closed, and who is still to be looked at.
pub(super) struct Closures {
    /// The streets as they were before.
    pub(super) before: Arc<Roads>,
    pub(super) closed: BTreeSet<EdgeId>,
    pub(super) todo: VecDeque<(VehicleIdx, TripLeg)>,
}

impl Closures {
    /// What new travel times close. An earlier list that is not done yet goes on, with what is still closed of it.
    pub(super) fn after(
        earlier: Option<Self>,
        mut before: Arc<Roads>,
        now: &Roads,
        world: &World,
    ) -> Option<Self> {
        let mut closed = closed(&before, now);
        if closed.is_empty() {
            return earlier;
        }
        if let Some(earlier) = earlier {
            closed.extend(earlier.closed.iter().filter(|&&edge| !now.edge_leg(edge).is_reachable()));
            before = earlier.before;
        }
        let vehicles = world.vehicles.iter();
        let todo = vehicles.filter_map(|(idx, vehicle)| Some((idx, TripLeg::of(vehicle)?))).collect();
        Some(Self { before, closed, todo })
    }
}

/// The edges that `now` closes and `before` does not.
fn closed(before: &Roads, now: &Roads) -> BTreeSet<EdgeId> {
    let edges = (0..now.edge_count() as u32).map(EdgeId);
    edges.filter(|&edge| before.edge_leg(edge).is_reachable() && !now.edge_leg(edge).is_reachable()).collect()
}
