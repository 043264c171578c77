//! The read model: the world as everybody outside reads it, and nothing that is not durable. Fed by changes, read beside the region.

use super::orders::Orders;
use super::rows::Delta;
use super::vehicles::Vehicles;
use paceline_engine::{ChargerSite, PositionFix};
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

impl Model {
    /// Takes in what has changed up to a version.
    pub(crate) fn apply(&mut self, version: Version, delta: Delta) {
        if delta.whole {
            *self = Self::default();
        }
        self.version = version;
        delta.vehicles.into_iter().for_each(|(idx, row)| self.vehicles.set(idx, row));
        delta.orders.into_iter().for_each(|(idx, row)| self.orders.set(idx, row));
        self.chargers.extend(delta.chargers.into_iter().map(|site| (site.spec.id.clone(), site)));
        self.geofences.extend(delta.geofences.into_iter().map(|area| (area.id().clone(), area)));
    }

    /// Takes in what vehicles say of themselves.
    pub(crate) fn hear(&mut self, heard: Vec<(VehicleIdx, Reading, PositionFix)>) {
        heard.into_iter().for_each(|(idx, reading, fix)| self.vehicles.hear(idx, reading, fix));
    }
}
