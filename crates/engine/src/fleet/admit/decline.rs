//! The driver does not take the offer, or gives an order back.

use crate::fleet::view::{Verdict, View, dispatch_failed};
use paceline_model::lifecycle::{OrderPhase, OrderTrigger};
use paceline_model::{FailureCause, OrderId, Refusal, VehicleId};

/// Until the riders are in: then only a fault ends it early.
pub(super) fn admit(view: &View, vehicle: VehicleId, order: OrderId) -> Verdict {
    let (idx, by) = view.own_order(&vehicle, &order, OrderTrigger::Fail)?;
    if view.order(&order)?.1.phase == OrderPhase::Aboard {
        return Err(Refusal::WrongPhase { order, phase: OrderPhase::Aboard });
    }
    Ok(dispatch_failed(view, by, idx, FailureCause::Declined).into_iter().collect())
}
