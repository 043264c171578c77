//! A work order, with all that became of it.

use crate::bikes::round::NotIssued;
use paceline_model::bikes::{
    BikeInterval, IssueDecision, NewWorkOrder, OrderCause, OrderPhase, OrderTrigger, ReturnReason, StationId,
    Task, VanId, WithdrawReason, WorkOrderId,
};
use paceline_model::limits::WORK_ORDER_STEPS_MAX;
use paceline_model::{Instant, Millis, Row, Version};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A work order as the world knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderRow {
    /// Its lasting name.
    pub id: WorkOrderId,
    /// Orders are counted from 1; who is older is served first.
    pub number: u64,
    /// What is to be done.
    pub task: Task,
    /// Where.
    pub station: StationId,
    /// With how many bikes.
    pub bikes: BikeInterval,
    /// Why it is there.
    pub cause: OrderCause,
    /// Where it stands.
    pub phase: OrderPhase,
    /// Who has it.
    pub van: Option<VanId>,
    /// Why that van.
    pub decision: Option<Arc<IssueDecision>>,
    /// What became of it, oldest first.
    pub steps: Vec<(Instant, OrderStep)>,
    /// Who was at the station under it: each van once.
    pub made_by: Vec<VanId>,
    #[serde(skip)]
    pub(in crate::bikes) finding: Finding,
}

/// What became of an order, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderStep {
    /// It was needed.
    Proposed,
    /// A van got it, with so many bikes.
    Issued(VanId, BikeInterval),
    /// Its crew took it.
    Accepted(VanId),
    /// Its crew was there.
    UnderWay(VanId),
    /// It takes so many bikes since.
    Cut(BikeInterval),
    /// It was done.
    Done(VanId),
    /// Its van had it no longer.
    Returned(VanId, ReturnReason),
    /// It was needed no longer.
    Withdrawn(WithdrawReason),
}

/// Why nobody has it, as the last round found. Kept by no snapshot: the next round finds it again.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::bikes) struct Finding {
    pub(in crate::bikes) why_not: Option<Arc<NotIssued>>,
    /// The world in which that was found.
    pub(in crate::bikes) tried_at: Option<Version>,
    /// When time alone may change it.
    pub(in crate::bikes) again_at: Option<Instant>,
}

impl Row for OrderRow {
    type Id = WorkOrderId;
    fn id(&self) -> &WorkOrderId {
        &self.id
    }
}

impl OrderRow {
    pub(in crate::bikes) fn new(new: &NewWorkOrder, number: u64, at: Instant) -> Self {
        Self {
            id: new.id.clone(),
            number,
            task: new.task,
            station: new.station.clone(),
            bikes: new.bikes,
            cause: new.cause.clone(),
            phase: OrderPhase::Proposed,
            van: None,
            decision: None,
            steps: vec![(at, OrderStep::Proposed)],
            made_by: Vec::new(),
            finding: Finding::default(),
        }
    }

    /// Goes a step of its lifecycle, if that can happen where it stands, and notes it.
    pub(in crate::bikes) fn step(&mut self, at: Instant, trigger: OrderTrigger, step: OrderStep) {
        self.phase = self.phase.after(trigger).unwrap_or(self.phase);
        self.note(at, step);
    }

    /// Notes what became of it. The first step, its beginning, stays when there are too many.
    pub(in crate::bikes) fn note(&mut self, at: Instant, step: OrderStep) {
        if self.steps.len() >= WORK_ORDER_STEPS_MAX {
            self.steps.remove(1);
        }
        self.steps.push((at, step));
    }

    /// When it was first needed.
    pub fn since(&self) -> Instant {
        self.steps.first().map_or(Instant::ZERO, |(at, _)| *at)
    }

    /// When it last changed.
    pub fn changed_at(&self) -> Instant {
        self.steps.last().map_or(Instant::ZERO, |(at, _)| *at)
    }

    /// When its van got it.
    pub fn issued_at(&self) -> Option<Instant> {
        self.steps.iter().rev().find(|(_, step)| matches!(step, OrderStep::Issued(..))).map(|(at, _)| *at)
    }

    /// Whether a van has, or had, it.
    pub fn was_told(&self, van: &VanId) -> bool {
        let told = |step: &OrderStep| matches!(step, OrderStep::Issued(told, _) if told == van);
        self.van.as_ref() == Some(van) || self.steps.iter().any(|(_, step)| told(step))
    }

    /// Vans whose crews did not want it, or did not answer, within `span` before now, and until when.
    pub fn declined_by(&self, now: Instant, span: Millis) -> impl Iterator<Item = (&VanId, Instant)> {
        self.steps.iter().filter_map(move |(at, step)| match step {
            OrderStep::Returned(van, ReturnReason::Declined(_) | ReturnReason::NoAnswer(_)) => {
                Some((van, *at + span)).filter(|(_, until)| *until > now)
            }
            _ => None,
        })
    }

    /// Whether nothing asked for it but riders who are expected.
    pub fn is_planned(&self) -> bool {
        matches!(self.cause, OrderCause::Expected { .. } | OrderCause::Elsewhere { .. })
    }

    /// The order that needs its bikes, if it is only there for that.
    pub fn supplies(&self) -> Option<&WorkOrderId> {
        match &self.cause {
            OrderCause::Supply(order) => Some(order),
            _ => None,
        }
    }

    /// Why nobody has it, as the last round found.
    pub fn why_not(&self) -> Option<&Arc<NotIssued>> {
        self.finding.why_not.as_ref()
    }

    /// The reason of its last step, after a colon; nothing where there is none.
    pub fn last_reason(&self) -> String {
        match self.steps.last().map(|(_, step)| step) {
            Some(OrderStep::Withdrawn(why)) => format!(": {why}"),
            Some(OrderStep::Returned(_, why)) => format!(": {why}"),
            _ => String::new(),
        }
    }
}

impl fmt::Display for OrderStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proposed => f.write_str("needed"),
            Self::Issued(van, bikes) if *bikes == BikeInterval::NONE => write!(f, "issued to {van}"),
            Self::Issued(van, bikes) => write!(f, "issued to {van}: {bikes} bikes"),
            Self::Accepted(van) => write!(f, "accepted by {van}"),
            Self::UnderWay(van) => write!(f, "{van} is there"),
            Self::Cut(bikes) => write!(f, "cut to {bikes} bikes"),
            Self::Done(van) => write!(f, "done by {van}"),
            Self::Returned(van, why) => write!(f, "taken from {van}: {why}"),
            Self::Withdrawn(why) => write!(f, "withdrawn: {why}"),
        }
    }
}
