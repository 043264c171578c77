//! Deadlines that have passed: offers lapse, orders time out, vehicles that do not pick up lose their orders.

use crate::fleet::row::Event;
use crate::fleet::view::{View, dispatch_failed};
use paceline_model::lifecycle::OrderPhase;
use paceline_model::{FailureCause, OrderIdx};

/// One step for each order that is due. What is taken from a vehicle after the order's deadline times out next time.
pub(in crate::fleet) fn expire(view: &View) -> Vec<Event> {
    let due = view.world.due.iter().take_while(|(when, _)| *when <= view.at);
    due.filter_map(|(_, order)| lapse(view, *order)).collect()
}

fn lapse(view: &View, idx: OrderIdx) -> Option<Event> {
    let order = view.world.orders.get(idx)?;
    match (order.phase, order.vehicle) {
        (OrderPhase::Offered, Some(vehicle)) => {
            dispatch_failed(view, vehicle, idx, FailureCause::OfferTimedOut)
        }
        // A vehicle may say where it is for ever and never come.
        (OrderPhase::Assigned | OrderPhase::Arrived, Some(vehicle)) => {
            let lost = order.latest_pickup + view.options.late_max <= view.at;
            lost.then(|| dispatch_failed(view, vehicle, idx, FailureCause::NotPickedUp))?
        }
        _ => Some(Event::OrderTimedOut { order: idx }),
    }
}
