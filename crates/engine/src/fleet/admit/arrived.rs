//! The vehicle is at the pick-up.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::lifecycle::OrderTrigger;
use paceline_model::{OrderId, VehicleId};

/// Only the vehicle that was given the order can arrive for it.
pub(super) fn admit(view: &View, vehicle: VehicleId, order: OrderId) -> Verdict {
    let (order, vehicle) = view.own_order(&vehicle, &order, OrderTrigger::Arrive)?;
    Ok(vec![Event::VehicleArrived { order, vehicle }])
}
