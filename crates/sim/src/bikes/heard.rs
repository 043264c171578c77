//! What crews and counts need of what a region says. The city may live in one process with the region, where it hears the region's own
//! events, or beside it, where it hears them over the wire: both become these.

use paceline_model::bikes::{Event, StationId, Task, VanId, WorkOrderId};

/// What a region said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Something is needed.
    Proposed(WorkOrderId, StationId, Task),
    /// A van gets an order, with so many bikes at most.
    Issued(WorkOrderId, VanId, u32),
    /// An order takes so many bikes at most from now on.
    Cut(WorkOrderId, u32),
    /// A van has an order no longer that is still needed.
    Returned(WorkOrderId, VanId),
    /// An order is needed no longer, and this van had it.
    Withdrawn(WorkOrderId, Option<VanId>),
    /// An order is done.
    Done(WorkOrderId),
}

impl Heard {
    /// `None`: crews do nothing about it.
    pub fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::OrderProposed(new) => Self::Proposed(new.id.clone(), new.station.clone(), new.task),
            Event::OrderIssued { order, van, bikes, .. } => {
                Self::Issued(order.clone(), van.clone(), bikes.most)
            }
            Event::OrderCut { order, bikes, .. } => Self::Cut(order.clone(), bikes.most),
            Event::OrderReturned { order, van, .. } => Self::Returned(order.clone(), van.clone()),
            Event::OrderWithdrawn { order, van, .. } => Self::Withdrawn(order.clone(), van.clone()),
            Event::OrderDone { order, .. } => Self::Done(order.clone()),
            _ => return None,
        })
    }
}
