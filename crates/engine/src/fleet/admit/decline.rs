//! The driver does not take the offer, or gives an order back.

use crate::fleet::view::{Verdict, View, dispatch_failed};
use paceline_model::lifecycle::{OrderPhase, OrderTrigger};
use paceline_model::{FailureCause, OrderId, Refusal, VehicleId};

/// Until the riders are in: then only a fault ends it early.
pub(super) fn admit(view: &View, vehicle: VehicleId, order: OrderId) -> Verdict {
    view.own_order(&vehicle, &order, OrderTrigger::Fail)?;
    if view.order(&order)?.phase == OrderPhase::Aboard {
        return Err(Refusal::WrongPhase { order, phase: OrderPhase::Aboard });
    }
    let failed = dispatch_failed(view, view.vehicle(&vehicle)?, &order, FailureCause::Declined);
    Ok(failed.into_iter().collect())
}
