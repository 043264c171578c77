//! The read model: the world as everybody outside reads it, and nothing that is not durable. Fed by changes, read beside the region.

use super::orders::Orders;
use super::rows::Delta;
use super::vehicles::Vehicles;
use crate::kind::ReadModel;
use paceline_engine::{Changes, ChargerSite, Fleet, PositionFix};
use paceline_model::{ChargerId, Geofence, GeofenceId, Reading, VehicleIdx, Version};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The world as it is read.
#[derive(Default)]
pub(crate) struct Model {
    /// The last event that is in it.
    pub(crate) version: Version,
    pub(crate) vehicles: Vehicles,
    pub(crate) orders: Orders,
    pub(crate) chargers: BTreeMap<ChargerId, ChargerSite>,
    pub(crate) geofences: BTreeMap<GeofenceId, Arc<Geofence>>,
}

impl ReadModel for Model {
    type World = Fleet;
    type Delta = Delta;
    type Heard = Vec<(VehicleIdx, Reading, PositionFix)>;

    fn version(&self) -> Version {
        self.version
    }

    fn apply(&mut self, version: Version, delta: Delta) {
        if delta.whole {
            *self = Self::default();
        }
        self.version = version;
        delta.vehicles.into_iter().for_each(|(idx, row)| self.vehicles.set(idx, row));
        delta.orders.into_iter().for_each(|(idx, row)| self.orders.set(idx, row));
        self.chargers.extend(delta.chargers.into_iter().map(|site| (site.spec.id.clone(), site)));
        self.geofences.extend(delta.geofences.into_iter().map(|area| (area.id().clone(), area)));
    }

    fn hear(&mut self, heard: Self::Heard) {
        heard.into_iter().for_each(|(idx, reading, fix)| self.vehicles.hear(idx, reading, fix));
    }

    fn delta(world: &Fleet, changes: Changes) -> Delta {
        Delta::of(world.world(), changes)
    }

    fn whole(world: &Fleet) -> Delta {
        Delta::whole(world.world())
    }

    fn is_whole(delta: &Delta) -> bool {
        delta.whole
    }

    fn heard_since(delta: &mut Delta, world: &Fleet) {
        delta.heard_since(world.world());
    }

    fn take_heard(_: &Fleet, changes: &mut Changes) -> Option<Self::Heard> {
        let heard = std::mem::take(&mut changes.heard);
        (!heard.is_empty()).then_some(heard)
    }
}
