//! The fleet's world: what is true. A fold of events, equal after a replay to the last byte.
//!
//! Only `apply/` changes it. The sets beside the maps are indexes of them, kept by the two methods at the end.

use paceline_model::lifecycle::{OrderPhase, OrderTrigger, Service};
use paceline_model::{
    ChargerId, ChargerSpec, Driver, Geofence, GeofenceId, Instant, Job, OrderId, OrderSpec, Vehicle,
    VehicleId, Weighing,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// An order and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What is asked. After a rescue the pick-up is where the riders wait now.
    pub spec: Arc<OrderSpec>,
    /// Where it stands.
    pub phase: OrderPhase,
    /// The vehicle that has it, or served it.
    pub vehicle: Option<VehicleId>,
    /// When it was placed.
    pub placed_at: Instant,
    /// Since when it is in this phase.
    pub since: Instant,
    /// The latest pick-up, later than asked for only after a rescue.
    pub latest_pickup: Instant,
    /// When an offer under way lapses.
    pub offer_until: Option<Instant>,
    /// When the riders got in, the first time.
    pub picked_up_at: Option<Instant>,
    /// When it came to its outcome.
    pub ended_at: Option<Instant>,
    /// How often a vehicle that had it fell out.
    pub failures: u8,
    /// Vehicles that are not asked again.
    pub declined: Vec<VehicleId>,
    /// What was weighed when it was last given to a vehicle.
    pub weighing: Option<Weighing>,
}

impl Order {
    /// When something must happen to it if nothing else does.
    fn due(&self) -> Option<Instant> {
        match self.phase {
            OrderPhase::Open | OrderPhase::Assigned | OrderPhase::Arrived => Some(self.latest_pickup),
            OrderPhase::Offered => self.offer_until,
            _ => None,
        }
    }
    /// Moves the phase on. The admission has made sure that the arrow exists.
    pub(super) fn step(&mut self, trigger: OrderTrigger, at: Instant) {
        let next = self.phase.after(trigger);
        debug_assert!(next.is_some(), "{:?} after {trigger:?} for {}", self.phase, self.spec.id);
        self.phase = next.unwrap_or(self.phase);
        self.since = at;
    }
}

/// A charger site and how many of its plugs are taken or kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargerSite {
    /// What it is.
    pub spec: ChargerSpec,
    /// Plugs in use or kept for a vehicle on its way.
    pub taken: u16,
}

impl ChargerSite {
    /// Plugs that nobody has.
    pub fn free(&self) -> u16 {
        self.spec.plugs.saturating_sub(self.taken)
    }
}

/// What is true.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct World {
    pub(super) vehicles: BTreeMap<VehicleId, Vehicle>,
    pub(super) orders: BTreeMap<OrderId, Order>,
    pub(super) chargers: BTreeMap<ChargerId, ChargerSite>,
    pub(super) geofences: BTreeMap<GeofenceId, Arc<Geofence>>,
    /// Finished orders by age, oldest first.
    pub(super) ended_by_age: VecDeque<(Instant, OrderId)>,
    /// Index: orders that nobody has.
    #[serde(skip)]
    pub(super) open: BTreeSet<OrderId>,
    /// Index: when orders whose riders are not aboard fall due.
    #[serde(skip)]
    pub(super) due: BTreeSet<(Instant, OrderId)>,
    /// Index: vehicles that can be dispatched.
    #[serde(skip)]
    pub(super) free: BTreeSet<VehicleId>,
    /// Index: vehicles within hearing on their way to an order, nobody of whom has to be asked.
    #[serde(skip)]
    pub(super) approaching: BTreeSet<VehicleId>,
    /// Index: vehicles at a charger or on their way to one, and within hearing.
    #[serde(skip)]
    pub(super) charging: BTreeSet<VehicleId>,
}

impl World {
    /// All vehicles, by id.
    pub fn vehicles(&self) -> impl Iterator<Item = &Vehicle> {
        self.vehicles.values()
    }
    /// One vehicle.
    pub fn vehicle(&self, id: &VehicleId) -> Option<&Vehicle> {
        self.vehicles.get(id)
    }
    /// All orders that are open, under way, or ended within the retention, by id.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }
    /// One order.
    pub fn order(&self, id: &OrderId) -> Option<&Order> {
        self.orders.get(id)
    }
    /// How many orders nobody has.
    pub fn open_orders(&self) -> usize {
        self.open.len()
    }
    /// All charger sites, by id.
    pub fn chargers(&self) -> impl Iterator<Item = &ChargerSite> {
        self.chargers.values()
    }
    /// All geofences, by id.
    pub fn geofences(&self) -> impl Iterator<Item = &Arc<Geofence>> {
        self.geofences.values()
    }

