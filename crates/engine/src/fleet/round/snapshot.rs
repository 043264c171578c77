//! What a round shall look at: vehicles that can be had, orders that nobody has, and now and then the low batteries.

use super::pool::{pool, sharers};
use super::rows::{demand_of, located, ride, supply};
use super::waiting::{vehicles, waiting, wake};
use super::{reposition, soon_available};
use crate::fleet::Fleet;
use crate::fleet::row::Order;
use crate::ledger::Turn;
use paceline_model::{Millis, OrderIdx, VehicleIdx, Version};
use paceline_plan::policy::ReassignSpec;
use paceline_plan::{Demand, Held, Plug, Snapshot, Supply};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The round's snapshot, or `None` when there is nothing to solve.
pub(in crate::fleet) fn snapshot(
    fleet: &mut Fleet,
    version: Version,
    turn: Turn,
    low: &BTreeSet<VehicleIdx>,
) -> Option<Box<Snapshot>> {
    let policies = fleet.options.policies_at(fleet.now);
    let sharers = if policies.usual().shared().is_some() { sharers(fleet, low) } else { Vec::new() };
    wake(fleet, &policies);
    let waiting = waiting(fleet);
    let held = held(fleet, policies.usual().reassign);
    // Without orders the vehicles are of no interest, however many there are.
    let ids = if waiting.is_empty() && held.is_empty() {
        Vec::new()
    } else {
        vehicles(fleet, &policies, &waiting, low)
    };
    let ids: Vec<VehicleIdx> = ids.into_iter().filter(|idx| sharers.binary_search(idx).is_err()).collect();
    let pooling = !sharers.is_empty() && !waiting.is_empty();
    let (open, free) = (!waiting.is_empty(), !ids.is_empty());
    // Where nobody has asked and nobody has become free, the last round has moved what there was to move.
    let moving = !held.is_empty() && (open || (free && fleet.world.freed_at >= turn.last));
    let matching = pooling || (open && free) || moving;
    let charging = !low.is_empty() && fleet.world.chargers.rows().any(|site| site.free() > 0);
    let standing = reposition::look(fleet, turn, low);
    if !matching && !charging && standing.is_none() {
        return None;
    }
    let (mut vehicles, mut orders) = if matching {
        batch(fleet, (ids, waiting), held, policies.pickup_time_max())
    } else {
        Default::default()
    };
    value(fleet, &mut orders);
    if !orders.is_empty() {
        soon_available::add(fleet, &policies, &mut vehicles);
    }
    let pool = pooling.then(|| pool(fleet, &sharers, &orders));
    let plugging = charging || standing.is_some();
    let low = if charging { supply(fleet, low.iter().copied().collect()) } else { Vec::new() };
    let plugs = if plugging { plugs(fleet) } else { Vec::new() };
    Some(Box::new(Snapshot {
        version,
        at: fleet.now,
        policies: Arc::new(policies),
        shadow: fleet.options.shadow_policy.clone().map(|shadow| Arc::new(shadow.into())),
        metric: fleet.roads.metric().digest(),
        vehicles,
        orders,
        low,
        plugs,
        geofences: fleet.world.geofences.values().cloned().collect(),
        standing,
        reserve: fleet.options.reserve,
        auxiliary_w: fleet.options.auxiliary_w,
        pool,
    }))
}

/// Orders that another vehicle may be given, with who is on the way to them: not those that it will soon have reached.
fn held(fleet: &Fleet, spec: Option<ReassignSpec>) -> Vec<(OrderIdx, Held)> {
    let Some(spec) = spec else { return Vec::new() };
    let settled = fleet.now + spec.settled_within;
    let world = &fleet.world;
    let approaching = world.approaching.iter().filter_map(|idx| world.vehicles.get(*idx));
    let orders = approaching.filter_map(|vehicle| vehicle.job.order().copied());
    let held = orders.filter_map(|idx| Some((idx, promise(world.orders.get(idx)?)?)));
    held.filter(|(_, held)| held.promised > settled).collect()
}

