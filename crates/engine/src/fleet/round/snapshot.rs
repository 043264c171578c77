//! What a round shall look at: vehicles that can be had, orders that nobody has, and now and then the low batteries.

use super::pool::{pool, sharers};
use crate::fleet::Fleet;
use crate::fleet::places::Ride;
use crate::fleet::stands;
use crate::fleet::world::Order;
use paceline_model::{Charge, Job, Millis, OrderId, Reading, Vehicle, VehicleId, Version};
use paceline_plan::policy::ReassignSpec;
use paceline_plan::{Demand, Held, Plug, Policies, Snapshot, Supply};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The round's snapshot, or `None` when there is nothing to solve.
pub(in crate::fleet) fn snapshot(
    fleet: &mut Fleet,
    version: Version,
    low: &BTreeSet<VehicleId>,
) -> Option<Box<Snapshot>> {
    let policies = fleet.options.policies_at(fleet.now);
    let sharers = if policies.usual().pooling.is_some() { sharers(fleet, low) } else { Vec::new() };
    let shares = |id: &VehicleId| sharers.binary_search(id).is_ok();
    let ids: Vec<VehicleId> = available(fleet).filter(|id| !low.contains(id) && !shares(id)).collect();
    let held = held(fleet, policies.usual().reassign);
    let pooling = !sharers.is_empty() && !fleet.world.open.is_empty();
    let (open, free) = (!fleet.world.open.is_empty(), !ids.is_empty());
    // Where nobody has asked and nobody has become free, the last round has moved what there was to move.
    let moving = !held.is_empty() && (open || (free && fleet.freed));
    let matching = pooling || (open && free) || moving;
    fleet.freed &= !moving;
    let charging = !low.is_empty() && fleet.world.chargers().any(|site| site.free() > 0);
    let standing = stands::look(fleet, low);
    if !matching && !charging && standing.is_none() {
        return None;
    }
    let (mut vehicles, mut orders) =
        if matching { batch(fleet, ids, held, policies.pickup_time_max()) } else { Default::default() };
    value(fleet, &mut orders);
    if !orders.is_empty() {
        wait_for(fleet, &policies, &mut vehicles);
    }
    let pool = pooling.then(|| pool(fleet, &sharers, &orders));
    let plugging = charging || standing.is_some();
    let low = if charging { supply(fleet, low.iter()) } else { Vec::new() };
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
fn held(fleet: &Fleet, spec: Option<ReassignSpec>) -> Vec<(OrderId, Held)> {
    let Some(spec) = spec else { return Vec::new() };
    let settled = fleet.now + spec.settled_within;
    let approaching = fleet.world.approaching.iter().filter_map(|id| fleet.world.vehicle(id));
    let orders = approaching.filter_map(|vehicle| fleet.world.order(vehicle.job.order()?));
    let held = orders.filter_map(|order| Some((order.spec.id.clone(), promise(order)?)));
    held.filter(|(_, held)| held.promised > settled).collect()
}

/// What was said when the order was given away.
fn promise(order: &Order) -> Option<Held> {
    let taken =
        order.weighing.as_ref()?.candidates.iter().find(|candidate| candidate.passed_over.is_none())?;
    Some(Held { by: order.vehicle.clone()?, promised: order.since + taken.pickup_time })
}

/// Free vehicles and open orders, with the orders that may be moved and the vehicles on their way to them.
fn batch(
    fleet: &mut Fleet,
    mut ids: Vec<VehicleId>,
    held: Vec<(OrderId, Held)>,
    pickup_time_max: Millis,
) -> (Vec<Supply>, Vec<Demand>) {
    let mut orders = demand(fleet, pickup_time_max);
    for (id, held) in held {
        let Some(order) = fleet.world.order(&id) else { continue };
        let ride = fleet.places.of_order(&fleet.roads, &order.spec, fleet.options.snap_m_max);
        if let Some(ride) = ride {
            ids.push(held.by.clone());
            orders.push(Demand { held: Some(held), ..demand_of(order, ride) });
        }
    }
    orders.sort_by(|a, b| a.id().cmp(b.id()));
    let vehicles = supply(fleet, ids.iter());
    // A vehicle that has strayed from the roads has no row: nobody can say whether another would be sooner.
    let known = |id: &VehicleId| vehicles.binary_search_by(|row| row.id().cmp(id)).is_ok();
    orders.retain(|order| order.held.as_ref().is_none_or(|held| known(&held.by)));
    (vehicles, orders)
}

/// Adds the vehicles that orders may wait for, as they will be when they are free.
fn wait_for(fleet: &Fleet, policies: &Policies, vehicles: &mut Vec<Supply>) {
    let Some(spec) = policies.hold() else { return };
    let least = fleet.options.charge_below;
    let before = vehicles.len();
    for (id, end, free_in) in fleet.soon.within(fleet.now, spec.wait_max, spec.dropoff_dwell) {
        let known = fleet.world.vehicle(id).filter(|vehicle| matches!(vehicle.job, Job::Aboard(_)));
        let Some(vehicle) = known else { continue };
        let reading = Reading { position: end.position, ..fleet.view().reading(vehicle) };
        if reading.charge > least {
            vehicles.push(Supply {
                energy: reading.charge.of(vehicle.spec.powertrain.capacity),
                spec: vehicle.spec.clone(),
                reading,
                place: end.place,
                free_in,
                value_milli: 0,
            });
        }
    }
    if vehicles.len() > before {
        vehicles.sort_by(|a, b| a.id().cmp(b.id()));
    }
}

/// What a vehicle will be worth where each ride ends, by the time that it would be there if it set out now.
fn value(fleet: &Fleet, orders: &mut [Demand]) {
    let Some(values) = &fleet.values else { return };
    for order in orders {
        order.value_milli = values.later(order.spec.dropoff, fleet.now, order.ride.time);
    }
}

/// Free vehicles that shall charge: those that must, and those that have had nothing to do for a while.
pub(in crate::fleet) fn low(fleet: &Fleet) -> BTreeSet<VehicleId> {
    if fleet.world.chargers.is_empty() {
        return BTreeSet::new();
    }
    let free = fleet.world.free.iter().filter_map(|id| fleet.world.vehicle(id));
    let wanting = free.filter(|vehicle| {
        let charge = fleet.view().reading(vehicle).charge;
        // Where vehicles are told where to stand, topping up is weighed against standing.
        let apart = fleet.options.rebalance.is_none_or(|spec| spec.charge_worth == Millis::ZERO);
        let idle = apart && fleet.now.since(vehicle.since) >= fleet.options.top_up_after;
        charge <= fleet.options.charge_below || (idle && charge <= fleet.options.top_up_below)
    });
    wanting.map(|vehicle| vehicle.spec.id.clone()).collect()
}

/// Free vehicles with enough charge to work, and charging ones that may be called away.
pub(super) fn available(fleet: &Fleet) -> impl Iterator<Item = VehicleId> {
    let least = if fleet.world.chargers.is_empty() { Charge::EMPTY } else { fleet.options.charge_below };
    let free = with_charge_above(fleet, &fleet.world.free, least);
    free.chain(with_charge_above(fleet, &fleet.world.charging, fleet.options.callable_above))
}

fn with_charge_above<'a>(
    fleet: &'a Fleet,
    ids: &'a BTreeSet<VehicleId>,
    least: Charge,
) -> impl Iterator<Item = VehicleId> + 'a {
    let view = fleet.view();
    let enough = move |vehicle: &&Vehicle| view.reading(vehicle).charge > least;
    let vehicles = ids.iter().filter_map(|id| fleet.world.vehicle(id));
    vehicles.filter(enough).map(|vehicle| vehicle.spec.id.clone())
}

