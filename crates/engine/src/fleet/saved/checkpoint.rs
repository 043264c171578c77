//! A fleet as it stood, apart from the one that goes on.

use crate::fleet::hand_overs::HandOvers;
use crate::fleet::reposition::Learnt;
use crate::fleet::row::{ChargerSite, Order, Vehicle};
use crate::fleet::world::World;
use paceline_model::{Geofence, GeofenceId, Instant, OrderIdx, Pages, Slots};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What of a fleet is written down, as it stood: it shares its pages with the fleet that goes on.
pub struct Saved {
    pub(super) vehicles: Slots<Vehicle>,
    pub(super) orders: Slots<Order>,
    pub(super) chargers: Slots<ChargerSite>,
    pub(super) geofences: BTreeMap<GeofenceId, Arc<Geofence>>,
    pub(super) ended_by_age: Pages<(Instant, OrderIdx)>,
    pub(super) freed_at: Instant,
    pub(super) learnt: Arc<Learnt>,
    pub(super) hand_overs: HandOvers,
}

impl Saved {
    pub(in crate::fleet) fn of(world: &World, learnt: Arc<Learnt>) -> Self {
        Self {
            vehicles: world.vehicles.slots().clone(),
            orders: world.orders.slots().clone(),
            chargers: world.chargers.slots().clone(),
            geofences: world.geofences.clone(),
            ended_by_age: world.ended_by_age.clone(),
            freed_at: world.freed_at,
            learnt,
            hand_overs: world.hand_overs.clone(),
        }
    }
}
