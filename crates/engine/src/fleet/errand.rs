//! Why a vehicle drives: what tells one drive from the next for those who watch vehicles on the road.

use paceline_model::{Instant, Job, Vehicle};

/// One drive with a purpose, told from the same vehicle's others by when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Errand(Instant);

impl Errand {
    /// The errand that a vehicle is on; `None` if it stands, or drives about for itself.
    pub fn of(vehicle: &Vehicle) -> Option<Self> {
        let drives = match &vehicle.job {
            Job::ToPickup(_) | Job::Aboard(_) | Job::ToCharger(_) => true,
            Job::Sharing(route) => route.arrived() == 0,
            Job::Free | Job::Offered(_) | Job::AtPickup(_) | Job::AtCharger(_) | Job::Out => false,
        };
        drives.then_some(Self(vehicle.since))
    }
}
