//! The riders are out.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::lifecycle::OrderTrigger;
use paceline_model::{OrderId, Reading, VehicleId};

/// Only with the riders aboard.
pub(super) fn admit(view: &View, vehicle: VehicleId, order: OrderId, reading: Reading) -> Verdict {
    let (order, vehicle) = view.own_order(&vehicle, &order, OrderTrigger::DropOff)?;
    Ok(vec![Event::RidersDroppedOff { order, vehicle, reading }])
}
