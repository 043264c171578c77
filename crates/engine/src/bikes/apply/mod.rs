//! What an event changes: one file for each kind of thing that happens. Total: a fact cannot be refused.

mod order;
mod station;
mod stop;
mod van;

use super::row::OrderStep;
use super::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::{Event, OrderTrigger};

/// Folds one event in.
pub(super) fn apply(world: &mut Bikes, at: Instant, event: Event) {
    match event {
        Event::StationPut(spec) => station::put(world, spec),
        Event::StationRemoved(station) => station::remove(world, &station),
        Event::StationClosed(station) => station::close(world, &station, true),
        Event::StationOpened(station) => station::close(world, &station, false),
        Event::StockRead(reports) => station::read(world, at, &reports),
        Event::VanPut(spec) => van::put(world, at, spec),
        Event::VanRemoved(van) => van::remove(world, &van),
        Event::VanCounted { van, aboard } => van::count(world, &van, aboard),
        Event::VanChanged { van, trigger } => van::change(world, at, &van, trigger),
        Event::WordTaken(report) => van::remember(world, report),
        Event::StopMade(made) => stop::apply(world, at, &made),
        Event::StationInspected(inspection) => stop::inspect(world, at, &inspection),
        Event::BatteriesRead(reports) => station::batteries(world, &reports),
        Event::BatteriesChanged(swap) => stop::change_batteries(world, at, &swap),
        Event::VanBatteries { van, load } => van::equip(world, &van, load),
        Event::OrderProposed(new) => order::propose(world, at, &new),
        Event::OrderIssued { order, van, bikes, decision } => {
            order::issue(world, at, &order, (van, bikes, decision));
        }
        Event::OrderAccepted { order, van } => {
            order::step(world, at, &order, (OrderTrigger::Accept, OrderStep::Accepted(van)));
        }
        Event::OrderUnderWay { order, van } => {
            order::arrive(world, at, &order, van);
        }
        Event::OrderCut { order, bikes, .. } => order::cut(world, at, &order, bikes),
        Event::OrderDone { order, van } => {
            order::end(world, at, &order, (OrderTrigger::Finish, OrderStep::Done(van)));
        }
        Event::OrderReturned { order, van, why } => order::give_back(world, at, &order, (van, why)),
        Event::OrderWithdrawn { order, why, .. } => {
            order::end(world, at, &order, (OrderTrigger::Withdraw, OrderStep::Withdrawn(why)));
        }
    }
}
