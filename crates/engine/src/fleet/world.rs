//! The fleet's world: what is true. A fold of events, equal after a replay to the last byte.
//!
//! Vehicles, orders and charger sites are rows of tables and refer to each other by row. Only `apply/` changes what is true.
//! A row also keeps what is derived from it or observed beside it (`row::Sensed`, rides): never written down, never compared.
//! The sets beside the tables are indexes of them, kept by the methods that change rows.

use super::available::Available;
use super::changes::Changes;
use super::hand_overs::HandOvers;
use super::row::{ChargerSite, Order, Vehicle};
use paceline_model::lifecycle::{OrderPhase, Service};
use paceline_model::{
    Charge, ChargerId, ChargerIdx, Driver, Geofence, GeofenceId, Instant, Job, OrderId, OrderIdx, Pages,
    Refer, Table, VehicleId, VehicleIdx,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is true.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    pub(super) vehicles: Table<Vehicle>,
    pub(super) orders: Table<Order>,
    pub(super) chargers: Table<ChargerSite>,
    pub(super) geofences: BTreeMap<GeofenceId, Arc<Geofence>>,
    /// Finished orders by age, oldest first.
    pub(super) ended_by_age: Pages<(Instant, OrderIdx)>,
    pub(super) hand_overs: HandOvers,
    /// When a vehicle last became one that can be dispatched, or that can be for more than before.
    pub(super) freed_at: Instant,
    /// Index: orders that nobody has.
    pub(super) open: BTreeSet<OrderIdx>,
    /// Index: when orders whose riders are not aboard fall due.
    pub(super) due: BTreeSet<(Instant, OrderIdx)>,
    /// Index: vehicles that can be dispatched.
    pub(super) free: Available,
    /// Index: vehicles within hearing on their way to an order, nobody of whom has to be asked.
    pub(super) approaching: BTreeSet<VehicleIdx>,
    /// Index: vehicles at a charger or on their way to one, and within hearing.
    pub(super) charging: BTreeSet<VehicleIdx>,
    /// Index: vehicles within hearing with the riders of one order.
    pub(super) aboard: BTreeSet<VehicleIdx>,
    /// Rows that have changed since somebody last asked.
    pub(super) changes: Changes,
}

