//! One drive of a vehicle with one purpose: what separates its drives for those who watch it on the road.

use super::row::{Job, Vehicle};
use paceline_model::Instant;

/// A drive to a pick-up, a drop-off or a charger. Two legs of one vehicle differ in when they began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TripLeg(Instant);

impl TripLeg {
    /// The leg that a vehicle is on; `None` while it stands or is not driven for the fleet.
    pub fn of(vehicle: &Vehicle) -> Option<Self> {
        let drives = match &vehicle.job {
            Job::ToPickup(_) | Job::Aboard(_) | Job::ToCharger(_) => true,
            Job::Sharing(route) => route.arrived() == 0,
            Job::Free | Job::Offered(_) | Job::AtPickup(_) | Job::AtCharger(_) | Job::Out => false,
        };
        drives.then_some(Self(vehicle.since))
    }
}
