//! What the planner is told: vans as they will stand after what their crews have been told, and stations that nobody is on the way to.

use super::RoundSummary;
use crate::bikes::row::{OrderRow, StationRow, VanRow};
use crate::bikes::world::Bikes;
use paceline_model::bikes::{StationId, Task, VanRule, VanState};
use paceline_model::{Instant, Millis, Version};
use paceline_plan::bikes::dispatch::{Asks, Prices, Problem, Station, ToldStop, Van};
use paceline_plan::bikes::inventory::OutagePrice;

/// A van for which nothing was found is looked at again so often: time alone changes little.
const LOOK_AGAIN: Millis = Millis::from_secs(60);

/// What is to be solved, if anything has changed for an order that waits or for a van that could do more.
pub(in crate::bikes) fn problem(world: &mut Bikes, version: Version) -> Option<(Box<Problem>, RoundSummary)> {
    if world.vans.is_empty() && world.waiting.is_empty()
        || world.options.is_quiet(world.now)
        || !is_due(world, version)
    {
        return None;
    }
    world.asked.at = Some((version, world.now));
    world.asked.vans.clear();
    let stations: Vec<StationId> =
        world.stations().filter(|row| is_open(world, row)).map(|row| row.spec.id.clone()).collect();
    let round = RoundSummary {
        vans: world.vans().map(|row| row.spec.id.clone()).collect(),
        stations: stations.clone(),
        ..RoundSummary::default()
    };
    let prices = world.options.prices;
    let problem = Problem {
        version,
        at: world.now,
        vans: world.vans().filter_map(|row| van(world, row)).collect(),
        stations: stations.iter().filter_map(|id| station(world, id)).collect(),
        prices: Prices {
            driving_hour: prices.driving_hour,
            stop: prices.stop,
            missing: prices.missing,
            repair: prices.repair,
            battery: world.options.batteries.map_or(0.0, |rules| rules.worth),
        },
        change_battery: change_battery(world),
    };
    Some((Box::new(problem), round))
}

/// Whether there is something new to decide: an order that nobody has looked at, or may look at again, or a van that could be told more.
fn is_due(world: &Bikes, version: Version) -> bool {
    let waits = world.waiting.values().filter_map(|id| world.order(id));
    let is_new = |order: &OrderRow| {
        let again = order.finding.again_at.is_some_and(|at| at <= world.now);
        order.finding.tried_at.is_none() || again
    };
    let can = |row: &VanRow| out(row, world.now).is_none() && world.stops_left(row) > 0;
    let looked = world.asked.at.is_none_or(|(at, _)| at != version);
    let rested = world.asked.at.is_none_or(|(_, at)| world.now.since(at) >= LOOK_AGAIN);
    let changed = || world.asked.vans.iter().filter_map(|id| world.van(id)).any(can);
    waits.into_iter().any(is_new) || looked && (changed() || rested && world.vans().any(can))
}

/// Whether a van may be sent there to move bikes, or has to be for something else.
fn is_open(world: &Bikes, row: &StationRow) -> bool {
    let told = world.orders_at(row).any(|order| order.phase.is_out() && order.task.moves_bikes());
    let errand = |order: &OrderRow| !order.task.moves_bikes();
    !told && (rests_on_something(world, row) || world.orders_at(row).any(errand))
}

/// Whether what is believed of a station is enough to send somebody: it was heard of lately, or what was ordered then waits still.
pub(super) fn rests_on_something(world: &Bikes, row: &StationRow) -> bool {
    let fresh = !row.is_stale(world.now, world.options.stale_after);
    let heard = row.is_depot() || row.heard_at.is_some();
    heard && row.bikes().is_some() && (fresh || world.orders_at(row).any(|order| order.task.moves_bikes()))
}

/// Bikes that are wanted where somebody asks: as its operator says, or as is usual while nothing is known of its riders.
fn wanted(world: &Bikes, row: &StationRow) -> (u32, u32) {
    let usual = (!world.demand.known.knows(&row.spec.id)).then(|| row.spec.wanted());
    row.spec.target.or(usual).map_or((0, u32::MAX), |target| (target.low, target.high))
}

/// What it costs that nobody finds a bike or a dock there: nothing, where its operator wants it so.
fn outage(world: &Bikes, row: &StationRow) -> OutagePrice {
    let (wanted, prices) = (row.spec.wanted(), world.options.prices);
    let may_be_full = row.spec.target.is_some() && row.spec.docks.is_some_and(|docks| wanted.high >= docks);
    OutagePrice {
        empty: if wanted.least > 0 { prices.empty_hour } else { 0.0 },
        full: if may_be_full { 0.0 } else { prices.full_hour },
    }
}