    /// Makes the indexes anew, after the rest was read back.
    pub(super) fn reindex(&mut self) {
        for (id, order) in &self.orders {
            if order.phase == OrderPhase::Open {
                self.open.insert(id.clone());
            }
            if let Some(due) = order.due() {
                self.due.insert((due, id.clone()));
            }
        }
        for (id, vehicle) in &self.vehicles {
            let (free, charging, approaching) = standing(vehicle);
            index(&mut self.free, id, free);
            index(&mut self.charging, id, charging);
            index(&mut self.approaching, id, approaching);
        }
    }

    /// Changes a known order and keeps its indexes. An unknown one is passed over: an apply cannot fail.
    pub(super) fn change_order(&mut self, id: &OrderId, change: impl FnOnce(&mut Order)) {
        let Some(order) = self.orders.get_mut(id) else {
            debug_assert!(false, "event about unknown order {id}");
            return;
        };
        let (was_due, was_open) = (order.due(), order.phase == OrderPhase::Open);
        change(order);
        let (is_due, is_open) = (order.due(), order.phase == OrderPhase::Open);
        if was_due != is_due {
            if let Some(due) = was_due {
                self.due.remove(&(due, id.clone()));
            }
            if let Some(due) = is_due {
                self.due.insert((due, id.clone()));
            }
        }
        match (was_open, is_open) {
            (false, true) => _ = self.open.insert(id.clone()),
            (true, false) => _ = self.open.remove(id),
            _ => {}
        }
    }

    /// Adds an order with its indexes.
    pub(super) fn insert_order(&mut self, order: Order) {
        let id = order.spec.id.clone();
        if let Some(due) = order.due() {
            self.due.insert((due, id.clone()));
        }
        self.open.insert(id.clone());
        self.orders.insert(id, order);
    }

    /// Changes a known vehicle and keeps its indexes and its charger's plugs. An unknown one is passed over.
    pub(super) fn change_vehicle(&mut self, id: &VehicleId, change: impl FnOnce(&mut Vehicle)) {
        let Some(record) = self.vehicles.get_mut(id) else {
            debug_assert!(false, "event about unknown vehicle {id}");
            return;
        };
        let had = record.job.charger().cloned();
        change(record);
        let has = record.job.charger().cloned();
        let (free, charging, approaching) = standing(record);
        index(&mut self.free, id, free);
        index(&mut self.charging, id, charging);
        index(&mut self.approaching, id, approaching);
        if had != has {
            self.keep_plugs(had.as_ref(), |taken| taken.saturating_sub(1));
            self.keep_plugs(has.as_ref(), |taken| taken.saturating_add(1));
        }
    }

    /// Takes a vehicle away, with its place in the indexes and its plug.
    pub(super) fn remove_vehicle(&mut self, id: &VehicleId) {
        let Some(vehicle) = self.vehicles.remove(id) else { return };
        self.free.remove(id);
        self.charging.remove(id);
        self.approaching.remove(id);
        self.keep_plugs(vehicle.job.charger(), |taken| taken.saturating_sub(1));
    }

    fn keep_plugs(&mut self, charger: Option<&ChargerId>, change: impl Fn(u16) -> u16) {
        if let Some(site) = charger.and_then(|id| self.chargers.get_mut(id)) {
            site.taken = change(site.taken);
        }
    }
}

/// Whether a vehicle can be dispatched, whether it is about charging, and whether it could be sent to other riders than
/// those that it is on its way to; nothing of it, while it cannot be heard.
fn standing(vehicle: &Vehicle) -> (bool, bool, bool) {
    let audible = vehicle.service != Service::NonContactable;
    let approaching = vehicle.spec.driver == Driver::Automatic && matches!(vehicle.job, Job::ToPickup(_));
    (audible && vehicle.job == Job::Free, audible && vehicle.job.charger().is_some(), audible && approaching)
}

fn index(set: &mut BTreeSet<VehicleId>, id: &VehicleId, member: bool) {
    if member {
        if !set.contains(id) {
            set.insert(id.clone());
        }
    } else {
        set.remove(id);
    }
}
