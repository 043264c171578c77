//! The read model of a bikes region: stations, vans and work orders by name.

use crate::kind::{ReadModel, follow};
use paceline_engine::bikes::{Bikes, Changes, OrderRow, StationRow, VanRow};
use paceline_model::bikes::{StationId, VanId, WorkOrderId};
use paceline_model::{Instant, Position, Version};
use std::collections::BTreeMap;

/// The world as it is read.
#[derive(Default)]
pub(crate) struct BikesModel {
    /// The last event that is in it.
    pub(crate) version: Version,
    pub(crate) stations: BTreeMap<StationId, StationRow>,
    pub(crate) vans: BTreeMap<VanId, VanRow>,
    pub(crate) orders: BTreeMap<WorkOrderId, OrderRow>,
}

/// Rows that have changed, as they stand. `None`: the row was removed.
#[derive(Default)]
pub(crate) struct BikesDelta {
    stations: Vec<(StationId, Option<StationRow>)>,
    vans: Vec<(VanId, Option<VanRow>)>,
    orders: Vec<(WorkOrderId, Option<OrderRow>)>,
    /// These are all rows that there are.
    whole: bool,
}

impl ReadModel for BikesModel {
    type World = Bikes;
    type Delta = BikesDelta;
    type Heard = Vec<(VanId, Option<(Position, Instant)>)>;

    fn version(&self) -> Version {
        self.version
    }

    fn apply(&mut self, version: Version, delta: BikesDelta) {
        if delta.whole {
            *self = Self::default();
        }
        self.version = version;
        follow(&mut self.stations, delta.stations);
        follow(&mut self.vans, delta.vans);
        follow(&mut self.orders, delta.orders);
    }

    fn hear(&mut self, heard: Self::Heard) {
        for (id, heard) in heard {
            if let Some(van) = self.vans.get_mut(&id) {
                van.hear(heard);
            }
        }
    }

    fn delta(world: &Bikes, changes: Changes) -> BikesDelta {
        if changes.everything {
            return Self::whole(world);
        }
        let stations = changes.stations.into_iter();
        BikesDelta {
            stations: stations.map(|id| (id.clone(), world.station(&id).cloned())).collect(),
            vans: changes.vans.into_iter().map(|id| (id.clone(), world.van(&id).cloned())).collect(),
            orders: changes.orders.into_iter().map(|id| (id.clone(), world.order(&id).cloned())).collect(),
            whole: false,
        }
    }

    fn whole(world: &Bikes) -> BikesDelta {
        BikesDelta {
            stations: world.stations().map(|row| (row.spec.id.clone(), Some(row.clone()))).collect(),
            vans: world.vans().map(|row| (row.spec.id.clone(), Some(row.clone()))).collect(),
            orders: world.orders().map(|row| (row.id.clone(), Some(row.clone()))).collect(),
            whole: true,
        }
    }

    fn is_whole(delta: &BikesDelta) -> bool {
        delta.whole
    }

    fn heard_since(delta: &mut BikesDelta, world: &Bikes) {
        for (id, row) in &mut delta.vans {
            if let (Some(row), Some(now)) = (row, world.van(id)) {
                row.hear(now.heard());
            }
        }
    }

    fn take_heard(world: &Bikes, changes: &mut Changes) -> Option<Self::Heard> {
        let heard = std::mem::take(&mut changes.heard).into_iter();
        let heard: Vec<_> = heard.filter_map(|id| Some((id.clone(), world.van(&id)?.heard()))).collect();
        (!heard.is_empty()).then_some(heard)
    }
}
