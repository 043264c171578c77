//! What the driver is told.

use super::opened::Opened;
use crate::error::ServeError;
use paceline_cluster::{Input, StoreError};
use paceline_model::RegionId;

/// What comes back of what was asked for.
pub(super) enum Told {
    Input(Input),
    /// The table could not be asked.
    Unread(StoreError),
    /// A region was read from its journal, and runs.
    Recovered(RegionId, Result<Box<Opened>, ServeError>),
}