impl World {
    /// All vehicles, by row.
    pub fn vehicles(&self) -> impl Iterator<Item = &Vehicle> {
        self.vehicles.rows()
    }
    /// All vehicles, by name.
    pub fn vehicles_by_name(&self) -> Vec<&Vehicle> {
        self.vehicles.by_name()
    }
    /// One vehicle.
    pub fn vehicle(&self, id: &VehicleId) -> Option<&Vehicle> {
        self.vehicles.get(self.vehicles.find(id)?)
    }
    /// The row that a name stands for.
    pub fn vehicle_idx(&self, id: &VehicleId) -> Option<VehicleIdx> {
        self.vehicles.find(id)
    }
    /// A vehicle as the world outside reads it: with the names of what it is about.
    pub fn named(&self, vehicle: &Vehicle) -> paceline_model::Vehicle {
        let order = |idx: &OrderIdx| self.orders.id(*idx).cloned();
        let charger = |idx: &ChargerIdx| self.chargers.id(*idx).cloned();
        paceline_model::Vehicle {
            spec: vehicle.spec.clone(),
            reading: vehicle.reading,
            operational: vehicle.operational,
            service: vehicle.service,
            // A job outlives neither its order nor its charger: every row that it refers to is there.
            job: vehicle.job.map(order, charger).unwrap_or(Job::Free),
            since: vehicle.since,
        }
    }
    /// All orders that are open, under way, or ended within the retention, by row.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.rows()
    }
    /// One order.
    pub fn order(&self, id: &OrderId) -> Option<&Order> {
        self.orders.get(self.orders.find(id)?)
    }
    /// The name of the vehicle that has an order, or that it ended with.
    pub fn vehicle_of<'a>(&'a self, order: &'a Order) -> Option<&'a VehicleId> {
        let has = order.vehicle.and_then(|idx| self.vehicles.id(idx));
        has.or(order.ended_with.as_ref())
    }
    /// How many vehicles there are.
    pub fn vehicle_count(&self) -> usize {
        self.vehicles.len()
    }
    /// How many orders are kept.
    pub fn order_count(&self) -> usize {
        self.orders.len()
    }
    /// How many charger sites there are.
    pub fn charger_count(&self) -> usize {
        self.chargers.len()
    }
    /// How many orders nobody has.
    pub fn open_orders(&self) -> usize {
        self.open.len()
    }
    /// A vehicle by its row, unless that was given up.
    pub fn vehicle_at(&self, idx: VehicleIdx) -> Option<&Vehicle> {
        self.vehicles.get(idx)
    }
    /// An order by its row, unless that was given up.
    pub fn order_at(&self, idx: OrderIdx) -> Option<&Order> {
        self.orders.get(idx)
    }
    /// A charger site by its row.
    pub fn charger_at(&self, idx: ChargerIdx) -> Option<&ChargerSite> {
        self.chargers.get(idx)
    }
    /// All vehicles with their rows, by row.
    pub fn vehicle_rows(&self) -> impl Iterator<Item = (VehicleIdx, &Vehicle)> {
        self.vehicles.iter()
    }
    /// All orders with their rows, by row.
    pub fn order_rows(&self) -> impl Iterator<Item = (OrderIdx, &Order)> {
        self.orders.iter()
    }
    /// One charger site.
    pub fn charger(&self, id: &ChargerId) -> Option<&ChargerSite> {
        self.chargers.get(self.chargers.find(id)?)
    }
    /// All charger sites, by name.
    pub fn chargers(&self) -> impl Iterator<Item = &ChargerSite> {
        self.chargers.by_name().into_iter()
    }
    /// One area.
    pub fn geofence(&self, id: &GeofenceId) -> Option<&Arc<Geofence>> {
        self.geofences.get(id)
    }
    /// Vehicles that go to other regions and come from them.
    pub fn hand_overs(&self) -> &HandOvers {
        &self.hand_overs
    }
    /// All geofences, by id.
    pub fn geofences(&self) -> impl ExactSizeIterator<Item = &Arc<Geofence>> {
        self.geofences.values()
    }

    /// Makes the indexes from the tables, after these were read back.
    pub(super) fn reindex(&mut self) {
        for (idx, order) in self.orders.iter() {
            if order.phase == OrderPhase::Open {
                self.open.insert(idx);
            }
            if let Some(due) = order.due() {
                self.due.insert((due, idx));
            }
        }
        let rows: Vec<VehicleIdx> = self.vehicles.iter().map(|(idx, _)| idx).collect();
        for idx in rows {
            let Some(vehicle) = self.vehicles.get_mut(idx) else { continue };
            let standing = standing(vehicle);
            if standing == Some(Standing::Free) {
                self.free.insert(idx, vehicle);
            }
            self.index_vehicle(idx, standing);
        }
        // They were free before.
        self.free.take_joined();
    }

    /// From now on vehicles that can be dispatched may want to charge at and below `charge`.
    pub(super) fn want_charge_at(&mut self, charge: Charge) {
        self.free.want_charge_at(charge);
        let rows: Vec<VehicleIdx> = self.free.rows().iter().copied().collect();
        for idx in rows {
            if let Some(vehicle) = self.vehicles.get_mut(idx) {
                self.free.follow(idx, vehicle);
            }
        }
    }

    /// Changes an order and keeps its indexes. A row that was given up is passed over: an apply cannot fail.
    pub(super) fn change_order(&mut self, idx: OrderIdx, change: impl FnOnce(&mut Order)) {
        let Some(order) = self.orders.get_mut(idx) else {
            debug_assert!(false, "event about unknown order {idx:?}");
            return;
        };
        let (was_due, was_open) = (order.due(), order.phase == OrderPhase::Open);
        change(order);
        self.changes.order(idx);
        let (is_due, is_open) = (order.due(), order.phase == OrderPhase::Open);
        if was_due != is_due {
            if let Some(due) = was_due {
                self.due.remove(&(due, idx));
            }
            if let Some(due) = is_due {
                self.due.insert((due, idx));
            }
        }
        if was_open != is_open {
            index(&mut self.open, idx, is_open);
        }
    }

    /// Adds an order with its indexes.
    pub(super) fn insert_order(&mut self, order: Order) {
        let due = order.due();
        let idx = self.orders.insert(order);
        self.changes.order(idx);
        self.open.insert(idx);
        if let Some(due) = due {
            self.due.insert((due, idx));
        }
    }

    /// Changes a vehicle and keeps its indexes and its charger's plugs. A row that was given up is passed over.
    pub(super) fn change_vehicle(&mut self, idx: VehicleIdx, change: impl FnOnce(&mut Vehicle)) {
        let Some(vehicle) = self.vehicles.get_mut(idx) else {
            debug_assert!(false, "event about unknown vehicle {idx:?}");
            return;
        };
        let (had, was, spec) = (vehicle.job.charger().copied(), standing(vehicle), vehicle.spec.clone());
        change(vehicle);
        self.changes.vehicle(idx);
        let (has, is) = (vehicle.job.charger().copied(), standing(vehicle));
        match (was == Some(Standing::Free), is == Some(Standing::Free)) {
            (false, true) => self.free.insert(idx, vehicle),
            (true, false) => self.free.remove(idx, vehicle),
            (true, true) if !Arc::ptr_eq(&spec, &vehicle.spec) => self.free.insert(idx, vehicle),
            _ => {}
        }
        if was != is {
            self.index_vehicle(idx, is);
        }
        if had != has {
            self.keep_plugs(had, |taken| taken.saturating_sub(1));
            self.keep_plugs(has, |taken| taken.saturating_add(1));
        }
    }

    /// Adds a vehicle, which no round looks for yet.
    pub(super) fn insert_vehicle(&mut self, vehicle: Vehicle) {
        let idx = self.vehicles.insert(vehicle);
        self.changes.vehicle(idx);
    }

    /// Forgets an order that came to its end.
    pub(super) fn remove_order(&mut self, idx: OrderIdx) {
        self.orders.remove(idx);
        self.changes.order(idx);
    }

    /// Adds a charger site, or replaces the one of its name.
    pub(super) fn put_charger(&mut self, site: ChargerSite) {
        let idx = self.chargers.insert(site);
        self.changes.charger(idx);
    }

    /// Adds an area, or replaces the one of its name.
    pub(super) fn put_geofence(&mut self, geofence: Geofence) {
        self.changes.geofence(geofence.id().clone());
        self.geofences.insert(geofence.id().clone(), Arc::new(geofence));
    }

    /// Takes a vehicle away, with its place in the indexes and its plug.
    pub(super) fn remove_vehicle(&mut self, idx: VehicleIdx) {
        let Some(mut vehicle) = self.vehicles.remove(idx) else { return };
        self.changes.vehicle(idx);
        self.free.remove(idx, &mut vehicle);
        self.index_vehicle(idx, None);
        self.keep_plugs(vehicle.job.charger().copied(), |taken| taken.saturating_sub(1));
    }

    fn index_vehicle(&mut self, idx: VehicleIdx, standing: Option<Standing>) {
        index(&mut self.charging, idx, standing == Some(Standing::Charging));
        index(&mut self.approaching, idx, standing == Some(Standing::Approaching));
        index(&mut self.aboard, idx, standing == Some(Standing::Aboard));
    }

    fn keep_plugs(&mut self, charger: Option<ChargerIdx>, change: impl Fn(u16) -> u16) {
        if let Some(idx) = charger
            && let Some(site) = self.chargers.get_mut(idx)
        {
            site.taken = change(site.taken);
            self.changes.charger(idx);
        }
    }
}

