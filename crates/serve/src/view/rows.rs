//! Rows of the read model, and how they are taken from the world: on the region's thread, so that each is a few copies and no text.

use paceline_engine::{Changes, ChargerSite, Order, PositionFix, World};
use paceline_model::lifecycle::{Operational, OrderPhase, Service};
use paceline_model::{
    Geofence, Instant, Job, OrderId, OrderIdx, OrderSpec, Reading, Row, VehicleId, VehicleIdx, VehicleSpec,
};
use std::sync::Arc;

/// A vehicle, as it is read.
#[derive(Clone, Debug)]
pub(crate) struct VehicleRow {
    pub(crate) spec: Arc<VehicleSpec>,
    /// The newest that is known of where it is and how full.
    pub(crate) newest: Reading,
    pub(crate) fix: PositionFix,
    pub(crate) operational: Operational,
    pub(crate) service: Service,
    pub(crate) job: Job,
}

impl VehicleRow {
    pub(crate) fn of(world: &World, of: &paceline_engine::Vehicle) -> Self {
        let named = world.named(of);
        let (operational, service) = (named.operational, named.service);
        let (newest, fix) = (of.newest(), of.fix());
        Self { spec: named.spec, newest, fix, operational, service, job: named.job }
    }
}

impl Row for VehicleRow {
    type Id = VehicleId;
    fn id(&self) -> &VehicleId {
        &self.spec.id
    }
}

/// An order, as it is read.
#[derive(Clone, Debug)]
pub(crate) struct OrderRow {
    pub(crate) spec: Arc<OrderSpec>,
    pub(crate) phase: OrderPhase,
    /// The vehicle that has it, or that it ended with.
    pub(crate) vehicle: Option<VehicleId>,
    pub(crate) placed_at: Instant,
    pub(crate) since: Instant,
    pub(crate) latest_pickup: Instant,
    pub(crate) picked_up_at: Option<Instant>,
    pub(crate) ended_at: Option<Instant>,
    pub(crate) failures: u8,
}

impl OrderRow {
    pub(crate) fn of(world: &World, of: &Order) -> Self {
        Self {
            spec: of.spec.clone(),
            phase: of.phase,
            vehicle: world.vehicle_of(of).cloned(),
            placed_at: of.placed_at,
            since: of.since,
            latest_pickup: of.latest_pickup,
            picked_up_at: of.picked_up_at,
            ended_at: of.ended_at,
            failures: of.failures,
        }
    }
}

impl Row for OrderRow {
    type Id = OrderId;
    fn id(&self) -> &OrderId {
        &self.spec.id
    }
}

/// Rows that have changed, as they stand. `None`: the row was given up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delta {
    pub(crate) vehicles: Vec<(VehicleIdx, Option<VehicleRow>)>,
    pub(crate) orders: Vec<(OrderIdx, Option<OrderRow>)>,
    pub(crate) chargers: Vec<ChargerSite>,
    pub(crate) geofences: Vec<Arc<Geofence>>,
    /// These are all rows that there are.
    pub(crate) whole: bool,
}

impl Delta {
    /// What has changed.
    pub(crate) fn of(world: &World, mut changes: Changes) -> Self {
        if changes.everything {
            return Self::whole(world);
        }
        // A row that was given up comes before its successor.
        once(&mut changes.vehicles);
        once(&mut changes.orders);
        once(&mut changes.chargers);
        once(&mut changes.geofences);
        let vehicle = |idx| (idx, world.vehicle_at(idx).map(|row| VehicleRow::of(world, row)));
        let order = |idx| (idx, world.order_at(idx).map(|row| OrderRow::of(world, row)));
        Self {
            vehicles: changes.vehicles.into_iter().map(vehicle).collect(),
            orders: changes.orders.into_iter().map(order).collect(),
            chargers: changes.chargers.into_iter().filter_map(|idx| world.charger_at(idx).cloned()).collect(),
            geofences: changes.geofences.iter().filter_map(|id| world.geofence(id).cloned()).collect(),
            whole: false,
        }
    }

    /// Takes over what vehicles have said since: a reader that does not have their rows yet passed it over.
    pub(crate) fn heard_since(&mut self, world: &World) {
        for (idx, row) in &mut self.vehicles {
            if let (Some(row), Some(now)) = (row, world.vehicle_at(*idx)) {
                (row.newest, row.fix) = (now.newest(), now.fix());
            }
        }
    }

    /// All rows of a world.
    pub(crate) fn whole(world: &World) -> Self {
        let vehicles = world.vehicle_rows().map(|(idx, row)| (idx, Some(VehicleRow::of(world, row))));
        let orders = world.order_rows().map(|(idx, row)| (idx, Some(OrderRow::of(world, row))));
        Self {
            vehicles: vehicles.collect(),
            orders: orders.collect(),
            chargers: world.chargers().cloned().collect(),
            geofences: world.geofences().cloned().collect(),
            whole: true,
        }
    }
}

fn once<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}
