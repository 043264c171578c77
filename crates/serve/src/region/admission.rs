//! What of a queue is kept for whom, and what the region keeps no more of, however well the world would allow it.
//!
//! ```text
//!   |--- anything ---|--- no reads ---|--- no new work ---|--- running trips only ---|
//!   0               1/2              3/4                15/16              queue_length
//! ```
//! So a flood of new orders turns away reads first and new orders next, and never a rider who is to be let out.

use crate::problem::Problem;
use paceline_api::Code;
use paceline_engine::World;
use paceline_model::limits::{CHARGERS_MAX, GEOFENCES_MAX, OPEN_ORDERS_MAX, VEHICLES_MAX};
use paceline_model::{Command, Refusal};
use std::time::Duration;

/// Longest that new work may have waited in the queue. Its caller has waited as long, and is better served by an answer: what is taken on
/// later than this is answered later still.
const WAITED_MAX: Duration = Duration::from_secs(1);

/// How much it matters that something gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matters {
    /// A ride under way: it goes on, whatever else waits.
    Trip,
    /// An order that was taken: it may be called off.
    Accepted,
    /// What nobody counts on yet.
    New,
    /// What only looks.
    Read,
}

impl Matters {
    pub(crate) fn of(command: &Command) -> Self {
        match command {
            Command::PlaceOrder(_)
            | Command::PutVehicle(..)
            | Command::PutCharger(_)
            | Command::PutGeofence(_) => Self::New,
            Command::CancelOrder(_) | Command::RetireVehicle(_) => Self::Accepted,
            Command::Accept(..)
            | Command::Decline(..)
            | Command::Arrived(..)
            | Command::PickedUp(..)
            | Command::DroppedOff(..)
            | Command::Fault(..)
            | Command::Recover(_)
            | Command::PlugIn(..)
            | Command::Unplug(..) => Self::Trip,
        }
    }

    /// How many places of a queue of this length stay free for what matters more.
    pub(crate) fn leaves_free(self, length: usize) -> usize {
        match self {
            Self::Trip => 0,
            Self::Accepted => length / 16,
            Self::New => length / 4,
            Self::Read => length / 2,
        }
    }
}

/// Why a command was not done.
#[derive(Debug)]
pub(crate) enum NotDone {
    /// The world does not allow it.
    Refused(Refusal),
    /// There are as many already as are kept.
    TooMany(&'static str, usize),
    /// It waited too long to be worth beginning.
    Waited,
}

impl From<NotDone> for Problem {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Refused(refusal) => refusal.into(),
            NotDone::TooMany(what, most) => {
                let detail = format!("There are {most} {what} already, as many as are kept.");
                Self::new(Code::E0306, detail).come_back()
            }
            NotDone::Waited => Self::busy("The region is behind; nothing of this request was applied."),
        }
    }
}

/// Whether a command is put to the world, after it has waited so long. Errors: why not.
pub(crate) fn admit(world: &World, command: &Command, waited: Duration) -> Result<(), NotDone> {
    let new = Matters::of(command) == Matters::New;
    if new && waited > WAITED_MAX {
        return Err(NotDone::Waited);
    }
    let (what, known, count, most) = match command {
        Command::PlaceOrder(_) => ("open orders", false, world.open_orders(), OPEN_ORDERS_MAX),
        Command::PutVehicle(spec, _) => {
            ("vehicles", world.vehicle(&spec.id).is_some(), world.vehicle_count(), VEHICLES_MAX)
        }
        Command::PutCharger(spec) => {
            ("charger sites", world.charger(&spec.id).is_some(), world.charger_count(), CHARGERS_MAX)
        }
        Command::PutGeofence(area) => {
            ("areas", world.geofence(area.id()).is_some(), world.geofences().len(), GEOFENCES_MAX)
        }
        _ => return Ok(()),
    };
    if known || count < most { Ok(()) } else { Err(NotDone::TooMany(what, most)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_more_has_places_that_what_matters_less_never_takes() {
        let free =
            [Matters::Trip, Matters::Accepted, Matters::New, Matters::Read].map(|of| of.leaves_free(4_096));
        assert_eq!(free, [0, 256, 1_024, 2_048]);
        assert_eq!(Matters::Read.leaves_free(1), 0, "the shortest queue is for everybody");
    }
}
