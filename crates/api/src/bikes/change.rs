//! The streamed change of a bikes region.

use super::crew::{CrewWord, Found};
use super::station::NewStation;
use super::van::{NewVan, VanBatteries};
use super::work_order::{BikeInterval, Task};
use crate::mirror::mirror;
use crate::schema;
use paceline_model::Instant;
use paceline_model::bikes as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A durable change of a bikes region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BikesChange {
    /// The world after it: dense, from 1; whoever has seen n asks for what follows n.
    pub version: u64,
    /// When it happened.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
    /// What happened: an object with one field, whose name is the kind.
    pub event: BikesEvent,
}

mirror! {
    /// A step in the life of a van.
    StepOfVan beside paceline_model::bikes::VanTrigger {
        /// It does not go on.
        BreakDown,
        /// It does again.
        Recover,
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BikesEvent {
    /// A station is known, or is another than before.
    StationPut {
        /// Its name.
        station: String,
        /// What it is.
        spec: NewStation,
    },
    /// A station is known no longer.
    StationRemoved {
        /// Its name.
        station: String,
    },
    /// An operator has closed it.
    StationClosed {
        /// Its name.
        station: String,
    },
    /// Its feed's word counts again.
    StationOpened {
        /// Its name.
        station: String,
    },
    /// What stands at stations was read.
    StockRead {
        /// Which stations.
        stations: Vec<String>,
    },
    /// A van is known, or is another than before.
    VanPut {
        /// Its name.
        van: String,
        /// What it is.
        spec: NewVan,
    },
    /// A van is known no longer.
    VanRemoved {
        /// Its name.
        van: String,
    },
    /// So many bikes are aboard, whatever was thought.
    VanCounted {
        /// Its name.
        van: String,
        /// How many.
        aboard: u32,
    },
    /// A van goes on no longer, or again.
    VanChanged {
        /// Its name.
        van: String,
        /// The step.
        step: StepOfVan,
    },
    /// A crew's word was taken.
    CrewReported {
        /// Whose.
        van: String,
        /// Its name.
        report: String,
        /// When it was so.
        #[schema(value_type = schema::Time)]
        done_at: Instant,
        /// What was said.
        word: CrewWord,
    },
    /// A crew was at a station: bikes went into the van or out of it.
    StopMade {
        /// Which van.
        van: String,
        /// Where.
        station: String,
        /// Under which work order.
        work_order: String,
        /// Bikes that came into the van.
        loaded: u32,
        /// Bikes that left it.
        unloaded: u32,
        /// Docks that were broken when it left; null: nobody looked.
        docks_broken: Option<u32>,
    },
    /// A crew has looked why a station gives no bikes.
    StationInspected {
        /// Which van.
        van: String,
        /// Where.
        station: String,
        /// Under which work order.
        work_order: String,
        /// What it found.
        found: Found,
    },
    /// How many batteries are low at stations was read.
    BatteriesRead {
        /// Which stations.
        stations: Vec<String>,
    },
    /// A crew has changed batteries.
    BatteriesChanged {
        /// Which van.
        van: String,
        /// Where.
        station: String,
        /// Under which work order.
        work_order: String,
        /// Of so many bikes.
        bikes: u32,
    },
    /// A van carries so many charged batteries.
    VanBatteries {
        /// Its name.
        van: String,
        /// How many.
        batteries: VanBatteries,
    },
    /// Something is needed.
    WorkOrderProposed {
        /// Its name.
        work_order: String,
        /// What is to be done.
        task: Task,
        /// Where.
        station: String,
        /// With how many bikes.
        bikes: BikeInterval,
        /// Why, in words.
        why: String,
    },
    /// A van gets an order, behind those that it has.
    WorkOrderIssued {
        /// Its name.
        work_order: String,
        /// Which van.
        van: String,
        /// With how many bikes.
        bikes: BikeInterval,
    },
    /// The crew goes there.
    WorkOrderAccepted {
        /// Its name.
        work_order: String,
        /// Whose crew.
        van: String,
    },
    /// The crew is there.
    WorkOrderUnderWay {
        /// Its name.
        work_order: String,
        /// Whose crew.
        van: String,
    },
    /// An order takes another number of bikes.
    WorkOrderCut {
        /// Its name.
        work_order: String,
        /// Who has it; null: no van.
        van: Option<String>,
        /// With how many bikes.
        bikes: BikeInterval,
    },
    /// An order is done.
    WorkOrderDone {
        /// Its name.
        work_order: String,
        /// By whom.
        van: String,
    },
    /// A van has an order no longer that is still needed.
    WorkOrderReturned {
        /// Its name.
        work_order: String,
        /// Whose it was.
        van: String,
        /// Why, in words.
        why: String,
    },
    /// An order is needed no longer.
    WorkOrderWithdrawn {
        /// Its name.
        work_order: String,
        /// Who had it; null: no van.
        van: Option<String>,
        /// Why, in words.
        why: String,
    },
    /// A command was answered under its key.
    Remembered {
        /// The key.
        key: String,
    },
}

impl From<&model::Event> for BikesEvent {
    fn from(of: &model::Event) -> Self {
        use model::Event as E;
        match of {
            E::StationPut(spec) => Self::StationPut { station: spec.id.to_string(), spec: (&**spec).into() },
            E::StationRemoved(station) => Self::StationRemoved { station: station.to_string() },
            E::StationClosed(station) => Self::StationClosed { station: station.to_string() },
            E::StationOpened(station) => Self::StationOpened { station: station.to_string() },
            E::StockRead(reports) => {
                let stations = reports.iter().map(|report| report.station.to_string()).collect();
                Self::StockRead { stations }
            }
            E::VanPut(spec) => Self::VanPut { van: spec.id.to_string(), spec: NewVan::of(spec) },
            E::VanRemoved(van) => Self::VanRemoved { van: van.to_string() },
            E::VanCounted { van, aboard } => Self::VanCounted { van: van.to_string(), aboard: *aboard },
            E::VanChanged { van, trigger } => {
                Self::VanChanged { van: van.to_string(), step: (*trigger).into() }
            }
            E::WordTaken(report) => Self::CrewReported {
                van: report.van.to_string(),
                report: report.id.to_string(),
                done_at: report.done_at,
                word: (&report.word).into(),
            },
            E::StopMade(made) => stop(made),
            E::StationInspected(inspection) => Self::StationInspected {
                van: inspection.van.to_string(),
                station: inspection.station.to_string(),
                work_order: inspection.order.to_string(),
                found: inspection.found.into(),
            },
            E::BatteriesRead(_) | E::BatteriesChanged(_) | E::VanBatteries { .. } => of_batteries(of),
            E::OrderProposed(_)
            | E::OrderIssued { .. }
            | E::OrderAccepted { .. }
            | E::OrderUnderWay { .. }
            | E::OrderCut { .. }
            | E::OrderDone { .. }
            | E::OrderReturned { .. }
            | E::OrderWithdrawn { .. } => of_order(of),
        }
    }
}

/// The events of batteries; none of the others comes here.
fn of_batteries(of: &model::Event) -> BikesEvent {
    use BikesEvent as Told;
    match of {
        model::Event::BatteriesChanged(swap) => Told::BatteriesChanged {
            van: swap.van.to_string(),
            station: swap.station.to_string(),
            work_order: swap.order.to_string(),
            bikes: swap.bikes,
        },
        model::Event::VanBatteries { van, load } => {
            Told::VanBatteries { van: van.to_string(), batteries: (*load).into() }
        }
        model::Event::BatteriesRead(reports) => Told::BatteriesRead {
            stations: reports.iter().map(|report| report.station.to_string()).collect(),
        },
        _ => Told::BatteriesRead { stations: Vec::new() },
    }
}

fn stop(made: &model::StopMade) -> BikesEvent {
    BikesEvent::StopMade {
        van: made.van.to_string(),
        station: made.station.to_string(),
        work_order: made.order.to_string(),
        loaded: made.loaded,
        unloaded: made.unloaded,
        docks_broken: made.docks_broken,
    }
}

/// The events of a work order; none of the others comes here.
fn of_order(of: &model::Event) -> BikesEvent {
    use BikesEvent as Told;
    use model::Event as E;
    let work_order = of.order().map(ToString::to_string).unwrap_or_default();
    let van = of.van().map(ToString::to_string);
    let by = van.clone().unwrap_or_default();
    match of {
        E::OrderProposed(new) => Told::WorkOrderProposed {
            work_order,
            task: new.task.into(),
            station: new.station.to_string(),
            bikes: new.bikes.into(),
            why: new.cause.to_string(),
        },
        E::OrderIssued { bikes, .. } => Told::WorkOrderIssued { work_order, van: by, bikes: (*bikes).into() },
        E::OrderAccepted { .. } => Told::WorkOrderAccepted { work_order, van: by },
        E::OrderUnderWay { .. } => Told::WorkOrderUnderWay { work_order, van: by },
        E::OrderCut { bikes, .. } => Told::WorkOrderCut { work_order, van, bikes: (*bikes).into() },
        E::OrderReturned { why, .. } => Told::WorkOrderReturned { work_order, van: by, why: why.to_string() },
        E::OrderWithdrawn { why, .. } => Told::WorkOrderWithdrawn { work_order, van, why: why.to_string() },
        _ => Told::WorkOrderDone { work_order, van: by },
    }
}
