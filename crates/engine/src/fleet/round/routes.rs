//! Proposed shared routes against the world as it is by now. A route holds or does not, whole; an order moves from one
//! vehicle to another only if both of their new routes hold.

use crate::fleet::row::{Event, Job, Route, Stop, Vehicle};
use crate::fleet::view::View;
use paceline_model::lifecycle::{OrderPhase, Service};
use paceline_model::{Driver, Instant, OrderIdx, StopKind, VehicleIdx};
use paceline_plan::RouteAssignment;
use std::collections::BTreeMap;

/// The events of the routes that hold, and the orders that the others would have gained.
pub(in crate::fleet) fn routes(view: &View, plans: Vec<RouteAssignment>) -> (Vec<Event>, Vec<OrderIdx>) {
    let (mut holding, mut refused): (Vec<_>, Vec<_>) =
        plans.into_iter().partition(|plan| holds(view, plan).is_some());
    loop {
        let takers = takers(&holding);
        let broken = holding.iter().position(|plan| !is_agreed(view, plan, &takers, &holding));
        let Some(broken) = broken else { break };
        refused.push(holding.remove(broken));
    }
    let stale = refused.into_iter().flat_map(|plan| plan.gained).map(|(order, _)| order).collect();
    (holding.into_iter().flat_map(|plan| events(view, plan)).collect(), stale)
}

/// Who gets which order that was not theirs.
fn takers(plans: &[RouteAssignment]) -> BTreeMap<OrderIdx, VehicleIdx> {
    plans.iter().flat_map(|plan| plan.gained.iter().map(|(order, _)| (*order, plan.vehicle))).collect()
}

/// Whether every order that leaves the vehicle is taken, and every order that it takes from another leaves that one.
fn is_agreed(
    view: &View,
    plan: &RouteAssignment,
    takers: &BTreeMap<OrderIdx, VehicleIdx>,
    holding: &[RouteAssignment],
) -> bool {
    let has = |plan: &RouteAssignment, order: &OrderIdx| plan.stops.iter().any(|stop| stop.order == *order);
    let mine = view.world.vehicles.get(plan.vehicle).map(|vehicle| vehicle.job.orders()).unwrap_or_default();
    let mut leaving = mine.into_iter().filter(|order| !has(plan, order));
    let given = leaving.all(|order| takers.get(order).is_some_and(|taker| *taker != plan.vehicle));
    let free = |order: &OrderIdx| {
        let holder = view.world.orders.get(*order).and_then(|known| known.vehicle);
        holder.is_none_or(|holder| holding.iter().any(|other| other.vehicle == holder && !has(other, order)))
    };
    given && plan.gained.iter().all(|(order, _)| takers.get(order) == Some(&plan.vehicle) && free(order))
}

/// `Some` if the vehicle can drive this route, whatever becomes of other vehicles.
fn holds(view: &View, plan: &RouteAssignment) -> Option<()> {
    let vehicle = view.world.vehicles.get(plan.vehicle)?;
    let ready = matches!(vehicle.job, Job::Free | Job::Sharing(_)) || vehicle.job.charger().is_some();
    let audible = vehicle.service != Service::NonContactable && vehicle.spec.driver == Driver::Automatic;
    let none = Route::default();
    let now = vehicle.job.route().unwrap_or(&none);
    let standing = usize::from(now.arrived());
    let stays = plan.stops.len() >= standing
        && now.stops()[..standing].iter().zip(&plan.stops).all(|(now, new)| same(now, new));
    let all_in = now
        .orders()
        .filter(|order| now.is_aboard(order))
        .all(|order| plan.stops.iter().any(|stop| stop.order == *order));
    (ready && audible && stays && all_in && !(plan.stops.is_empty() && now.is_empty())).then_some(())?;
    plan.stops.iter().all(|stop| is_open_to(view, vehicle, now, plan, stop)).then_some(())?;
    fits(view, vehicle, now, &plan.stops)
}

fn same(a: &Stop, b: &Stop) -> bool {
    a.order == b.order && a.kind == b.kind
}

/// Whether the stop's order may be in this route, and no promise slides.
fn is_open_to(view: &View, vehicle: &Vehicle, now: &Route, plan: &RouteAssignment, stop: &Stop) -> bool {
    let Some(order) = view.world.orders.get(stop.order) else { return false };
    let holder = order.vehicle.and_then(|holder| view.world.vehicles.get(holder));
    let promise: Option<Instant> =
        holder.and_then(|holder| holder.job.route()).and_then(|route| route.due(&stop.order, stop.kind));
    if promise.is_some_and(|promise| stop.due > promise) {
        return false;
    }
    if order.vehicle == Some(plan.vehicle) {
        let waits = order.phase == OrderPhase::Assigned || order.phase == OrderPhase::Arrived;
        let aboard = now.is_aboard(&stop.order);
        return if aboard { stop.kind == StopKind::DropOff } else { waits };
    }
    let reachable = match order.phase {
        OrderPhase::Open => order.latest_pickup > view.at,
        OrderPhase::Assigned => promise.is_some(),
        _ => false,
    };
    reachable
        && plan.gained.iter().any(|(gained, _)| *gained == stop.order)
        && order.spec.attributes.is_subset(&vehicle.spec.attributes)
        && !order.declined.contains(&plan.vehicle)
}

/// Everybody gets in before they get out, each once, and all have seats.
fn fits(view: &View, vehicle: &Vehicle, now: &Route, stops: &[Stop]) -> Option<()> {
    let party = |order: OrderIdx| view.world.orders.get(order).map(|order| u32::from(order.spec.party));
    let mut inside: Vec<OrderIdx> = now.orders().copied().filter(|order| now.is_aboard(order)).collect();
    let mut riders = inside.iter().map(|order| party(*order)).sum::<Option<u32>>()?;
    let mut seen = inside.clone();
    for stop in stops {
        let place = inside.iter().position(|order| *order == stop.order);
        match (stop.kind, place) {
            (StopKind::PickUp, None) if !seen.contains(&stop.order) => {
                inside.push(stop.order);
                seen.push(stop.order);
                riders += party(stop.order)?;
            }
            (StopKind::DropOff, Some(place)) => {
                inside.swap_remove(place);
                riders -= party(stop.order)?;
            }
            _ => return None,
        }
        if riders > u32::from(vehicle.spec.seats) {
            return None;
        }
    }
    inside.is_empty().then_some(())
}

fn events(view: &View, plan: RouteAssignment) -> Vec<Event> {
    let Some(vehicle) = view.world.vehicles.get(plan.vehicle) else { return Vec::new() };
    let reading = vehicle.newest();
    let mut events = Vec::with_capacity(2);
    if vehicle.job.charger().is_some() {
        events.push(Event::ChargeEnded { vehicle: plan.vehicle, reading });
    }
    events.push(Event::RoutePlanned {
        vehicle: plan.vehicle,
        reading,
        stops: plan.stops,
        gained: plan.gained,
    });
    events
}
