//! What a station needs, by what is believed to stand there, and what of its orders is needed still.

use super::silence::silent;
use crate::bikes::row::{OrderRow, StationRow};
use crate::bikes::world::Bikes;
use paceline_model::bikes::{
    BikeInterval, Event, Hotspot, NewWorkOrder, OrderCause, OrderPhase, StationId, Task, WithdrawReason,
};
use std::sync::Arc;

/// What follows for the orders of a station.
pub(super) fn settled(world: &Bikes, id: &StationId) -> Vec<Event> {
    let Some(row) = world.station(id) else { return Vec::new() };
    let mut events = Vec::new();
    let mut open: Vec<Task> = Vec::new();
    for order in world.orders_at(row) {
        match fate(world, row, order) {
            Fate::Stays => {}
            Fate::Cut(bikes) => {
                let (order, van) = (order.id.clone(), order.van.clone());
                events.push(Event::OrderCut { order, van, bikes });
            }
            Fate::Withdrawn(why) => {
                let (order, van) = (order.id.clone(), order.van.clone());
                events.push(Event::OrderWithdrawn { order, van, why });
                continue;
            }
        }
        open.push(order.task);
    }
    let needs = needs(world, row).filter(|need| !open.contains(&need.task));
    let proposed = (0..).zip(needs).map(|(more, Need { task, bikes, cause })| {
        let (id, station) = (world.upcoming_order(more), row.spec.id.clone());
        Event::OrderProposed(Arc::new(NewWorkOrder { id, task, station, bikes, cause }))
    });
    events.extend(proposed);
    events
}

/// Something that a station needs.
struct Need {
    task: Task,
    bikes: BikeInterval,
    cause: OrderCause,
}

/// What it needs, whoever has it already. Nothing new rests on what is too old; and until somebody has looked why a station gives no bikes, none
/// are brought there or fetched.
fn needs(world: &Bikes, row: &StationRow) -> impl Iterator<Item = Need> {
    let fresh = !row.is_stale(world.now, world.options.stale_after);
    let looks = Some(row).filter(|row| fresh && !row.watch.gives_none);
    let looks = looks.and_then(|row| silent(world, row)).map(|cause| Need::errand(Task::Inspect, cause));
    let hotspot = row.hotspot.map(|(hotspot, _)| hotspot).filter(|_| fresh);
    let bikes = row.bikes().unwrap_or(0);
    let task = match hotspot {
        Some(Hotspot::Empty | Hotspot::BelowLeast) if row.may_be_brought_to() => {
            Some((Task::Deliver, OrderCause::TooFew { bikes, least: row.spec.wanted().least }))
        }
        Some(Hotspot::Full) if row.may_be_fetched_from() => Some((Task::Collect, OrderCause::Full { bikes })),
        _ => None,
    };
    let moves =
        task.and_then(|(task, cause)| world.wanted(row, task).map(|bikes| Need { task, bikes, cause }));
    let moves = moves.filter(|_| looks.is_none());
    let mends = row.stock.is_to_mend().then(|| Need::errand(Task::Repair, to_mend(row)));
    let charges = (fresh && row.may_be_fetched_from()).then(|| low_batteries(world, row)).flatten();
    moves.into_iter().chain(looks).chain(mends).chain(charges)
}

/// Batteries that are to be changed.
fn low_batteries(world: &Bikes, row: &StationRow) -> Option<Need> {
    let (rules, most) = (world.options.batteries?, row.stock.low_batteries());
    let cause = OrderCause::LowBatteries { low: most, flat: row.stock.batteries.flat().min(most) };
    let bikes = BikeInterval { least: most.div_ceil(2), most };
    (most >= rules.bikes_min).then_some(Need { task: Task::SwapBattery, bikes, cause })
}

/// What crews found that is to be mended.
fn to_mend(row: &StationRow) -> OrderCause {
    match row.stock.docks_broken {
        0 => OrderCause::LockedIn { bikes: row.stock.locked_in },
        docks => OrderCause::DocksBroken { docks },
    }
}

impl Need {
    /// Something to do that moves no bikes.
    fn errand(task: Task, cause: OrderCause) -> Self {
        Self { task, bikes: BikeInterval::NONE, cause }
    }
}

