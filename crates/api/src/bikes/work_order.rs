//! Work orders.

use crate::mirror::mirror;
use crate::schema;
use paceline_model::Instant;
use paceline_model::bikes as model;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

mirror! {
    /// What a crew is to do.
    Task beside paceline_model::bikes::Task {
        /// Load bikes.
        Collect,
        /// Unload bikes.
        Deliver,
        /// Look why a station gives no bikes.
        Inspect,
        /// Change batteries.
        SwapBattery,
        /// Mend docks.
        Repair,
    }
}

mirror! {
    /// Where a work order stands.
    WorkOrderPhase beside paceline_model::bikes::OrderPhase {
        /// It is needed, and no van has it.
        Proposed,
        /// A van has it, and its crew has said nothing yet.
        Issued,
        /// The crew goes there.
        Accepted,
        /// The crew is there.
        UnderWay,
        /// It is done.
        Done,
        /// Nobody needs it any more.
        Withdrawn,
    }
}

/// So many bikes at least and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BikeInterval {
    /// With fewer the visit is not worth much.
    pub least: u32,
    /// More does harm.
    pub most: u32,
}

impl fmt::Display for BikeInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.least == self.most {
            true => write!(f, "{}", self.most),
            false => write!(f, "{} to {}", self.least, self.most),
        }
    }
}

impl From<model::BikeInterval> for BikeInterval {
    fn from(model::BikeInterval { least, most }: model::BikeInterval) -> Self {
        Self { least, most }
    }
}

/// What became of a work order, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkOrderStep {
    /// When.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
    /// What, in words.
    pub what: String,
}

/// A work order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkOrderView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// What is to be done.
    pub task: Task,
    /// Where.
    #[schema(value_type = schema::Id)]
    pub station: String,
    /// With how many bikes.
    pub bikes: BikeInterval,
    /// Where it stands.
    pub phase: WorkOrderPhase,
    /// Who has it; null: no van.
    pub van: Option<String>,
    /// Why it is there, in words.
    pub cause: String,
    /// The order that needs its bikes, if it is only there for that.
    pub supplies: Option<String>,
    /// When it was first needed.
    #[schema(value_type = schema::Time)]
    pub since: Instant,
    /// What became of it, oldest first.
    pub steps: Vec<WorkOrderStep>,
}

/// Why somebody withdraws an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWithdrawal {
    /// In words, at most 256 characters: the crew reads them.
    #[serde(default)]
    pub reason: String,
}
