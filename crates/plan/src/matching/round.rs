//! What all stages of one round share: the snapshot, the policy, and vehicles grouped by what they offer.

use crate::snapshot::{Demand, Supply};
use crate::{Policy, PolicySpec, Snapshot};
use paceline_model::{Exclusion, Geofence, GeofenceId, Instant, Millis, Tag};
use paceline_road::{Leg, Roads};
use std::collections::{BTreeMap, BTreeSet};

/// One round's input with what is derived from it once.
pub(super) struct Round<'a> {
    pub(super) roads: &'a Roads,
    pub(super) snapshot: &'a Snapshot,
    pub(super) policy: &'a PolicySpec,
    /// Rows of the vehicles inside the policy's area.
    pub(super) dispatchable: Vec<u32>,
    /// The distinct offers among them.
    pub(super) kinds: Vec<Kind<'a>>,
    /// Per vehicle row, its kind; meaningless for the others.
    pub(super) kind_of: Vec<u32>,
}

/// Vehicles that offer the same.
pub(super) struct Kind<'a> {
    seats: u8,
    attributes: &'a BTreeSet<Tag>,
    /// How many there are.
    pub(super) vehicles: u32,
}

impl Kind<'_> {
    /// Why no vehicle of this kind can serve `order`, if so.
    pub(super) fn exclusion(&self, order: &Demand) -> Option<Exclusion> {
        if self.seats < order.spec.party {
            return Some(Exclusion::Seats);
        }
        (!order.spec.attributes.is_subset(self.attributes)).then_some(Exclusion::Attributes)
    }
}

impl<'a> Round<'a> {
    pub(super) fn new(roads: &'a Roads, snapshot: &'a Snapshot, policy: &'a PolicySpec) -> Self {
        let mut round = Self {
            roads,
            snapshot,
            policy,
            dispatchable: Vec::new(),
            kinds: Vec::new(),
            kind_of: vec![0; snapshot.vehicles.len()],
        };
        round.dispatchable = (0..snapshot.vehicles.len() as u32)
            .filter(|&vehicle| policy.geofence.as_ref().is_none_or(|area| round.inside(area, vehicle)))
            .collect();
        round.group();
        round
    }

    fn group(&mut self) {
        let mut numbers = BTreeMap::new();
        for &row in &self.dispatchable {
            let spec = &self.snapshot.vehicles[row as usize].spec;
            let kind = *numbers.entry((spec.seats, &spec.attributes)).or_insert_with(|| {
                self.kinds.push(Kind { seats: spec.seats, attributes: &spec.attributes, vehicles: 0 });
                self.kinds.len() as u32 - 1
            });
            self.kinds[kind as usize].vehicles += 1;
            self.kind_of[row as usize] = kind;
        }
    }

    pub(super) fn order(&self, row: u32) -> &'a Demand {
        &self.snapshot.orders[row as usize]
    }
    pub(super) fn vehicle(&self, row: u32) -> &'a Supply {
        &self.snapshot.vehicles[row as usize]
    }
    /// Whether a vehicle stands inside an area. Nothing is inside an area that is not known.
    pub(super) fn inside(&self, area: &GeofenceId, vehicle: u32) -> bool {
        let place = self.vehicle(vehicle).reading.position;
        self.area(area).is_some_and(|area| area.contains(place))
    }
    fn area(&self, id: &GeofenceId) -> Option<&'a Geofence> {
        let areas = &self.snapshot.geofences;
        areas.binary_search_by(|area| area.id().cmp(id)).ok().map(|row| &*areas[row])
    }
    /// The longest drive that still meets the order's latest pick-up and the policy's bound; `None` if it is too late.
    pub(super) fn reach(&self, order: &Demand) -> Option<Millis> {
        let at = self.snapshot.at;
        (order.spec.latest_pickup >= at).then(|| {
            let left = order.spec.latest_pickup.since(at);
            left.min(self.policy.pickup_time_max)
        })
    }
    /// Why this vehicle, which offers what the order asks for, cannot serve it over `pickup`, if so.
    pub(super) fn exclusion(&self, order: &Demand, vehicle: &Supply, pickup: Leg) -> Option<Exclusion> {
        if order.declined.contains(vehicle.id()) {
            return Some(Exclusion::Declined);
        }
        if self.reach(order).is_none_or(|reach| pickup.time > reach) {
            return Some(Exclusion::TooFar);
        }
        (!self.has_energy(order, vehicle, pickup)).then_some(Exclusion::Range)
    }
    /// Pick-up drive, ride, and on to a charger with reserve. A region without chargers asks for the reserve alone.
    fn has_energy(&self, order: &Demand, vehicle: &Supply, pickup: Leg) -> bool {
        let onward = if order.onward.is_reachable() { order.onward } else { Leg::default() };
        let drive = pickup.then(order.ride).then(onward);
        let needed = vehicle.spec.powertrain.consumption.over(drive.effort);
        drive.is_reachable() && needed.saturating_add(self.snapshot.reserve) <= vehicle.energy
    }
    pub(super) fn price(&self, order: &Demand, vehicle: &Supply, pickup: Leg) -> i64 {
        self.policy.total(self.at(), order, vehicle, pickup)
    }
    pub(super) fn at(&self) -> Instant {
        self.snapshot.at
    }
}