/// What becomes of an order.
enum Fate {
    Stays,
    Cut(BikeInterval),
    Withdrawn(WithdrawReason),
}

/// A crew that is there does what it finds; nobody calls it back.
fn fate(world: &Bikes, row: &StationRow, order: &OrderRow) -> Fate {
    if order.phase == OrderPhase::UnderWay {
        return Fate::Stays;
    }
    match (order.task, order.supplies()) {
        (Task::Deliver | Task::Collect, _) if row.watch.gives_none => {
            Fate::Withdrawn(WithdrawReason::GivesNone)
        }
        (Task::Deliver, _) => delivery(row, order),
        (Task::Collect, Some(_)) => supply(world, row, order),
        (Task::Collect, None) => collection(row, order),
        (Task::Repair, _) if !row.stock.is_to_mend() => Fate::Withdrawn(WithdrawReason::DoneOtherwise),
        (Task::Inspect, _) if !row.watch.gives_none => Fate::Withdrawn(WithdrawReason::RentedAgain),
        (Task::Inspect, _) if !row.lends() => Fate::Withdrawn(WithdrawReason::StationClosed),
        (Task::SwapBattery, _) => batteries(world, row, order),
        (Task::Repair | Task::Inspect, _) => Fate::Stays,
    }
}

/// Who brought the bikes that stand there, or took those that do not.
fn by_whom(row: &StationRow, riders: WithdrawReason) -> WithdrawReason {
    if row.stock.since() == 0 { riders } else { WithdrawReason::DoneOtherwise }
}

fn delivery(row: &StationRow, order: &OrderRow) -> Fate {
    if !row.may_be_brought_to() {
        return Fate::Withdrawn(WithdrawReason::StationClosed);
    }
    let (Some(bikes), Some(room)) = (row.bikes(), row.room()) else { return Fate::Stays };
    let filled = bikes >= row.spec.wanted().low && matches!(order.cause, OrderCause::TooFew { .. });
    if filled {
        return Fate::Withdrawn(by_whom(row, WithdrawReason::FilledByRiders { bikes }));
    }
    within(order, room)
}

fn batteries(world: &Bikes, row: &StationRow, order: &OrderRow) -> Fate {
    if !row.may_be_fetched_from() {
        return Fate::Withdrawn(WithdrawReason::StationClosed);
    }
    match row.stock.low_batteries() {
        _ if world.options.batteries.is_none() => Fate::Withdrawn(WithdrawReason::NothingToDo),
        0 if row.stock.batteries.changed() > 0 => Fate::Withdrawn(WithdrawReason::DoneOtherwise),
        0 => Fate::Withdrawn(WithdrawReason::BatteriesFull),
        low => within(order, low),
    }
}

/// Bikes that are in the way: taken down to what is wanted at most, and never below what is wanted at least.
fn collection(row: &StationRow, order: &OrderRow) -> Fate {
    if !row.may_be_fetched_from() {
        return Fate::Withdrawn(WithdrawReason::StationClosed);
    }
    let Some(bikes) = row.bikes() else { return Fate::Stays };
    let emptied = bikes <= row.spec.wanted().high && matches!(order.cause, OrderCause::Full { .. });
    if emptied {
        return Fate::Withdrawn(by_whom(row, WithdrawReason::EmptiedByRiders { bikes }));
    }
    within(order, row.spare())
}

/// Bikes for another order: needed as long as that order is with the same van.
fn supply(world: &Bikes, row: &StationRow, order: &OrderRow) -> Fate {
    let needing = order.supplies().and_then(|id| world.order(id));
    let needed = needing.is_some_and(|needing| needing.phase.is_out() && needing.van == order.van);
    if let Some(id) = order.supplies().filter(|_| !needed) {
        return Fate::Withdrawn(WithdrawReason::NotNeeded(id.clone()));
    }
    if !row.may_be_fetched_from() {
        return Fate::Withdrawn(WithdrawReason::StationClosed);
    }
    if row.bikes().is_none() {
        return Fate::Stays;
    }
    within(order, row.spare())
}

fn within(order: &OrderRow, most: u32) -> Fate {
    if most == 0 {
        Fate::Withdrawn(WithdrawReason::NothingToDo)
    } else if order.bikes.most > most {
        Fate::Cut(order.bikes.at_most(most))
    } else {
        Fate::Stays
    }
}
