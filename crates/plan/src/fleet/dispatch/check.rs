//! Does a proposal keep the rules? Written from the rules and not from the solver, with every drive computed anew.
//! Runs in tests, after every adopted plan in the simulator, and on a sample in production.

use super::held::rest_of_drive;
use crate::rows::{Demand, Supply};
use crate::{Assignment, Policies, Policy, PolicySpec, Snapshot};
use paceline_model::{Candidate, Centimetres, Driver, GeofenceId, Millis, OrderIdx, VehicleIdx};
use paceline_road::{Leg, Roads, Search, TravelTimes};
use std::collections::BTreeSet;

/// A rule that an assignment breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("order {order:?} to vehicle {vehicle:?}: {fault}")]
pub struct Note {
    /// The assignment's order.
    pub order: OrderIdx,
    /// The assignment's vehicle.
    pub vehicle: VehicleIdx,
    /// The rule.
    pub fault: Fault,
}

/// The rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The snapshot has no such order.
    #[error("the order is not open")]
    OrderUnknown,
    /// The snapshot has no such vehicle.
    #[error("the vehicle is not free")]
    VehicleUnknown,
    /// Two assignments have this order.
    #[error("the order is given twice")]
    OrderTwice,
    /// Two assignments have this vehicle.
    #[error("the vehicle is given twice")]
    VehicleTwice,
    /// The party is larger than the vehicle.
    #[error("too few seats")]
    Seats,
    /// The vehicle lacks an attribute.
    #[error("an attribute is missing")]
    Attributes,
    /// The vehicle said no before.
    #[error("the vehicle has declined the order")]
    Declined,
    /// The vehicle is outside the order's or the policy's area.
    #[error("the vehicle is outside the area")]
    Geofence,
    /// The pick-up would come after the latest one, or after the policy's longest drive.
    #[error("the pick-up comes too late")]
    Late,
    /// The battery does not last to a charger with reserve.
    #[error("the battery does not last")]
    Range,
    /// The vehicle is on its way to another order, which is left without one.
    #[error("the order that it is on its way to is left without a vehicle")]
    Abandoned,
    /// The order is said to come from another vehicle than has it.
    #[error("another vehicle has the order")]
    Holder,
    /// The vehicle has riders still.
    #[error("the vehicle is not free yet")]
    NotYet,
    /// A driver, who may say no, is asked to take an order over.
    #[error("the driver would have to be asked")]
    Asked,
    /// The pick-up would come later than was promised.
    #[error("the pick-up comes later than promised")]
    Promise,
    /// The recorded decision does not name the vehicle as taken.
    #[error("the decision does not say why")]
    Unexplained,
    /// The recorded drive is not the fastest one.
    #[error("the recorded drive is not the drive")]
    Drive,
    /// The recorded price is not the policy's.
    #[error("the recorded price is not the price")]
    Price,
}

/// Checks every assignment against the snapshot that it was made from. Empty if all rules are kept.
pub fn check(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    policies: &Policies,
    assignments: &[Assignment],
) -> Vec<Note> {
    let (mut orders, mut vehicles) = (BTreeSet::new(), BTreeSet::new());
    let mut notes = Vec::new();
    for assignment in assignments {
        let mut faults = Vec::new();
        note(&mut faults, orders.insert(assignment.order), Fault::OrderTwice);
        note(&mut faults, vehicles.insert(assignment.vehicle), Fault::VehicleTwice);
        let order = snapshot.orders.binary_search_by_key(&assignment.order, |order| order.idx);
        let order = order.ok().map(|row| &snapshot.orders[row]);
        let vehicle = snapshot.vehicles.binary_search_by_key(&assignment.vehicle, |vehicle| vehicle.idx);
        let vehicle = vehicle.ok().map(|row| &snapshot.vehicles[row]);
        note(&mut faults, order.is_some(), Fault::OrderUnknown);
        note(&mut faults, vehicle.is_some(), Fault::VehicleUnknown);
        if let (Some(order), Some(vehicle)) = (order, vehicle) {
            let policy = policies.of(&snapshot.geofences, order);
            let pickup = roads.leg(search, vehicle.place, order.pickup);
            let pair = Pair { snapshot, policy, order, vehicle, pickup, assignment };
            pair.check_offer(&mut faults);
            note(&mut faults, vehicle.free_in == Millis::ZERO, Fault::NotYet);
            pair.check_promise(roads, search, &mut faults);
            pair.check_abandoned(assignments, &mut faults);
            pair.check_drive(&mut faults);
            pair.check_decision(&mut faults);
        }
        notes.extend(faults.into_iter().map(|fault| Note {
            order: assignment.order,
            vehicle: assignment.vehicle,
            fault,
        }));
    }
    notes
}

