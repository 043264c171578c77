//! A vehicle that goes from one region to another, each of which has a journal of its own.

use crate::vehicle::{Reading, VehicleSpec};
use crate::{Instant, RegionId};
use serde::{Deserialize, Serialize};

/// Which hand-over of a region it is. It grows with each, from one journal of that region to the next as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HandOverNumber(pub u64);

/// A vehicle that has left its region, and of which the other has not said yet that it has it.
#[derive(Clone, Debug, PartialEq)]
pub struct HandOver {
    /// Which it is.
    pub number: HandOverNumber,
    /// What goes.
    pub vehicle: VehicleSpec,
    /// What was known of it when it left.
    pub reading: Reading,
    /// When it left.
    pub since: Instant,
    /// The region that is to have it.
    pub to: RegionId,
}
