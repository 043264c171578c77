//! What can happen in a city, each at a time of its own.

use paceline_model::VehicleIdx;

/// An appointment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wake {
    /// The next trip of the day is due.
    Trip,
    /// A rider's patience ends, by the trip's number.
    Cancel(u32),
    /// A vehicle reaches the next thing to do, if its epoch still holds.
    Next { agent: VehicleIdx, epoch: u32 },
    /// A vehicle says where it is, if its epoch still holds.
    Report { agent: VehicleIdx, epoch: u32 },
    /// A vehicle breaks down.
    Fault(VehicleIdx),
    /// A vehicle's shift begins, by its number among those that come later.
    Begin(usize),
    /// A vehicle's shift is over.
    End(VehicleIdx),
    /// A vehicle is repaired.
    Repaired(VehicleIdx),
}
