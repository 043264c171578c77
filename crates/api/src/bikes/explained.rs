//! Why an order is with whom it is, and why a station has one or none.

use super::station::StationView;
use super::work_order::WorkOrderView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a work order stands as it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkOrderExplained {
    /// How it stands.
    pub work_order: WorkOrderView,
    /// When its van would be there, as it was reckoned when the van got it, in seconds from then.
    pub arrives_in_s: Option<u32>,
    /// The next best van.
    pub next_best: Option<String>,
    /// In words: why it is there, what became of it, why this van, why not another.
    pub words: String,
}

/// Why a station has work orders or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StationExplained {
    /// How it stands.
    pub station: StationView,
    /// In words: what is known and how old it is, what is wrong, what is done about it.
    pub words: String,
}
