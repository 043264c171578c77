//! Deadlines that have passed: offers lapse, orders time out.

use crate::fleet::view::{View, dispatch_failed};
use paceline_model::lifecycle::OrderPhase;
use paceline_model::{Event, FailureCause};

/// One step for each order that is due. An offer that lapses after its order's deadline leads to a second step next time.
pub(in crate::fleet) fn expire(view: &View) -> Vec<Event> {
    let due = view.world.due.iter().take_while(|(when, _)| *when <= view.at);
    due.filter_map(|(_, id)| {
        let order = view.world.order(id)?;
        match (order.phase, &order.vehicle) {
            (OrderPhase::Offered, Some(vehicle)) => {
                dispatch_failed(view, view.world.vehicle(vehicle)?, id, FailureCause::OfferTimedOut)
            }
            _ => Some(Event::OrderTimedOut { order: id.clone() }),
        }
    })
    .collect()
}
