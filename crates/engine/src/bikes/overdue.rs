//! What time alone brings about: crews that do not answer, and shifts that end.

use super::row::{OrderRow, VanRow};
use super::settle::{given_back, returned};
use super::world::Bikes;
use paceline_model::bikes::{Event, OrderPhase, ReturnReason};

/// Orders that come back because nobody said anything of them for too long, or because their crew goes home. An order that fetches bikes for
/// another comes back with it.
pub(super) fn overdue(world: &Bikes) -> Vec<Event> {
    world.vans().flat_map(|row| of_van(world, row)).collect()
}

fn of_van(world: &Bikes, row: &VanRow) -> Vec<Event> {
    if row.orders.is_empty() {
        return Vec::new();
    }
    let there = world.orders_of(row).any(|order| order.phase == OrderPhase::UnderWay);
    if row.is_off(world.now) && !there {
        return returned(world, row, &ReturnReason::ShiftOver);
    }
    let after = world.options.answer_within;
    let is_late = |order: &&OrderRow| {
        let silent = order.issued_at().is_some_and(|at| world.now.since(at) >= after);
        order.phase == OrderPhase::Issued && silent
    };
    // The first alone: what follows from it is looked at again in a moment. A crew that is on its way is not asked about what comes after.
    let first = world.orders_of(row).next().filter(is_late);
    first
        .map_or_else(Vec::new, |order| given_back(world, order, &row.spec.id, &ReturnReason::NoAnswer(after)))
}
