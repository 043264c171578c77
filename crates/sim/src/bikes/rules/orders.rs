//! Work orders as they are known from what was published.

use paceline_model::Instant;
use paceline_model::bikes::{
    BikeInterval, NewWorkOrder, OrderCause, OrderPhase, StationId, Task, VanId, WorkOrderId,
};
use std::collections::{BTreeMap, BTreeSet};

/// A work order.
#[derive(Debug)]
pub(super) struct OrderBook {
    pub(super) task: Task,
    pub(super) station: StationId,
    pub(super) bikes: BikeInterval,
    /// The order that it fetches bikes for.
    pub(super) supplies: Option<WorkOrderId>,
    /// Nobody asked for it: riders are expected.
    pub(super) is_planned: bool,
    pub(super) phase: OrderPhase,
    pub(super) van: Option<VanId>,
    pub(super) issued_at: Instant,
    /// Vans that were ever told it.
    pub(super) told: BTreeSet<VanId>,
    /// Vans that were there under it.
    pub(super) made_by: BTreeSet<VanId>,
    /// Vans that did not want it or did not answer, and since when.
    pub(super) declined: BTreeMap<VanId, Instant>,
}

impl OrderBook {
    pub(super) fn new(new: &NewWorkOrder) -> Self {
        let supplies = match &new.cause {
            OrderCause::Supply(order) => Some(order.clone()),
            _ => None,
        };
        Self {
            task: new.task,
            station: new.station.clone(),
            bikes: new.bikes,
            supplies,
            is_planned: matches!(new.cause, OrderCause::Expected { .. } | OrderCause::Elsewhere { .. }),
            phase: OrderPhase::Proposed,
            van: None,
            issued_at: Instant::ZERO,
            told: BTreeSet::new(),
            made_by: BTreeSet::new(),
            declined: BTreeMap::new(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        !matches!(self.phase, OrderPhase::Done | OrderPhase::Withdrawn)
    }

    pub(super) fn is_out(&self) -> bool {
        matches!(self.phase, OrderPhase::Issued | OrderPhase::Accepted | OrderPhase::UnderWay)
    }
}