/// Whether riders come there. To a cell of which nobody ever took a bike they do not, whatever its neighbours' riders do: it has no sign that says so.
fn has_riders(world: &Bikes, row: &StationRow) -> bool {
    let seen = || row.spec.target.is_some() || world.demand.known.rentals_seen(&row.spec.id) > 0.0;
    !row.is_depot() && (!row.is_cell() || seen())
}

/// A station as a van may find it.
fn station(world: &mut Bikes, id: &StationId) -> Option<Station> {
    let (at, horizon) = (world.now, world.options.horizon);
    let key = world.stations.find(id)?;
    let has_riders = has_riders(world, world.station(id)?);
    let rates = has_riders.then(|| world.demand.rates(id, at, horizon));
    let row = world.station(id)?;
    let waiting = |task| world.waiting_at(row, task).is_some();
    let asks = Asks {
        bring: waiting(Task::Deliver),
        take: waiting(Task::Collect),
        repair: waiting(Task::Repair),
        inspect: waiting(Task::Inspect),
        swap: if waiting(Task::SwapBattery) { row.stock.low_batteries() } else { 0 },
    };
    let declined = |van: &VanRow| world.orders_at(row).any(|order| world.has_declined(&van.spec.id, order));
    let numbered = world.vans().enumerate().filter(|(_, van)| declined(van));
    let fresh = !row.is_stale(at, world.options.stale_after);
    let gives = !row.watch.gives_none;
    Some(Station {
        key: key.parts().0,
        position: row.spec.position,
        docks: row.spec.docks,
        bikes: row.bikes().unwrap_or_default(),
        take_max: if gives && (fresh || asks.take) && !asks.bring && row.may_be_fetched_from() {
            row.spare()
        } else {
            0
        },
        bring_max: if gives && (fresh || asks.bring) && !asks.take && row.may_be_brought_to() {
            row.room().unwrap_or_default()
        } else {
            0
        },
        wanted: wanted(world, row),
        outage: outage(world, row),
        rates,
        asks,
        declined: numbered.map(|(number, _)| number).collect(),
    })
}

/// A van, with what its crew has been told.
fn van(world: &Bikes, row: &VanRow) -> Option<Van> {
    let told = world.orders_of(row).filter_map(|order| {
        let position = world.station(&order.station)?.spec.position;
        let each = if order.task == Task::SwapBattery { change_battery(world) } else { row.spec.handling };
        Some(ToldStop { position, takes: Millis(each.0.saturating_mul(order.bikes.most)) })
    });
    Some(Van {
        key: world.vans.find(&row.spec.id)?.parts().0,
        position: row.position(),
        told: told.collect(),
        aboard: aboard_after(world, row),
        capacity: row.spec.capacity,
        handling: row.spec.handling,
        depot: row.spec.position,
        shift_ends_in: row.spec.shift_ends.map_or(Millis::MAX, |end| end.since(world.now)),
        stops_left: world.stops_left(row),
        repairs: row.spec.repairs,
        batteries: charged_after(world, row),
        out: out(row, world.now).map(code),
    })
}

/// Why a van gets nothing at all.
pub(super) fn out(row: &VanRow, now: Instant) -> Option<VanRule> {
    if row.state == VanState::BrokenDown {
        Some(VanRule::BrokenDown)
    } else {
        row.is_off(now).then_some(VanRule::ShiftOver)
    }
}

/// The plan's number of a rule.
fn code(rule: VanRule) -> u8 {
    VanRule::ALL.iter().position(|known| *known == rule).unwrap_or(0) as u8
}

/// What changing one battery takes.
fn change_battery(world: &Bikes) -> Millis {
    world.options.batteries.map_or(Millis::ZERO, |rules| rules.change)
}

/// Charged batteries aboard of a van once it has done its orders.
pub(super) fn charged_after(world: &Bikes, row: &VanRow) -> u32 {
    let told = world.orders_of(row).filter(|order| order.task == Task::SwapBattery);
    told.fold(row.batteries.charged, |charged, order| charged.saturating_sub(order.bikes.most))
}

/// Bikes aboard of a van once it has done its orders.
pub(super) fn aboard_after(world: &Bikes, row: &VanRow) -> u32 {
    world.orders_of(row).fold(row.aboard, |aboard, order| match order.task {
        Task::Collect => (aboard + order.bikes.most).min(row.spec.capacity),
        Task::Deliver => aboard.saturating_sub(order.bikes.most),
        Task::Inspect | Task::SwapBattery | Task::Repair => aboard,
    })
}
