//! Calls a ride off.

use crate::fleet::view::{Verdict, View, movable};
use paceline_model::lifecycle::OrderTrigger;
use paceline_model::{Event, OrderId};

/// Until the riders are in.
pub(super) fn admit(view: &View, order: OrderId) -> Verdict {
    movable(view.order(&order)?, OrderTrigger::Cancel)?;
    Ok(vec![Event::OrderCancelled { order }])
}
