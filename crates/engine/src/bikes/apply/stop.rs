//! A crew was at a station: bikes left the van or came into it, and stand at the station or do not, in one step.

use crate::bikes::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::{StockWord, StopMade, Task};

pub(super) fn apply(world: &mut Bikes, at: Instant, made: &StopMade) {
    let mends = world.order(&made.order).is_some_and(|order| order.task == Task::Repair);
    if let Some(row) = world.station_mut(&made.station) {
        row.heard_at = Some(at);
        let bikes = i64::from(made.unloaded) - i64::from(made.loaded);
        row.stock.moved(StockWord { done_at: made.done_at, bikes });
        if let Some(broken) = made.docks_broken {
            let known = row.stock.docks_broken;
            row.stock.docks_broken = if mends { broken } else { known.max(broken) };
        }
    }
    let position = world.station(&made.station).map(|row| row.spec.position);
    if let Some(row) = world.van_mut(&made.van) {
        row.aboard = (row.aboard + made.loaded).saturating_sub(made.unloaded);
        row.stopped_at = position.unwrap_or(row.stopped_at);
    }
    if let Some(order) = world.order_mut(&made.order) {
        order.made_by.push(made.van.clone());
    }
    world.changes.order(&made.order);
    world.touch_station(&made.station);
    world.touch_van(&made.van);
}
