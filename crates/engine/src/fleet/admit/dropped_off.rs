//! The riders are out.

use super::hand_over;
use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::lifecycle::OrderTrigger;
use paceline_model::{OrderId, Reading, VehicleId};

/// Only with the riders aboard. Whoever brought them beyond the border stays there.
pub(super) fn admit(view: &View, vehicle: VehicleId, order: OrderId, reading: Reading) -> Verdict {
    let (order, vehicle) = view.own_order(&vehicle, &order, OrderTrigger::DropOff)?;
    let handed_over = hand_over::at_drop_off(view, vehicle, reading);
    Ok([Event::RidersDroppedOff { order, vehicle, reading }].into_iter().chain(handed_over).collect())
}
