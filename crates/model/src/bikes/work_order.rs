//! Work orders: what a crew is to do at one station, with how many bikes, and where the order stands. Its lifecycle is one exhaustive
//! match, walked pair by pair below.

use super::bike_interval::BikeInterval;
use super::id::{StationId, VanId, WorkOrderId};
use crate::{Instant, Millis};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a crew is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Load bikes.
    Collect,
    /// Unload bikes.
    Deliver,
    /// Look why a station gives no bikes.
    Inspect,
    /// Change batteries.
    SwapBattery,
    /// Mend docks.
    Repair,
}

impl Task {
    /// Whether an order for it says how many bikes.
    pub fn counts_bikes(self) -> bool {
        self.moves_bikes() || self == Self::SwapBattery
    }
    /// Whether bikes get into the van or out of it.
    pub fn moves_bikes(self) -> bool {
        matches!(self, Self::Collect | Self::Deliver)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Collect => "collect",
            Self::Deliver => "deliver",
            Self::Inspect => "inspect",
            Self::SwapBattery => "swap batteries",
            Self::Repair => "repair",
        })
    }
}

/// Where a work order stands.
///
/// ```text
///                +---------- Return (declined, no answer, van out) ------+
///                v                                                       |
///   Proposed --Issue--> Issued --Accept--> Accepted --Arrive--> UnderWay-+
///       |                 | \                 |                    ^  |
///       |                 |  +---------Arrive-|--------------------+  |
///       +-----------------+-------------------+-----------------------+--Finish--> Done
///       +-----------------+-------------------+-----------------------+--Withdraw--> Withdrawn
/// ```
/// A crew's word may come late, so that an order that was taken back from it is done after all: hence `Finish` from everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderPhase {
    /// It is needed, and no van has it.
    #[default]
    Proposed,
    /// A van has it, and its crew has said nothing yet.
    Issued,
    /// The crew goes there.
    Accepted,
    /// The crew is there.
    UnderWay,
    /// It is done.
    Done,
    /// Nobody needs it any more.
    Withdrawn,
}

/// What can happen to a work order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderTrigger {
    /// A van gets it.
    Issue,
    /// Its crew takes it.
    Accept,
    /// Its crew is there.
    Arrive,
    /// It is done.
    Finish,
    /// Its van has it no longer.
    Return,
    /// It is needed no longer.
    Withdraw,
}

impl OrderPhase {
    /// All phases.
    pub const ALL: [Self; 6] =
        [Self::Proposed, Self::Issued, Self::Accepted, Self::UnderWay, Self::Done, Self::Withdrawn];

    /// The phase after `trigger`, or `None` if that cannot happen here.
    pub fn after(self, trigger: OrderTrigger) -> Option<Self> {
        use OrderTrigger as T;
        match (self, trigger) {
            (Self::Proposed, T::Issue) => Some(Self::Issued),
            (Self::Issued, T::Accept) => Some(Self::Accepted),
            (Self::Issued | Self::Accepted, T::Arrive) => Some(Self::UnderWay),
            (Self::Issued | Self::Accepted | Self::UnderWay, T::Return) => Some(Self::Proposed),
            (Self::Proposed | Self::Issued | Self::Accepted | Self::UnderWay, T::Finish) => Some(Self::Done),
            (Self::Proposed | Self::Issued | Self::Accepted | Self::UnderWay, T::Withdraw) => {
                Some(Self::Withdrawn)
            }
            (Self::Proposed, T::Accept | T::Arrive | T::Return)
            | (Self::Issued, T::Issue)
            | (Self::Accepted, T::Issue | T::Accept)
            | (Self::UnderWay, T::Issue | T::Accept | T::Arrive)
            | (
                Self::Done | Self::Withdrawn,
                T::Issue | T::Accept | T::Arrive | T::Finish | T::Return | T::Withdraw,
            ) => None,
        }
    }

    /// Whether nothing happens to it any more.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Withdrawn)
    }

    /// Whether a van has it.
    pub fn is_out(self) -> bool {
        matches!(self, Self::Issued | Self::Accepted | Self::UnderWay)
    }
}

impl OrderTrigger {
    /// All triggers.
    pub const ALL: [Self; 6] =
        [Self::Issue, Self::Accept, Self::Arrive, Self::Finish, Self::Return, Self::Withdraw];
}

