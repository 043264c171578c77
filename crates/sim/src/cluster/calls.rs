//! What clients, and regions, ask of regions, and what they are told.

use super::fleet::Told;
use paceline_model::{HandOver, Refusal, RegionId, VehicleId};
use std::sync::Arc;

/// What is asked of a region, by whichever door.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Which attempt of which client it is: answers to others are not for it.
    pub(super) attempt: u64,
    pub(super) region: RegionId,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// An order by its number, under a key of its own unless that is left out.
    Place { order: u64, keyed: bool },
    /// What a region's stream says after this position.
    Read { after: u64 },
    /// A vehicle joins.
    Join(VehicleId),
    /// A vehicle says where it is, or does the next thing that it has to do.
    Drive(VehicleId),
    /// A vehicle is to go to another region.
    Give(VehicleId, RegionId),
    /// A vehicle has left that region for this one.
    Take(RegionId, Arc<HandOver>),
}

/// What is answered.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// What was asked is durable, at this version.
    Receipt(u64),
    /// What the stream says.
    Changes(Vec<Told>),
    /// The region has said no.
    Denied(Refusal),
    /// It was not done, and may be sent again.
    Refused,
    /// It may have been done.
    Unanswered,
}

impl Call {
    /// What a trace says of it; `None`: it comes too often.
    pub(super) fn line(&self) -> Option<String> {
        let region = &self.region;
        Some(match &self.what {
            What::Read { .. } | What::Drive(_) => return None,
            What::Place { order, keyed: true } => format!("order {order} for {region}"),
            What::Place { order, keyed: false } => format!("order {order} for {region} without its key"),
            What::Join(vehicle) => format!("{vehicle} that joins {region}"),
            What::Give(vehicle, to) => format!("{vehicle} that is to go from {region} to {to}"),
            What::Take(from, given) => {
                format!("{} of {from}, {} for {region},", given.number.0, given.vehicle.id)
            }
        })
    }
}
