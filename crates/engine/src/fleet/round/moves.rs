//! Orders that change their vehicle before it has reached them. Each is checked against the world as it is by now; one that
//! was to go to a vehicle whose own order stays where it is stays too.

use super::adopt::could_serve;
use crate::fleet::row::{Event, Job};
use crate::fleet::view::View;
use paceline_model::lifecycle::OrderPhase;
use paceline_model::{Driver, MoveReason, OrderIdx, PassedOver, VehicleIdx};
use paceline_plan::Assignment;
use std::collections::BTreeMap;

/// The events of the moves that hold, and the orders of those that do not.
pub(in crate::fleet) fn moves(view: &View, moves: Vec<Assignment>) -> (Vec<Event>, Vec<OrderIdx>) {
    let mut stale = Vec::new();
    let mut holding: BTreeMap<OrderIdx, Assignment> = BTreeMap::new();
    for planned in moves {
        if holds(view, &planned) {
            holding.insert(planned.order, planned);
        } else {
            stale.push(planned.order);
        }
    }
    while let Some(stuck) = holding.values().find(|planned| !makes_room(view, &holding, planned.vehicle)) {
        let stuck = stuck.order;
        holding.remove(&stuck);
        stale.push(stuck);
    }
    (holding.into_values().flat_map(|planned| events(view, planned)).collect(), stale)
}

/// Whether the order is still on its way with the vehicle that it is to be taken from, and the other could serve it.
fn holds(view: &View, planned: &Assignment) -> bool {
    let order = view.world.orders.get(planned.order);
    let from = planned.from.and_then(|from| view.world.vehicles.get(from));
    let (Some(order), Some(from)) = (order, from) else { return false };
    let theirs = order.phase == OrderPhase::Assigned && order.vehicle == planned.from;
    let approaching = from.job == Job::ToPickup(planned.order);
    // Whoever said yes has the order; whoever would have to say yes first has not.
    let unasked = |driver| driver == Driver::Automatic;
    let to = view.world.vehicles.get(planned.vehicle);
    theirs
        && approaching
        && unasked(from.spec.driver)
        && to.is_some_and(|to| unasked(to.spec.driver) && could_serve(view, order, planned.vehicle, to))
}

/// Whether a vehicle has nothing to do, or only what another move takes from it.
fn makes_room(view: &View, moves: &BTreeMap<OrderIdx, Assignment>, vehicle: VehicleIdx) -> bool {
    match view.world.vehicles.get(vehicle).map(|vehicle| &vehicle.job) {
        Some(Job::Free | Job::ToCharger(_) | Job::AtCharger(_)) => true,
        Some(Job::ToPickup(order)) => moves.contains_key(order),
        _ => false,
    }
}

fn events(view: &View, planned: Assignment) -> Vec<Event> {
    let Assignment { order, vehicle, from, weighing } = planned;
    let (Some(to), Some(from)) = (view.world.vehicles.get(vehicle), from) else { return Vec::new() };
    let reading = to.newest();
    let mut events = Vec::with_capacity(2);
    if to.job.charger().is_some() {
        events.push(Event::ChargeEnded { vehicle, reading });
    }
    let holder = view.world.vehicles.id(from);
    let before = weighing.candidates.iter().find(|candidate| Some(&candidate.vehicle) == holder);
    let reason = match before.and_then(|candidate| candidate.passed_over.as_ref()) {
        Some(PassedOver::ServesInstead(other)) => MoveReason::FreesFor(other.clone()),
        _ => MoveReason::Better,
    };
    events.push(Event::OrderMoved { order, from, vehicle, reading, reason, weighing });
    events
}