/// Rows for the solver, by id. A vehicle that is nowhere near a road has none.
pub(in crate::fleet) fn supply<'a>(
    fleet: &mut Fleet,
    ids: impl Iterator<Item = &'a VehicleId>,
) -> Vec<Supply> {
    let mut rows: Vec<Supply> = ids.filter_map(|id| supply_row(fleet, id)).collect();
    rows.sort_by(|a, b| a.id().cmp(b.id()));
    rows
}

pub(super) fn supply_row(fleet: &mut Fleet, id: &VehicleId) -> Option<Supply> {
    let vehicle = fleet.world.vehicle(id)?;
    let (spec, reading) = (vehicle.spec.clone(), fleet.view().reading(vehicle));
    let place = fleet.places.of_vehicle(&fleet.roads, id, reading.position, fleet.options.snap_m_max)?;
    let energy = reading.charge.of(spec.powertrain.capacity);
    let value_milli = fleet.values.as_ref().map_or(0, |values| values.at(reading.position, fleet.now));
    Some(Supply { energy, spec, reading, place, value_milli, free_in: Millis::ZERO })
}

/// Open orders whose earliest pick-up is near enough for a vehicle to set out.
fn demand(fleet: &mut Fleet, pickup_time_max: Millis) -> Vec<Demand> {
    let horizon = fleet.now + pickup_time_max;
    let world = &fleet.world;
    let near = world
        .open
        .iter()
        .filter_map(|id| world.order(id))
        .filter(|order| order.spec.earliest_pickup <= horizon);
    let mut fresh = PLACES_PER_ROUND_MAX;
    let mut rows = Vec::new();
    for order in near {
        if let Some(row) =
            demand_row(&mut fleet.places, &fleet.roads, fleet.options.snap_m_max, order, &mut fresh)
        {
            rows.push(row);
        }
    }
    rows
}

/// Orders whose ride is computed in one round, at some 0.3 ms each. After a restart with a long queue the rest follow.
const PLACES_PER_ROUND_MAX: u32 = 400;

fn demand_row(
    places: &mut crate::fleet::places::Places,
    roads: &paceline_road::Roads,
    snap_m_max: u32,
    order: &Order,
    fresh: &mut u32,
) -> Option<Demand> {
    if !places.knows_order(&order.spec.id) {
        *fresh = fresh.checked_sub(1)?;
    }
    places.of_order(roads, &order.spec, snap_m_max).map(|ride| demand_of(order, ride))
}

pub(super) fn demand_of(order: &Order, ride: Ride) -> Demand {
    Demand {
        spec: order.spec.clone(),
        pickup: ride.pickup,
        ride: ride.ride,
        onward: ride.onward,
        since: order.placed_at,
        failures: order.failures,
        declined: order.declined.clone(),
        value_milli: 0,
        held: None,
    }
}

fn plugs(fleet: &mut Fleet) -> Vec<Plug> {
    let sites = fleet.world.chargers.values().filter(|site| site.free() > 0);
    let places = &mut fleet.places;
    sites
        .filter_map(|site| {
            let place = places.of_charger(&fleet.roads, &site.spec, fleet.options.snap_m_max)?;
            Some(Plug { id: site.spec.id.clone(), place, free: site.free() })
        })
        .collect()
}
