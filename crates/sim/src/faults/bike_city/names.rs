//! What things of a run are called.

use paceline_model::bikes::{StationId, WorkOrderId};

/// The order of that number, which may never have been.
pub(super) fn order_id(number: usize) -> WorkOrderId {
    WorkOrderId::new(&format!("wo-{number}")).expect("letters and digits")
}

pub(super) fn station_id(number: usize) -> StationId {
    StationId::new(&format!("s{number}")).expect("letters and digits")
}