impl fmt::Display for OrderPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proposed => "proposed",
            Self::Issued => "issued",
            Self::Accepted => "accepted",
            Self::UnderWay => "under way",
            Self::Done => "done",
            Self::Withdrawn => "withdrawn",
        })
    }
}

/// Why a work order is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderCause {
    /// The station has fewer bikes than it should have at least.
    TooFew {
        /// How many stand there.
        bikes: u32,
        /// How many should, at least.
        least: u32,
    },
    /// The station has no free dock.
    Full {
        /// How many stand there.
        bikes: u32,
    },
    /// Another order needs the bikes.
    Supply(WorkOrderId),
    /// A crew says that docks are broken.
    DocksBroken {
        /// How many.
        docks: u32,
    },
    /// Riders are expected whom another stock serves.
    Expected {
        /// How many stand there.
        bikes: u32,
        /// Rides that are saved at this station until the end of the horizon, in hundredths.
        saves_centi: u32,
    },
    /// It serves the van's other stops: bikes that do more good elsewhere, or room for such.
    Elsewhere {
        /// How many stand there.
        bikes: u32,
    },
    /// The station has bikes, and gave none where some were expected to go.
    NoRentals {
        /// How many stand there.
        bikes: u32,
        /// Since when it gave none.
        since: Instant,
        /// Rentals that were expected since, while it was believed to have bikes, in hundredths.
        expected_centi: u32,
        /// A station that is well is so quiet once in so many rentals.
        one_in: u64,
    },
    /// A crew says that bikes cannot be taken out.
    LockedIn {
        /// How many.
        bikes: u32,
    },
    /// Batteries are low.
    LowBatteries {
        /// Of so many bikes.
        low: u32,
        /// Of these so many that are counted as fit for hire and cannot be ridden.
        flat: u32,
    },
}

impl fmt::Display for OrderCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { bikes: 0, .. } => f.write_str("no bike stands there"),
            Self::TooFew { bikes, least } => write!(f, "{bikes} bikes stand there, and {least} should"),
            Self::Full { bikes } => write!(f, "no dock is free beside {bikes} bikes"),
            Self::Supply(order) => write!(f, "{order} needs the bikes"),
            Self::DocksBroken { docks } => write!(f, "{docks} docks are broken, says a crew"),
            Self::Expected { bikes, saves_centi } => {
                let (rides, hundredths) = (saves_centi / 100, saves_centi % 100);
                write!(f, "beside {bikes} bikes, it saves {rides}.{hundredths:02} rides of the hours to come")
            }
            Self::Elsewhere { bikes } => {
                write!(f, "beside {bikes} bikes, it lets the van do more good elsewhere")
            }
            Self::NoRentals { bikes, since, expected_centi, one_in } => {
                let (rides, hundredths) = (expected_centi / 100, expected_centi % 100);
                write!(
                    f,
                    "{bikes} bikes stand there and none went since {since}, where {rides}.{hundredths:02} rentals were expected: \
                     so quiet is a station that is well once in {one_in} rentals"
                )
            }
            Self::LockedIn { bikes } => write!(f, "{bikes} bikes cannot be taken out, says a crew"),
            Self::LowBatteries { low, flat: 0 } => write!(f, "{low} batteries are low"),
            Self::LowBatteries { low, flat } => {
                write!(f, "{low} batteries are low, {flat} of them too low to ride on")
            }
        }
    }
}

/// Why a van has an order no longer that is still needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    /// Its crew does not take it, for this reason.
    Declined(String),
    /// Its crew has said nothing for so long.
    NoAnswer(Millis),
    /// The van broke down.
    BrokenDown,
    /// Its shift is over.
    ShiftOver,
    /// It has no bikes left to deliver, no charged battery, or no room left for more.
    CannotAnyMore,
    /// Another crew, which had it before, has done it.
    DoneBy(VanId),
}

