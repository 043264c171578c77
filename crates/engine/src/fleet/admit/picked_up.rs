//! The riders are in.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::lifecycle::OrderTrigger;
use paceline_model::{OrderId, VehicleId};

/// After the vehicle has said that it is there.
pub(super) fn admit(view: &View, vehicle: VehicleId, order: OrderId) -> Verdict {
    let (order, vehicle) = view.own_order(&vehicle, &order, OrderTrigger::PickUp)?;
    Ok(vec![Event::RidersPickedUp { order, vehicle }])
}
