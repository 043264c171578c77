//! A vehicle's service state in the terms of the Mobility Data Specification 2.0, mode `passenger-services`.
//!
//! ```text
//!   removed --MaintenanceEnd, Recommissioned--> non_operational --ServiceStart--> available
//!   available --ReservationStart--> reserved --ReservationStop--> stopped --TripStart--> on_trip --TripStop--> stopped
//!   stopped --TripEnd--> available        reserved, stopped --*Cancellation--> available
//!   available --ServiceEnd--> non_operational --MaintenancePickUp, Decommissioned--> removed
//!   any --CommsLost--> non_contactable --CommsRestored(to)--> where it was     (leaving the area: elsewhere)
//! ```
//! Source: openmobilityfoundation/mobility-data-specification, `modes/passenger-services.md`, tags 2.0.0 and 2.0.2.
//! Every trip passes through `stopped`: there is no `reserved -> on_trip` and no `on_trip -> available`.

use serde::{Deserialize, Serialize};

/// Where a vehicle stands in the eyes of a city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Not in the public right of way.
    Removed,
    /// Can be dispatched.
    Available,
    /// Present but not for hire: charging, off shift, faulted.
    NonOperational,
    /// Promised to an order, on its way.
    Reserved,
    /// With riders.
    OnTrip,
    /// At a pick-up or drop-off, or held up with riders.
    Stopped,
    /// Silent for too long.
    NonContactable,
    /// Outside the area.
    Elsewhere,
}

/// What can happen to it. Where the standard names several targets for one event, the trigger carries the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceTrigger {
    /// Silent for too long.
    CommsLost,
    /// Heard again; it is in the given state.
    CommsRestored(Service),
    /// The driver gave the order back.
    DriverCancellation,
    /// The rider called off.
    PassengerCancellation,
    /// The operator, or this engine, took the order back.
    ProviderCancellation,
    /// Being looked after on the spot.
    Maintenance,
    /// Taken away to be looked after.
    MaintenancePickUp,
    /// Looked after.
    MaintenanceEnd,
    /// It has got an order.
    ReservationStart,
    /// It has reached the pick-up.
    ReservationStop,
    /// It goes for hire.
    ServiceStart,
    /// It stops being for hire.
    ServiceEnd,
    /// The riders are in.
    TripStart,
    /// It halts with riders.
    TripStop,
    /// It drives on.
    TripResume,
    /// The riders are out.
    TripEnd,
    /// It comes back into the area in the given state.
    TripEnterJurisdiction(Service),
    /// It leaves the area.
    TripLeaveJurisdiction,
    /// Taken out of the fleet.
    Decommissioned,
    /// Put back into it.
    Recommissioned,
}

impl Service {
    /// All states, for tests and listings.
    pub const ALL: [Self; 8] = [
        Self::Removed,
        Self::Available,
        Self::NonOperational,
        Self::Reserved,
        Self::OnTrip,
        Self::Stopped,
        Self::NonContactable,
        Self::Elsewhere,
    ];

    /// The state after `trigger`, or `None` if the standard has no such transition.
    pub fn after(self, trigger: ServiceTrigger) -> Option<Self> {
        match self {
            Self::Available => after_available(trigger),
            Self::Reserved => after_reserved(trigger),
            Self::Stopped => after_stopped(trigger),
            Self::OnTrip => after_on_trip(trigger),
            Self::NonOperational => after_non_operational(trigger),
            Self::Removed => after_removed(trigger),
            Self::Elsewhere => after_elsewhere(trigger),
            Self::NonContactable => match trigger {
                ServiceTrigger::CommsRestored(Self::NonContactable) => None,
                ServiceTrigger::CommsRestored(to) => Some(to),
                _ => None,
            },
        }
    }
}

use ServiceTrigger as T;

fn after_available(trigger: T) -> Option<Service> {
    match trigger {
        T::ReservationStart => Some(Service::Reserved),
        T::ServiceEnd => Some(Service::NonOperational),
        T::TripLeaveJurisdiction => Some(Service::Elsewhere),
        T::CommsLost => Some(Service::NonContactable),
        _ => None,
    }
}

fn after_reserved(trigger: T) -> Option<Service> {
    match trigger {
        T::ReservationStop => Some(Service::Stopped),
        T::DriverCancellation | T::PassengerCancellation | T::ProviderCancellation => {
            Some(Service::Available)
        }
        T::TripLeaveJurisdiction => Some(Service::Elsewhere),
        T::CommsLost => Some(Service::NonContactable),
        _ => None,
    }
}

fn after_stopped(trigger: T) -> Option<Service> {
    match trigger {
        T::TripStart | T::TripResume => Some(Service::OnTrip),
        T::TripEnd | T::DriverCancellation | T::PassengerCancellation | T::ProviderCancellation => {
            Some(Service::Available)
        }
        T::CommsLost => Some(Service::NonContactable),
        _ => None,
    }
}

fn after_on_trip(trigger: T) -> Option<Service> {
    match trigger {
        T::TripStop => Some(Service::Stopped),
        T::TripLeaveJurisdiction => Some(Service::Elsewhere),
        T::CommsLost => Some(Service::NonContactable),
        _ => None,
    }
}

fn after_non_operational(trigger: T) -> Option<Service> {
    match trigger {
        T::ServiceStart => Some(Service::Available),
        T::Maintenance | T::MaintenanceEnd => Some(Service::NonOperational),
        T::MaintenancePickUp | T::Decommissioned => Some(Service::Removed),
        T::TripLeaveJurisdiction => Some(Service::Elsewhere),
        T::CommsLost => Some(Service::NonContactable),
        _ => None,
    }
}

fn after_removed(trigger: T) -> Option<Service> {
    match trigger {
        T::MaintenanceEnd | T::Recommissioned => Some(Service::NonOperational),
        T::CommsLost => Some(Service::NonContactable),
        _ => None,
    }
}

fn after_elsewhere(trigger: T) -> Option<Service> {
    use Service as S;
    match trigger {
        T::TripEnterJurisdiction(to @ (S::Available | S::NonOperational | S::OnTrip | S::Reserved)) => {
            Some(to)
        }
        T::CommsLost => Some(S::NonContactable),
        _ => None,
    }
}
