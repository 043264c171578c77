//! Which region has which vehicle and which order, by what the regions publish.

use crate::city::Act;
use paceline_model::{OrderId, VehicleId};
use std::collections::BTreeMap;

/// Where a vehicle is.
pub(super) enum Whereabouts {
    /// With the region of that number.
    In(usize),
    /// It has left one and is not with the other. What it has asked for meanwhile it asks the other.
    OnTheWay(Vec<Act>),
}

/// Who has what. Which vehicle is where is what the vehicles' own programs know: the region that they last heard of themselves.
#[derive(Default)]
pub(super) struct Custody {
    vehicles: BTreeMap<VehicleId, Whereabouts>,
    orders: BTreeMap<OrderId, usize>,
    /// Vehicles that a region had when another had them, or that left where they were not: zero, or a bug.
    pub(super) findings: u64,
}

impl Custody {
    pub(super) fn vehicle(&self, vehicle: &VehicleId) -> Option<&Whereabouts> {
        self.vehicles.get(vehicle)
    }
    pub(super) fn order(&self, order: &OrderId) -> Option<usize> {
        self.orders.get(order).copied()
    }
    pub(super) fn place(&mut self, order: OrderId, region: usize) {
        self.orders.insert(order, region);
    }
    pub(super) fn end(&mut self, order: &OrderId) {
        self.orders.remove(order);
    }
    /// A region has a vehicle from now on. Gives what it has asked for on the way, if it was on one.
    pub(super) fn join(&mut self, vehicle: &VehicleId, region: usize) -> Option<Vec<Act>> {
        match self.vehicles.insert(vehicle.clone(), Whereabouts::In(region)) {
            Some(Whereabouts::OnTheWay(asked)) => Some(asked),
            Some(Whereabouts::In(_)) => {
                self.findings += 1;
                None
            }
            None => None,
        }
    }
    /// A vehicle is on its way from a region to another.
    pub(super) fn leave(&mut self, vehicle: &VehicleId, region: usize) {
        let before = self.vehicles.insert(vehicle.clone(), Whereabouts::OnTheWay(Vec::new()));
        if !matches!(before, Some(Whereabouts::In(had)) if had == region) {
            self.findings += 1;
        }
    }
    /// A vehicle is nobody's any more.
    pub(super) fn retire(&mut self, vehicle: &VehicleId) {
        self.vehicles.remove(vehicle);
    }
    /// A vehicle on its way asks for something.
    pub(super) fn ask_later(&mut self, vehicle: &VehicleId, act: Act) {
        if let Some(Whereabouts::OnTheWay(asked)) = self.vehicles.get_mut(vehicle) {
            asked.push(act);
        }
    }
    /// Every vehicle that is somebody's.
    pub(super) fn vehicles(&self) -> impl Iterator<Item = (&VehicleId, &Whereabouts)> {
        self.vehicles.iter()
    }
}
