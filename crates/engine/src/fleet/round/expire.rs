//! Deadlines that have passed: offers lapse, orders time out, vehicles that do not pick up lose their orders.

use crate::fleet::view::{View, dispatch_failed};
use paceline_model::lifecycle::OrderPhase;
use paceline_model::{Event, FailureCause};

/// One step for each order that is due. What is taken from a vehicle after the order's deadline times out next time.
pub(in crate::fleet) fn expire(view: &View) -> Vec<Event> {
    let due = view.world.due.iter().take_while(|(when, _)| *when <= view.at);
    due.filter_map(|(_, id)| {
        let order = view.world.order(id)?;
        match (order.phase, &order.vehicle) {
            (OrderPhase::Offered, Some(vehicle)) => {
                dispatch_failed(view, view.world.vehicle(vehicle)?, id, FailureCause::OfferTimedOut)
            }
            // A vehicle may say where it is for ever and never come.
            (OrderPhase::Assigned | OrderPhase::Arrived, Some(vehicle)) => {
                let lost = order.latest_pickup + view.options.late_max <= view.at;
                let vehicle = view.world.vehicle(vehicle)?;
                lost.then(|| dispatch_failed(view, vehicle, id, FailureCause::NotPickedUp))?
            }
            _ => Some(Event::OrderTimedOut { order: id.clone() }),
        }
    })
    .collect()
}
