//! The steps of a work order.

use crate::bikes::row::{Finding, OrderRow, OrderStep};
use crate::bikes::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::{
    BikeInterval, IssueDecision, NewWorkOrder, OrderPhase, OrderTrigger, ReturnReason, Task, VanId,
    WorkOrderId,
};
use std::sync::Arc;

pub(super) fn propose(world: &mut Bikes, at: Instant, new: &NewWorkOrder) {
    world.proposed_ever += 1;
    world.orders.insert(OrderRow::new(new, world.proposed_ever, at));
    if let Some(row) = world.station_mut(&new.station) {
        row.orders.push(new.id.clone());
        row.watch.gives_none |= new.task == Task::Inspect;
    }
    world.queue(&new.id);
    world.changes.order(&new.id);
    world.touch_station(&new.station);
}

pub(super) fn issue(
    world: &mut Bikes,
    at: Instant,
    id: &WorkOrderId,
    (van, bikes, decision): (VanId, BikeInterval, Arc<IssueDecision>),
) {
    if let Some(order) = world.order_mut(id) {
        order.step(at, OrderTrigger::Issue, OrderStep::Issued(van.clone(), bikes));
        (order.bikes, order.van, order.decision) = (bikes, Some(van.clone()), Some(decision));
        order.finding = Finding::default();
    }
    if let Some(row) = world.van_mut(&van) {
        row.orders.push(id.clone());
    }
    touch(world, id);
}

pub(super) fn step(
    world: &mut Bikes,
    at: Instant,
    id: &WorkOrderId,
    (trigger, step): (OrderTrigger, OrderStep),
) {
    if let Some(order) = world.order_mut(id) {
        order.step(at, trigger, step);
    }
    touch(world, id);
}

/// The crew is there, and so is the van.
pub(super) fn arrive(world: &mut Bikes, at: Instant, id: &WorkOrderId, van: VanId) {
    let there = world.order(id).and_then(|order| world.station(&order.station)).map(|row| row.spec.position);
    if let Some(row) = world.van_mut(&van) {
        row.stopped_at = there.unwrap_or(row.stopped_at);
    }
    step(world, at, id, (OrderTrigger::Arrive, OrderStep::UnderWay(van)));
}

pub(super) fn cut(world: &mut Bikes, at: Instant, id: &WorkOrderId, bikes: BikeInterval) {
    if let Some(order) = world.order_mut(id) {
        order.bikes = bikes;
        order.note(at, OrderStep::Cut(bikes));
    }
    touch(world, id);
}

pub(super) fn give_back(world: &mut Bikes, at: Instant, id: &WorkOrderId, (van, why): (VanId, ReturnReason)) {
    doubt(world, id, &why);
    if let Some(order) = world.order_mut(id) {
        order.step(at, OrderTrigger::Return, OrderStep::Returned(van.clone(), why));
        (order.van, order.decision) = (None, None);
    }
    leave(world, &van, id);
    touch(world, id);
}

/// A crew that is there and can do nothing knows better than what is believed: nobody goes there by that, until it is heard of anew.
fn doubt(world: &mut Bikes, id: &WorkOrderId, why: &ReturnReason) {
    let declined = matches!(why, ReturnReason::Declined(_));
    let there = world.order(id).filter(|order| declined && order.phase == OrderPhase::UnderWay);
    let station = there.filter(|order| order.task.moves_bikes()).map(|order| order.station.clone());
    if let Some(row) = station.and_then(|id| world.station_mut(&id)) {
        row.heard_at = None;
    }
}

pub(super) fn end(
    world: &mut Bikes,
    at: Instant,
    id: &WorkOrderId,
    (trigger, step): (OrderTrigger, OrderStep),
) {
    let Some(order) = world.order_mut(id) else { return };
    order.step(at, trigger, step);
    let (van, station, task) = (order.van.take(), order.station.clone(), order.task);
    if let Some(van) = &van {
        leave(world, van, id);
    }
    if let Some(row) = world.station_mut(&station) {
        row.orders.retain(|known| known != id);
        // Somebody looked, or says that nobody needs to.
        if task == Task::Inspect {
            row.watch.begin_anew(at);
        }
    }
    touch(world, id);
    world.end(at, id);
}

/// A van has an order no longer: what it does next is another thing than before.
fn leave(world: &mut Bikes, van: &VanId, id: &WorkOrderId) {
    if let Some(row) = world.van_mut(van) {
        row.orders.retain(|known| known != id);
    }
    world.touch_van(van);
}

fn touch(world: &mut Bikes, id: &WorkOrderId) {
    world.queue(id);
    world.changes.order(id);
    let Some(order) = world.order(id) else { return };
    let (station, van) = (order.station.clone(), order.van.clone());
    world.touch_station(&station);
    if let Some(van) = van {
        world.touch_van(&van);
    }
}