fn note(faults: &mut Vec<Fault>, kept: bool, fault: Fault) {
    if !kept {
        faults.push(fault);
    }
}

/// An assignment with what it is judged by: the rows that it names, the order's policy, and the drive computed anew.
struct Pair<'a> {
    snapshot: &'a Snapshot,
    policy: &'a PolicySpec,
    order: &'a Demand,
    vehicle: &'a Supply,
    pickup: Leg,
    assignment: &'a Assignment,
}

impl Pair<'_> {
    fn check_offer(&self, faults: &mut Vec<Fault>) {
        let (order, vehicle) = (self.order, self.vehicle);
        note(faults, order.spec.party <= vehicle.spec.seats, Fault::Seats);
        let has = |tag| vehicle.spec.attributes.contains(tag);
        note(faults, order.spec.attributes.iter().all(has), Fault::Attributes);
        note(faults, order.declined.iter().all(|&declined| declined != vehicle.idx), Fault::Declined);
        let inside = |area: &Option<GeofenceId>| {
            let Some(id) = area else { return true };
            let known = self.snapshot.geofences.iter().find(|geofence| geofence.id() == id);
            known.is_some_and(|geofence| geofence.contains(vehicle.reading.position))
        };
        note(faults, inside(&order.spec.geofence) && inside(&self.policy.geofence), Fault::Geofence);
    }

    /// Whoever has the order is named, and where that is somebody, riders are not kept waiting for longer than they were told.
    fn check_promise(&self, roads: &Roads, search: &mut Search, faults: &mut Vec<Fault>) {
        let (at, order) = (self.snapshot.at, self.order);
        let from = order.held.as_ref().map(|held| held.by);
        let other = from != Some(self.assignment.vehicle);
        note(faults, from == self.assignment.from && other, Fault::Holder);
        if let Some(held) = &order.held
            && let Some(holder) = self.snapshot.vehicles.iter().find(|vehicle| vehicle.idx == held.by)
        {
            let left = rest_of_drive(roads, search, at, holder, order.pickup);
            let by = if left.is_reachable() { held.promised.max(at + left.time) } else { held.promised };
            note(faults, at + self.pickup.time <= by, Fault::Promise);
            note(faults, self.vehicle.spec.driver == Driver::Automatic, Fault::Asked);
        }
    }

    /// The order that this vehicle is on its way to is given to another one.
    fn check_abandoned(&self, assignments: &[Assignment], faults: &mut Vec<Fault>) {
        let had =
            |order: &&Demand| order.held.as_ref().is_some_and(|held| held.by == self.assignment.vehicle);
        if let Some(before) = self.snapshot.orders.iter().find(had) {
            let moved = assignments.iter().any(|other| other.order == before.idx);
            note(faults, moved, Fault::Abandoned);
        }
    }

    fn check_drive(&self, faults: &mut Vec<Fault>) {
        let (snapshot, order, pickup) = (self.snapshot, self.order, self.pickup);
        let arrival = snapshot.at + pickup.time;
        let in_time = arrival <= order.spec.latest_pickup && pickup.time <= self.policy.pickup_time_max;
        note(faults, pickup.is_reachable() && in_time, Fault::Late);
        let uses = snapshot.uses(self.vehicle);
        let mut needed = snapshot.reserve.saturating_add(uses.driving(forgiving(pickup)));
        needed = needed.saturating_add(uses.standing(order.spec.earliest_pickup.since(arrival)));
        needed = needed.saturating_add(uses.driving(order.ride));
        if order.onward.is_reachable() {
            needed = needed.saturating_add(uses.driving(order.onward));
        }
        note(faults, needed <= self.vehicle.energy, Fault::Range);
    }

    fn check_decision(&self, faults: &mut Vec<Fault>) {
        let (vehicle, pickup) = (self.vehicle, self.pickup);
        let candidates = self.assignment.weighing.candidates.iter();
        let taken: Vec<&Candidate> = candidates.filter(|candidate| candidate.passed_over.is_none()).collect();
        let [taken] = taken[..] else { return faults.push(Fault::Unexplained) };
        note(faults, taken.vehicle == *vehicle.id(), Fault::Unexplained);
        note(faults, taken.pickup_time == pickup.time, Fault::Drive);
        // Of two ways of equal time and length one may take more effort, which only carbon shows.
        if taken.pickup_distance == pickup.distance {
            let price = self.policy.total(self.snapshot.at, self.order, vehicle, pickup);
            note(faults, price.abs_diff(taken.total()) <= price.unsigned_abs() / 10, Fault::Price);
        }
    }
}

/// Two ways of equal time may differ in effort, and the battery was checked for the other one: the pick-up drive
/// counts a tenth less here.
fn forgiving(leg: Leg) -> Leg {
    Leg { effort: Centimetres(leg.effort.0 - leg.effort.0 / 10), ..leg }
}
