//! Which orders and vehicles a round looks at: what has changed since the last one, and what is near that.

use super::rows::{available, callable};
use crate::fleet::Fleet;
use crate::fleet::row::Vehicle;
use paceline_model::{Charge, OrderIdx, VehicleIdx};
use paceline_plan::Policies;
use std::collections::BTreeSet;

/// Free vehicles up to which a round looks at all of them; more cost time and would not be nearer.
const ALL_VEHICLES_MAX: usize = 4_000;
/// Vehicles of a larger fleet within the distance up to which an order looks, and to twice that: some eight times the twenty that
/// a policy asks for by default.
const NEAR_EACH: usize = 40;

/// Whether orders that nobody can serve may be parked. Where a round also looks at vehicles that are not free (they will be, or
/// have another order), more than a change of a free one can make an order possible.
pub(super) fn parks(fleet: &Fleet, policies: &Policies) -> bool {
    let usual = policies.usual();
    let only_free = policies.hold().is_none() && usual.reassign.is_none() && usual.shared().is_none();
    only_free && fleet.options.shadow_policy.is_none()
}

/// Lets parked orders be looked at again for which something has changed.
pub(super) fn wake(fleet: &mut Fleet, policies: &Policies) {
    if fleet.last_policies.as_ref() != Some(policies) {
        fleet.parking.all_changed();
        fleet.last_policies = Some(policies.clone());
    }
    if !parks(fleet, policies) {
        fleet.parking.all_changed();
    }
    for order in fleet.parking.begin_round() {
        if let Some(order) = fleet.world.orders.get_mut(order) {
            order.derived.parked = None;
        }
    }
}

/// Open orders that are not parked.
pub(super) fn waiting(fleet: &Fleet) -> Vec<OrderIdx> {
    // However many are parked: a tick that has nobody to look at costs nothing.
    if fleet.parking.len() == fleet.world.open.len() {
        return Vec::new();
    }
    let orders = &fleet.world.orders;
    let looks = |idx: &OrderIdx| orders.get(*idx).is_some_and(|order| order.derived.parked.is_none());
    fleet.world.open.iter().copied().filter(looks).collect()
}

/// Sets aside the orders that the round found nobody for, as long as that holds.
pub(in crate::fleet) fn park(fleet: &mut Fleet, unserveable: Vec<OrderIdx>) {
    let parks = fleet.last_policies.as_ref().is_some_and(|policies| parks(fleet, policies));
    let certain = |fleet: &Fleet, idx| {
        let order = fleet.world.orders.get(idx)?;
        // While the riders are not ready yet, waiting for them takes charge, and less of it later.
        let ready = order.spec.earliest_pickup <= fleet.now && fleet.world.open.contains(&idx);
        let seen_all = !fleet.by_nearness || !fleet.world.free.serves(&order.spec);
        (parks && ready && seen_all && order.derived.parked.is_none()).then(|| order.spec.clone())
    };
    for idx in unserveable {
        let Some(spec) = certain(fleet, idx) else { continue };
        let looked = fleet.parking.insert(idx, &spec);
        if let Some(order) = fleet.world.orders.get_mut(idx) {
            order.derived.parked = Some(looked);
        }
    }
    fleet.parking.end_round();
}

/// An order is not open any more.
pub(in crate::fleet) fn unpark(fleet: &mut Fleet, idx: OrderIdx) {
    let Some(order) = fleet.world.orders.get_mut(idx) else { return };
    if let Some(looked) = order.derived.parked.take() {
        fleet.parking.remove(idx, &order.spec, looked);
    }
}

/// The vehicles that a round for these orders looks at: all that can be had, or of a large fleet those near the orders.
pub(super) fn vehicles(
    fleet: &mut Fleet,
    policies: &Policies,
    orders: &[OrderIdx],
    low: &BTreeSet<VehicleIdx>,
) -> Vec<VehicleIdx> {
    fleet.by_nearness = fleet.world.free.len() > ALL_VEHICLES_MAX
        && parks(fleet, policies)
        && !orders.iter().any(|idx| names_area(fleet, policies, *idx));
    if !fleet.by_nearness {
        return available(fleet).filter(|idx| !low.contains(idx)).collect();
    }
    let least = if fleet.world.chargers.is_empty() { Charge::EMPTY } else { fleet.options.charge_below };
    let vehicles = &fleet.world.vehicles;
    let fit = |vehicle: &Vehicle| vehicle.fix().is_usable() && vehicle.newest().charge > least;
    let fits = |idx: VehicleIdx| !low.contains(&idx) && vehicles.get(idx).is_some_and(fit);
    let mut near: BTreeSet<VehicleIdx> = callable(fleet).collect();
    for order in orders.iter().filter_map(|idx| fleet.world.orders.get(*idx)) {
        let wanted = NEAR_EACH + order.declined.len();
        near.extend(fleet.world.free.near(&order.spec, wanted, fits));
    }
    near.into_iter().collect()
}

/// Whether an order, or a policy, asks for vehicles of an area: the nearest may all stand outside.
fn names_area(fleet: &Fleet, policies: &Policies, order: OrderIdx) -> bool {
    let order = fleet.world.orders.get(order);
    order.is_some_and(|order| order.spec.geofence.is_some())
        || policies.all().any(|policy| policy.geofence.is_some())
}
