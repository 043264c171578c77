//! Does a proposal keep the rules? Written from the rules and not from the solver, with every drive computed anew.
//! Runs in tests, after every adopted plan in the simulator, and on a sample in production.

use super::held::rest_of_drive;
use crate::snapshot::{Demand, Supply};
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
            check_offer(snapshot, policy, order, vehicle, &mut faults);
            note(&mut faults, vehicle.free_in == Millis::ZERO, Fault::NotYet);
            check_held(roads, search, snapshot, order, vehicle, assignment, pickup, assignments, &mut faults);
            check_drive(snapshot, policy, order, vehicle, pickup, &mut faults);
            check_decision(snapshot, policy, order, vehicle, pickup, assignment, &mut faults);
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

fn check_offer(
    snapshot: &Snapshot,
    policy: &PolicySpec,
    order: &Demand,
    vehicle: &Supply,
    faults: &mut Vec<Fault>,
) {
    note(faults, order.spec.party <= vehicle.spec.seats, Fault::Seats);
    let has = |tag| vehicle.spec.attributes.contains(tag);
    note(faults, order.spec.attributes.iter().all(has), Fault::Attributes);
    note(faults, order.declined.iter().all(|&declined| declined != vehicle.idx), Fault::Declined);
    let inside = |area: &Option<GeofenceId>| {
        let Some(id) = area else { return true };
        let known = snapshot.geofences.iter().find(|geofence| geofence.id() == id);
        known.is_some_and(|geofence| geofence.contains(vehicle.reading.position))
    };
    note(faults, inside(&order.spec.geofence) && inside(&policy.geofence), Fault::Geofence);
}

/// What concerns orders that a vehicle is on its way to: this one, and the one that this vehicle is on its way to.
#[expect(clippy::too_many_arguments, reason = "the parts of a round, each once")]
fn check_held(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    order: &Demand,
    vehicle: &Supply,
    assignment: &Assignment,
    pickup: Leg,
    assignments: &[Assignment],
    faults: &mut Vec<Fault>,
) {
    let from = order.held.as_ref().map(|held| held.by);
    note(faults, from == assignment.from && from != Some(assignment.vehicle), Fault::Holder);
    if let Some(held) = &order.held
        && let Some(holder) = snapshot.vehicles.iter().find(|vehicle| vehicle.idx == held.by)
    {
        let left = rest_of_drive(roads, search, snapshot.at, holder, order.pickup);
        let by = if left.is_reachable() { held.promised.max(snapshot.at + left.time) } else { held.promised };
        note(faults, snapshot.at + pickup.time <= by, Fault::Promise);
        note(faults, vehicle.spec.driver == Driver::Automatic, Fault::Asked);
    }
    let had = |order: &&Demand| order.held.as_ref().is_some_and(|held| held.by == assignment.vehicle);
    if let Some(before) = snapshot.orders.iter().find(had) {
        let moved = assignments.iter().any(|other| other.order == before.idx);
        note(faults, moved, Fault::Abandoned);
    }
}

/// Two ways of equal time may differ in effort, and the battery was checked for the other one: the pick-up drive
/// counts a tenth less here.
fn forgiving(leg: Leg) -> Leg {
    Leg { effort: Centimetres(leg.effort.0 - leg.effort.0 / 10), ..leg }
}

fn check_drive(
    snapshot: &Snapshot,
    policy: &PolicySpec,
    order: &Demand,
    vehicle: &Supply,
    pickup: Leg,
    faults: &mut Vec<Fault>,
) {
    let arrival = snapshot.at + pickup.time;
    let in_time = arrival <= order.spec.latest_pickup && pickup.time <= policy.pickup_time_max;
    note(faults, pickup.is_reachable() && in_time, Fault::Late);
    let uses = snapshot.uses(vehicle);
    let mut needed = snapshot.reserve.saturating_add(uses.driving(forgiving(pickup)));
    needed = needed.saturating_add(uses.standing(order.spec.earliest_pickup.since(arrival)));
    needed = needed.saturating_add(uses.driving(order.ride));
    if order.onward.is_reachable() {
        needed = needed.saturating_add(uses.driving(order.onward));
    }
    note(faults, needed <= vehicle.energy, Fault::Range);
}

fn check_decision(
    snapshot: &Snapshot,
    policy: &PolicySpec,
    order: &Demand,
    vehicle: &Supply,
    pickup: Leg,
    assignment: &Assignment,
    faults: &mut Vec<Fault>,
) {
    let taken: Vec<&Candidate> =
        assignment.weighing.candidates.iter().filter(|candidate| candidate.passed_over.is_none()).collect();
    let [taken] = taken[..] else { return faults.push(Fault::Unexplained) };
    note(faults, taken.vehicle == *vehicle.id(), Fault::Unexplained);
    note(faults, taken.pickup_time == pickup.time, Fault::Drive);
    // Of two ways of equal time and length one may take more effort, which only carbon shows.
    if taken.pickup_distance == pickup.distance {
        let price = policy.total(snapshot.at, order, vehicle, pickup);
        note(faults, price.abs_diff(taken.total()) <= price.unsigned_abs() / 10, Fault::Price);
    }
}
