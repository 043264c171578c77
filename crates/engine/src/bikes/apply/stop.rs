//! A crew was at a station: bikes left the van or came into it, and stand at the station or do not, in one step; or it looked.

use crate::bikes::row::StationRow;
use crate::bikes::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::{
    BatterySwap, Found, Inspection, StationId, StockWord, StopMade, Task, VanId, WorkOrderId,
};

pub(super) fn apply(world: &mut Bikes, at: Instant, made: &StopMade) {
    let mends = world.order(&made.order).is_some_and(|order| order.task == Task::Repair);
    if let Some(row) = world.station_mut(&made.station) {
        row.heard_at = Some(at);
        let bikes = i64::from(made.unloaded) - i64::from(made.loaded);
        row.stock.moved(StockWord { done_at: made.done_at, bikes });
        if let Some(broken) = made.docks_broken {
            row.stock.docks(made.done_at, broken, mends);
        }
    }
    let at_depot = world.station(&made.station).is_some_and(StationRow::is_depot);
    if let Some(row) = world.van_mut(&made.van) {
        row.aboard = (row.aboard + made.loaded).saturating_sub(made.unloaded);
        if at_depot {
            row.batteries.charged = row.batteries.most;
        }
    }
    was_there(world, &made.van, (&made.station, &made.order));
}

/// What came out of the bikes is empty, and counts no more.
pub(super) fn change_batteries(world: &mut Bikes, at: Instant, swap: &BatterySwap) {
    if let Some(row) = world.station_mut(&swap.station) {
        row.heard_at = Some(at);
        row.stock.batteries.change(swap.done_at, swap.bikes);
    }
    if let Some(row) = world.van_mut(&swap.van) {
        row.batteries.charged = row.batteries.charged.saturating_sub(swap.bikes);
    }
    was_there(world, &swap.van, (&swap.station, &swap.order));
}

pub(super) fn inspect(world: &mut Bikes, at: Instant, inspection: &Inspection) {
    let Inspection { van, station, order, found, done_at } = inspection;
    let offset = world.options.time_zone.offset(at);
    if let Some(row) = world.station_mut(station)
        && row.stock.inspected(*done_at, *found)
    {
        let held = row.watch.begin_anew(at);
        if *found == Found::Well {
            world.demand.see_quiet(offset, station, &held);
        }
    }
    was_there(world, van, (station, order));
}

/// The van is there, under this order.
fn was_there(world: &mut Bikes, van: &VanId, (station, order): (&StationId, &WorkOrderId)) {
    let position = world.station(station).map(|row| row.spec.position);
    if let Some(row) = world.van_mut(van) {
        row.stopped_at = position.unwrap_or(row.stopped_at);
    }
    if let Some(order) = world.order_mut(order) {
        order.made_by.push(van.clone());
    }
    world.changes.order(order);
    world.touch_station(station);
    world.touch_van(van);
}
