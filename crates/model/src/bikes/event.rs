//! What has happened in a bikes region, each with lasting names: applied, written down and published alike.

use super::battery::{BatteryLoad, BatteryReport, BatterySwap};
use super::bike_interval::BikeInterval;
use super::command::StationReport;
use super::crew::{CrewReport, Found};
use super::id::{StationId, VanId, WorkOrderId};
use super::issue::IssueDecision;
use super::site::StationSpec;
use super::van::{VanSpec, VanTrigger};
use super::work_order::{NewWorkOrder, ReturnReason, WithdrawReason};
use crate::Instant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A fact of a bikes region. A variant's place in this list is on disk: new ones follow at its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A station is known, or is another than before.
    StationPut(Arc<StationSpec>),
    /// A station is known no longer.
    StationRemoved(StationId),
    /// An operator has closed it.
    StationClosed(StationId),
    /// The feed's word counts again.
    StationOpened(StationId),
    /// What stands at stations was read.
    StockRead(Arc<Vec<StationReport>>),
    /// A van is known, or is another than before.
    VanPut(Arc<VanSpec>),
    /// A van is known no longer.
    VanRemoved(VanId),
    /// So many bikes are aboard, whatever was thought.
    VanCounted {
        /// Which van.
        van: VanId,
        /// How many.
        aboard: u32,
    },
    /// A van has gone one step of its lifecycle.
    VanChanged {
        /// Which van.
        van: VanId,
        /// The step.
        trigger: VanTrigger,
    },
    /// A crew's word was taken: what follows from it follows.
    WordTaken(Arc<CrewReport>),
    /// A crew was at a station, whatever came of its order: bikes went into the van or out of it.
    StopMade(Arc<StopMade>),
    /// Something is needed.
    OrderProposed(Arc<NewWorkOrder>),
    /// A van gets an order, behind those that it has.
    OrderIssued {
        /// Which order.
        order: WorkOrderId,
        /// Which van.
        van: VanId,
        /// With how many bikes.
        bikes: BikeInterval,
        /// Why this van.
        decision: Arc<IssueDecision>,
    },
    /// The crew goes there.
    OrderAccepted {
        /// Which order.
        order: WorkOrderId,
        /// Whose crew.
        van: VanId,
    },
    /// The crew is there.
    OrderUnderWay {
        /// Which order.
        order: WorkOrderId,
        /// Whose crew.
        van: VanId,
    },
    /// An order takes another number of bikes than its crew was told.
    OrderCut {
        /// Which order.
        order: WorkOrderId,
        /// Who has it; `None`: no van.
        van: Option<VanId>,
        /// How many.
        bikes: BikeInterval,
    },
    /// An order is done, by this van.
    OrderDone {
        /// Which order.
        order: WorkOrderId,
        /// Which van.
        van: VanId,
    },
    /// A van has an order no longer that is still needed.
    OrderReturned {
        /// Which order.
        order: WorkOrderId,
        /// Whose it was.
        van: VanId,
        /// Why.
        why: ReturnReason,
    },
    /// An order is needed no longer.
    OrderWithdrawn {
        /// Which order.
        order: WorkOrderId,
        /// Who had it; `None`: no van.
        van: Option<VanId>,
        /// Why.
        why: WithdrawReason,
    },
    /// A crew has looked why a station gives no bikes, whatever came of its order.
    StationInspected(Arc<Inspection>),
    /// How many batteries are low at stations was read.
    BatteriesRead(Arc<Vec<BatteryReport>>),
    /// A crew has changed batteries at a station, whatever came of its order.
    BatteriesChanged(Arc<BatterySwap>),
    /// A van carries so many charged batteries at most, and has so many aboard.
    VanBatteries {
        /// Which van.
        van: VanId,
        /// How many.
        load: BatteryLoad,
    },
}

/// What a crew found at a station that gave no bikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// Which van.
    pub van: VanId,
    /// Where.
    pub station: StationId,
    /// Under which order.
    pub order: WorkOrderId,
    /// What it found.
    pub found: Found,
    /// When.
    pub done_at: Instant,
}

/// What a crew did at a station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopMade {
    /// Which van.
    pub van: VanId,
    /// Where.
    pub station: StationId,
    /// Under which order.
    pub order: WorkOrderId,
    /// Bikes that came into the van.
    pub loaded: u32,
    /// Bikes that left it.
    pub unloaded: u32,
    /// Docks that were broken when it left; `None`: nobody looked.
    pub docks_broken: Option<u32>,
    /// When.
    pub done_at: Instant,
}

impl Event {
    /// The work order that it is about, if it is about one.
    pub fn order(&self) -> Option<&WorkOrderId> {
        match self {
            Self::OrderProposed(new) => Some(&new.id),
            Self::OrderIssued { order, .. }
            | Self::OrderAccepted { order, .. }
            | Self::OrderUnderWay { order, .. }
            | Self::OrderCut { order, .. }
            | Self::OrderDone { order, .. }
            | Self::OrderReturned { order, .. }
            | Self::OrderWithdrawn { order, .. } => Some(order),
            Self::StopMade(made) => Some(&made.order),
            Self::StationInspected(inspection) => Some(&inspection.order),
            Self::BatteriesChanged(swap) => Some(&swap.order),
            Self::WordTaken(report) => report.order(),
            Self::StationPut(_)
            | Self::StationRemoved(_)
            | Self::StationClosed(_)
            | Self::StationOpened(_)
            | Self::StockRead(_)
            | Self::VanPut(_)
            | Self::VanRemoved(_)
            | Self::VanCounted { .. }
            | Self::VanChanged { .. }
            | Self::BatteriesRead(_)
            | Self::VanBatteries { .. } => None,
        }
    }

    /// The van that it is about, if it says one.
    pub fn van(&self) -> Option<&VanId> {
        match self {
            Self::VanPut(spec) => Some(&spec.id),
            Self::VanRemoved(van)
            | Self::VanCounted { van, .. }
            | Self::VanChanged { van, .. }
            | Self::VanBatteries { van, .. }
            | Self::OrderIssued { van, .. }
            | Self::OrderAccepted { van, .. }
            | Self::OrderUnderWay { van, .. }
            | Self::OrderDone { van, .. }
            | Self::OrderReturned { van, .. } => Some(van),
            Self::OrderCut { van, .. } | Self::OrderWithdrawn { van, .. } => van.as_ref(),
            Self::StopMade(made) => Some(&made.van),
            Self::StationInspected(inspection) => Some(&inspection.van),
            Self::BatteriesChanged(swap) => Some(&swap.van),
            Self::WordTaken(report) => Some(&report.van),
            Self::StationPut(_)
            | Self::StationRemoved(_)
            | Self::StationClosed(_)
            | Self::StationOpened(_)
            | Self::StockRead(_)
            | Self::BatteriesRead(_)
            | Self::OrderProposed(_) => None,
        }
    }
}