impl fmt::Display for ReturnReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declined(why) if why.is_empty() => f.write_str("declined"),
            Self::Declined(why) => write!(f, "declined: {why}"),
            Self::NoAnswer(after) => write!(f, "no answer for {} s", after.0 / 1_000),
            Self::BrokenDown => f.write_str("the van broke down"),
            Self::ShiftOver => f.write_str("the shift is over"),
            Self::CannotAnyMore => f.write_str("the van has no bikes left for it, or no room"),
            Self::DoneBy(van) => write!(f, "{van} has done it"),
        }
    }
}

/// Why an order is needed no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawReason {
    /// Riders brought bikes.
    FilledByRiders {
        /// How many stand there now.
        bikes: u32,
    },
    /// Riders took bikes.
    EmptiedByRiders {
        /// How many stand there now.
        bikes: u32,
    },
    /// A crew has done it under another order.
    DoneOtherwise,
    /// The station is closed to what it was for.
    StationClosed,
    /// The station is known no longer.
    StationRemoved,
    /// The order that needed the bikes needs them no longer.
    NotNeeded(WorkOrderId),
    /// There is nothing left to take, or no room left.
    NothingToDo,
    /// An operator says so, with these words.
    Operator(String),
    /// Nothing had asked for it, and it saves no rides any more.
    SavesNothing,
    /// The station gives no bikes: somebody looks first.
    GivesNone,
    /// A rider took a bike there.
    RentedAgain,
    /// No battery is low there any more.
    BatteriesFull,
}

impl fmt::Display for WithdrawReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FilledByRiders { bikes } => write!(f, "filled by riders: {bikes} bikes stand there"),
            Self::EmptiedByRiders { bikes } => write!(f, "emptied by riders: {bikes} bikes stand there"),
            Self::DoneOtherwise => f.write_str("done under another order"),
            Self::StationClosed => f.write_str("the station is closed"),
            Self::StationRemoved => f.write_str("the station is known no longer"),
            Self::NotNeeded(order) => write!(f, "{order} needs no bikes any more"),
            Self::NothingToDo => f.write_str("nothing is left to take there, or no room"),
            Self::GivesNone => f.write_str("the station gives no bikes: somebody looks first"),
            Self::RentedAgain => f.write_str("a rider took a bike there"),
            Self::BatteriesFull => f.write_str("no battery is low there any more"),
            Self::SavesNothing => f.write_str("it saves no rides any more"),
            Self::Operator(words) if words.is_empty() => f.write_str("an operator withdrew it"),
            Self::Operator(words) => write!(f, "an operator withdrew it: {words}"),
        }
    }
}

/// A work order as it is first needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWorkOrder {
    /// Its lasting name, which no other order ever has.
    pub id: WorkOrderId,
    /// What is to be done.
    pub task: Task,
    /// Where.
    pub station: StationId,
    /// With how many bikes.
    pub bikes: BikeInterval,
    /// Why.
    pub cause: OrderCause,
}

#[cfg(test)]
mod tests {
    use super::*;
    use OrderPhase as P;
    use OrderTrigger as T;

    #[test]
    fn every_pair_of_phase_and_trigger_is_as_it_is_drawn() {
        let drawn = [
            (P::Proposed, T::Issue, P::Issued),
            (P::Issued, T::Accept, P::Accepted),
            (P::Issued, T::Arrive, P::UnderWay),
            (P::Accepted, T::Arrive, P::UnderWay),
            (P::Issued, T::Return, P::Proposed),
            (P::Accepted, T::Return, P::Proposed),
            (P::UnderWay, T::Return, P::Proposed),
        ];
        let ends = [(T::Finish, P::Done), (T::Withdraw, P::Withdrawn)];
        for from in P::ALL {
            for trigger in T::ALL {
                let end = ends.iter().find(|(end, _)| *end == trigger && !from.has_ended());
                let step = drawn.iter().find(|(phase, by, _)| (*phase, *by) == (from, trigger));
                let expected = step.map(|(_, _, to)| *to).or(end.map(|(_, to)| *to));
                assert_eq!(from.after(trigger), expected, "{from:?} --{trigger:?}-->");
            }
        }
    }

    #[test]
    fn what_has_ended_stays_so_and_only_what_is_out_has_a_van() {
        for phase in P::ALL {
            assert_eq!(phase.has_ended(), T::ALL.iter().all(|trigger| phase.after(*trigger).is_none()));
            assert_eq!(phase.is_out(), phase.after(T::Return).is_some());
        }
    }
}
