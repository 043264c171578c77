//! What a van can still do of what its crew was told, and how orders come back from it.

use crate::bikes::row::{OrderRow, VanRow};
use crate::bikes::world::Bikes;
use paceline_model::bikes::{Event, OrderPhase, ReturnReason, Task, VanId, WithdrawReason};

/// Walks a van through its orders as they stand: what it has no bikes or no room for is cut, or comes back.
pub(super) fn settled(world: &Bikes, id: &VanId) -> Vec<Event> {
    let Some(row) = world.van(id) else { return Vec::new() };
    let (mut aboard, mut charged) = (row.aboard, row.batteries.charged);
    for order in world.orders_of(row) {
        let can = match order.task {
            Task::Collect => row.spec.capacity.saturating_sub(aboard),
            Task::Deliver => aboard,
            Task::SwapBattery => charged,
            Task::Inspect | Task::Repair => continue,
        };
        if order.bikes.most > can && order.phase != OrderPhase::UnderWay {
            // What comes after it is looked at again once this is so.
            return short_of(world, order, id, can);
        }
        let moved = order.bikes.most.min(can);
        match order.task {
            Task::Collect => aboard += moved,
            Task::SwapBattery => charged -= moved,
            _ => aboard -= moved,
        }
    }
    Vec::new()
}

fn short_of(world: &Bikes, order: &OrderRow, van: &VanId, can: u32) -> Vec<Event> {
    if can == 0 {
        return given_back(world, order, van, &ReturnReason::CannotAnyMore);
    }
    let bikes = order.bikes.at_most(can);
    vec![Event::OrderCut { order: order.id.clone(), van: Some(van.clone()), bikes }]
}

/// An order comes back from its van. One that only fetches bikes for another has no purpose of its own: it is withdrawn, and the other one
/// comes back.
pub(in crate::bikes) fn given_back(
    world: &Bikes,
    order: &OrderRow,
    van: &VanId,
    why: &ReturnReason,
) -> Vec<Event> {
    let Some(needing) = order.supplies() else {
        return vec![Event::OrderReturned { order: order.id.clone(), van: van.clone(), why: why.clone() }];
    };
    let mut events = vec![Event::OrderWithdrawn {
        order: order.id.clone(),
        van: Some(van.clone()),
        why: WithdrawReason::NotNeeded(needing.clone()),
    }];
    let needing = world.order(needing).filter(|needing| needing.van.as_ref() == Some(van));
    events.extend(needing.into_iter().flat_map(|needing| given_back(world, needing, van, why)));
    events
}

/// All orders come back from a van.
pub(in crate::bikes) fn returned(world: &Bikes, row: &VanRow, why: &ReturnReason) -> Vec<Event> {
    let own = world.orders_of(row).filter(|order| order.supplies().is_none());
    let returned = own.flat_map(|order| given_back(world, order, &row.spec.id, why));
    // Those that fetch bikes for others end with these.
    let withdrawn = world.orders_of(row).filter_map(|order| {
        let why = WithdrawReason::NotNeeded(order.supplies()?.clone());
        Some(Event::OrderWithdrawn { order: order.id.clone(), van: Some(row.spec.id.clone()), why })
    });
    returned.chain(withdrawn).collect()
}