/// What rounds look for a vehicle as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It can be dispatched.
    Free,
    /// It is at a charger or on its way to one.
    Charging,
    /// It could be sent to other riders than those that it is on its way to.
    Approaching,
    /// It will be free when its riders get out.
    Aboard,
}

/// `None`, while it cannot be heard, and where no round looks for it.
fn standing(vehicle: &Vehicle) -> Option<Standing> {
    if vehicle.service == Service::NonContactable {
        return None;
    }
    match vehicle.job {
        Job::Free => Some(Standing::Free),
        Job::ToCharger(_) | Job::AtCharger(_) => Some(Standing::Charging),
        Job::ToPickup(_) if vehicle.spec.driver == Driver::Automatic => Some(Standing::Approaching),
        Job::Aboard(_) => Some(Standing::Aboard),
        Job::ToPickup(_) | Job::Offered(_) | Job::AtPickup(_) | Job::Out | Job::Sharing(_) => None,
    }
}

fn index<T: Ord>(set: &mut BTreeSet<T>, idx: T, member: bool) {
    if member {
        set.insert(idx);
    } else {
        set.remove(&idx);
    }
}

/// Rows by their lasting names, for whoever is told.
pub(super) struct Names<'a>(pub(super) &'a World);

impl Refer<VehicleIdx, OrderIdx, ChargerIdx> for Names<'_> {
    type Vehicle = VehicleId;
    type Order = OrderId;
    type Charger = ChargerId;
    fn vehicle(&self, vehicle: &VehicleIdx) -> Option<VehicleId> {
        self.0.vehicles.id(*vehicle).cloned()
    }
    fn order(&self, order: &OrderIdx) -> Option<OrderId> {
        self.0.orders.id(*order).cloned()
    }
    fn charger(&self, charger: &ChargerIdx) -> Option<ChargerId> {
        self.0.chargers.id(*charger).cloned()
    }
}

/// Names by their rows, for a replay.
pub(super) struct Rows<'a>(pub(super) &'a World);

impl Refer<VehicleId, OrderId, ChargerId> for Rows<'_> {
    type Vehicle = VehicleIdx;
    type Order = OrderIdx;
    type Charger = ChargerIdx;
    fn vehicle(&self, vehicle: &VehicleId) -> Option<VehicleIdx> {
        self.0.vehicles.find(vehicle)
    }
    fn order(&self, order: &OrderId) -> Option<OrderIdx> {
        self.0.orders.find(order)
    }
    fn charger(&self, charger: &ChargerId) -> Option<ChargerIdx> {
        self.0.chargers.find(charger)
    }
}
