//! Calls a ride off.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View, movable};
use paceline_model::OrderId;
use paceline_model::lifecycle::OrderTrigger;

/// Until the riders are in.
pub(super) fn admit(view: &View, order: OrderId) -> Verdict {
    let (order, known) = view.order(&order)?;
    movable(known, OrderTrigger::Cancel)?;
    Ok(vec![Event::OrderCancelled { order }])
}