/// What was said when the order was given away.
fn promise(order: &Order) -> Option<Held> {
    let taken =
        order.weighing.as_ref()?.candidates.iter().find(|candidate| candidate.passed_over.is_none())?;
    Some(Held { by: order.vehicle?, promised: order.since + taken.pickup_time })
}

/// Free vehicles and open orders, with the orders that may be moved and the vehicles on their way to them.
fn batch(
    fleet: &mut Fleet,
    (mut free, waiting): (Vec<VehicleIdx>, Vec<OrderIdx>),
    held: Vec<(OrderIdx, Held)>,
    pickup_time_max: Millis,
) -> (Vec<Supply>, Vec<Demand>) {
    let mut orders = demand(fleet, waiting, pickup_time_max);
    for (idx, held) in held {
        let Some(ride) = ride(fleet, idx) else { continue };
        let Some(order) = fleet.world.orders.get(idx) else { continue };
        free.push(held.by);
        orders.push(Demand { held: Some(held), ..demand_of(idx, order, ride) });
    }
    orders.sort_by_key(|order| order.idx);
    let vehicles = supply(fleet, free);
    // A vehicle that has strayed from the roads has no row: nobody can say whether another would be sooner.
    let known = |idx: VehicleIdx| vehicles.binary_search_by_key(&idx, |row| row.idx).is_ok();
    orders.retain(|order| order.held.as_ref().is_none_or(|held| known(held.by)));
    (vehicles, orders)
}

/// What a vehicle will be worth where each ride ends, by the time that it would be there if it set out now.
fn value(fleet: &Fleet, orders: &mut [Demand]) {
    let Some(values) = &fleet.values else { return };
    for order in orders {
        order.value_milli = values.later(order.spec.dropoff, fleet.now, order.ride.time);
    }
}

/// Free vehicles that shall charge: those that must, and those that have had nothing to do for a while.
pub(in crate::fleet) fn low(fleet: &Fleet) -> BTreeSet<VehicleIdx> {
    if fleet.world.chargers.is_empty() {
        return BTreeSet::new();
    }
    let thirsty = located(fleet, fleet.world.free.wanting_charge());
    let wanting = thirsty.filter(|(_, vehicle)| {
        let charge = vehicle.newest().charge;
        // Where vehicles are told where to stand, topping up is weighed against standing.
        let apart = fleet.options.rebalance.is_none_or(|spec| spec.charge_worth == Millis::ZERO);
        let idle = apart && fleet.now.since(vehicle.since) >= fleet.options.top_up_after;
        charge <= fleet.options.charge_below || (idle && charge <= fleet.options.top_up_below)
    });
    wanting.map(|(idx, _)| idx).collect()
}

/// Open orders whose earliest pick-up is near enough for a vehicle to set out.
fn demand(fleet: &mut Fleet, waiting: Vec<OrderIdx>, pickup_time_max: Millis) -> Vec<Demand> {
    let horizon = fleet.now + pickup_time_max;
    let orders = &fleet.world.orders;
    let soon = |idx: &OrderIdx| orders.get(*idx).is_some_and(|order| order.spec.earliest_pickup <= horizon);
    let near: Vec<OrderIdx> = waiting.into_iter().filter(soon).collect();
    let mut fresh = PLACES_PER_ROUND_MAX;
    near.into_iter().filter_map(|idx| demand_row(fleet, idx, &mut fresh)).collect()
}

/// Orders whose ride is computed in one round, at some 0.3 ms each. After a restart with a long queue the rest follow.
const PLACES_PER_ROUND_MAX: u32 = 400;

fn demand_row(fleet: &mut Fleet, idx: OrderIdx, fresh: &mut u32) -> Option<Demand> {
    if !fleet.places.knows(fleet.world.orders.get(idx)?) {
        *fresh = fresh.checked_sub(1)?;
    }
    let ride = ride(fleet, idx)?;
    fleet.world.orders.get(idx).map(|order| demand_of(idx, order, ride))
}

fn plugs(fleet: &Fleet) -> Vec<Plug> {
    let sites = fleet.world.chargers.iter().filter(|(_, site)| site.free() > 0);
    sites
        .filter_map(|(idx, site)| Some(Plug { idx, place: fleet.places.of_charger(idx)?, free: site.free() }))
        .collect()
}
