//! The driver takes the offer.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::lifecycle::OrderTrigger;
use paceline_model::{OrderId, VehicleId};

/// While the offer stands.
pub(super) fn admit(view: &View, vehicle: VehicleId, order: OrderId) -> Verdict {
    let (order, vehicle) = view.own_order(&vehicle, &order, OrderTrigger::Accept)?;
    Ok(vec![Event::OfferAccepted { order, vehicle }])
}
