//! What follows once something is another than before: orders that are needed, needed no longer, or take fewer bikes. It follows in the
//! same record as what brought it about, so that nobody is told the one without the other.
//!
//! All of it is a function of the world: asked again without a change it says nothing.

mod silence;
mod station;
mod van;

pub(super) use van::{given_back, returned};

use super::world::Bikes;
use crate::ledger::Draft;

/// Looks at every station and van that was touched, until nothing follows any more. It ends: an order is proposed once while it is needed,
/// withdrawn once, given back once, and cut to fewer bikes only.
pub(super) fn settle(world: &mut Bikes, draft: &mut Draft<Bikes>) {
    loop {
        let events = if let Some(station) = world.touched.stations.pop_first() {
            station::settled(world, &station)
        } else if let Some(van) = world.touched.vans.pop_first() {
            van::settled(world, &van)
        } else {
            return;
        };
        draft.apply(world, events);
    }
}
