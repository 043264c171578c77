//! What all stages of one round share: the snapshot, the policy, and vehicles grouped by what they offer.

use super::batch::Batch;
use crate::rows::{Demand, Supply};
use crate::{Policies, Policy, PolicySpec, Snapshot};
use paceline_model::{Exclusion, Geofence, GeofenceId, Instant, Millis, Tag, VehicleIdx};
use paceline_road::{Leg, Roads};
use std::collections::{BTreeMap, BTreeSet};

/// One round's input with what is derived from it once.
pub(super) struct Round<'a> {
    pub(super) roads: &'a Roads,
    pub(super) snapshot: &'a Snapshot,
    pub(super) orders: &'a [Demand],
    pub(super) policies: &'a Policies,
    /// Per order row, the number of its policy.
    policy_of: Vec<u32>,
    /// Rows of the vehicles that some policy of the round lets be dispatched from where they are.
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
    pub(super) fn new(roads: &'a Roads, batch: &Batch<'a>) -> Self {
        let &Batch { snapshot, orders, policies } = batch;
        let policy_of = |order| policies.number(&snapshot.geofences, order);
        let mut round = Self {
            roads,
            snapshot,
            orders,
            policies,
            policy_of: orders.iter().map(policy_of).collect(),
            dispatchable: Vec::new(),
            kinds: Vec::new(),
            kind_of: vec![0; snapshot.vehicles.len()],
        };
        round.dispatchable = (0..snapshot.vehicles.len() as u32)
            .filter(|&vehicle| policies.all().any(|policy| round.lets(policy, vehicle)))
            .collect();
        round.group();
        round
    }

    /// The same round with some of its vehicles only.
    pub(super) fn only(&self, keep: impl Fn(u32) -> bool) -> Self {
        let mut part = Self {
            policy_of: self.policy_of.clone(),
            dispatchable: self.dispatchable.iter().copied().filter(|&row| keep(row)).collect(),
            kinds: Vec::new(),
            kind_of: vec![0; self.kind_of.len()],
            ..*self
        };
        part.group();
        part
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
        &self.orders[row as usize]
    }
    /// The row of a vehicle.
    pub(super) fn row_of(&self, vehicle: VehicleIdx) -> Option<u32> {
        self.snapshot.vehicles.binary_search_by_key(&vehicle, |row| row.idx).ok().map(|row| row as u32)
    }
    pub(super) fn vehicle(&self, row: u32) -> &'a Supply {
        &self.snapshot.vehicles[row as usize]
    }
    /// The policy that holds for an order.
    pub(super) fn policy(&self, order: u32) -> &'a PolicySpec {
        self.policies.get(self.policy_of[order as usize])
    }
    /// Its name, with the rule that set it.
    pub(super) fn policy_name(&self, order: u32) -> &'a str {
        &self.policies.names()[self.policy_of[order as usize] as usize]
    }
    /// What leaving an order for a later round costs.
    pub(super) fn unserved(&self, order: u32) -> i64 {
        self.policies.unserved(self.policy_of[order as usize], self.at(), self.order(order))
    }
    /// Whether a vehicle stands where `policy` lets vehicles be dispatched.
    fn lets(&self, policy: &PolicySpec, vehicle: u32) -> bool {
        policy.geofence.as_ref().is_none_or(|area| self.inside(area, vehicle))
    }
    /// Whether a vehicle stands inside the areas that an order and its policy name.
    pub(super) fn is_inside(&self, order: u32, vehicle: u32) -> bool {
        let area = self.order(order).spec.geofence.as_ref();
        area.is_none_or(|area| self.inside(area, vehicle)) && self.lets(self.policy(order), vehicle)
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
    pub(super) fn reach(&self, row: u32) -> Option<Millis> {
        let (at, order) = (self.snapshot.at, self.order(row));
        (order.spec.latest_pickup >= at).then(|| {
            let left = order.spec.latest_pickup.since(at);
            left.min(self.policy(row).pickup_time_max)
        })
    }
    /// Why this vehicle, which offers what the order asks for, cannot serve it over `pickup`, if so.
    pub(super) fn exclusion(&self, row: u32, vehicle: &Supply, pickup: Leg) -> Option<Exclusion> {
        let order = self.order(row);
        if order.declined.contains(&vehicle.idx) {
            return Some(Exclusion::Declined);
        }
        let time = vehicle.free_in.saturating_add(pickup.time);
        if self.reach(row).is_none_or(|reach| time > reach) || !self.waits_for(row, vehicle) {
            return Some(Exclusion::TooFar);
        }
        (!self.has_energy(order, vehicle, pickup)).then_some(Exclusion::Range)
    }
    /// Whether an order may be held back until a vehicle is free. One that has been failed, or has a vehicle, may not.
    fn waits_for(&self, row: u32, vehicle: &Supply) -> bool {
        if vehicle.free_in == Millis::ZERO {
            return true;
        }
        let (order, at) = (self.order(row), self.at());
        let first = order.since.max(order.spec.earliest_pickup);
        let spec = self.policy(row).hold.filter(|_| order.held.is_none() && order.failures == 0);
        spec.is_some_and(|spec| at + vehicle.free_in <= first + spec.wait_max)
    }
    /// Pick-up drive, waiting for riders who are not ready yet, ride, and on to a charger with reserve. A region without chargers
    /// asks for the reserve alone.
    fn has_energy(&self, order: &Demand, vehicle: &Supply, pickup: Leg) -> bool {
        let onward = if order.onward.is_reachable() { order.onward } else { Leg::default() };
        let drive = pickup.then(order.ride).then(onward);
        let uses = self.snapshot.uses(vehicle);
        let waits = order.spec.earliest_pickup.since(self.at() + pickup.time);
        let needed = uses.driving(drive).saturating_add(uses.standing(waits));
        drive.is_reachable() && needed.saturating_add(self.snapshot.reserve) <= vehicle.energy
    }
    pub(super) fn price(&self, order: u32, vehicle: &Supply, pickup: Leg) -> i64 {
        self.policy(order).total(self.at(), self.order(order), vehicle, pickup)
    }
    pub(super) fn at(&self) -> Instant {
        self.snapshot.at
    }
}
