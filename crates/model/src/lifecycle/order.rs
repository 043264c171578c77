//! An order's way from wish to outcome.
//!
//! ```text
//!   Open --Offer--> Offered --Accept--> Assigned --Arrive--> Arrived --PickUp--> Aboard --DropOff--> Served
//!    ^ \--Assign-------------------------^  |                  |                   |
//!    |                 |                    |                  |                   |
//!    +------ Fail -----+------- Fail -------+------- Fail -----+------- Fail ------+   (back in the queue, dearer)
//!   Open, Offered, Assigned, Arrived --Cancel--> Cancelled        Open, Offered --Expire--> TimedOut
//!   Assigned --Move--> Assigned   (to another vehicle, by a plan that keeps the promise)
//! ```
//! `Served`, `TimedOut` and `Cancelled` are final: exactly one of them is an order's outcome.

use serde::{Deserialize, Serialize};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderPhase {
    /// In the queue: no vehicle has it.
    Open,
    /// A driver has been asked.
    Offered,
    /// A vehicle is on its way.
    Assigned,
    /// The vehicle waits at the pick-up.
    Arrived,
    /// The riders are in the vehicle.
    Aboard,
    /// Final: the riders are where they wanted to be.
    Served,
    /// Final: the deadline passed first.
    TimedOut,
    /// Final: called off.
    Cancelled,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderTrigger {
    /// A plan asks a driver.
    Offer,
    /// A plan gives it to a vehicle that need not be asked.
    Assign,
    /// The driver says yes.
    Accept,
    /// The vehicle reaches the pick-up.
    Arrive,
    /// The riders get in.
    PickUp,
    /// The riders get out where they wanted.
    DropOff,
    /// The vehicle declined, did not answer, broke down or vanished.
    Fail,
    /// Rider or operator calls it off.
    Cancel,
    /// Its latest pick-up passed.
    Expire,
    /// A plan gives it to another vehicle before the first has reached it.
    Move,
}

impl OrderPhase {
    /// All phases, for tests and listings.
    pub const ALL: [Self; 8] = [
        Self::Open,
        Self::Offered,
        Self::Assigned,
        Self::Arrived,
        Self::Aboard,
        Self::Served,
        Self::TimedOut,
        Self::Cancelled,
    ];

    /// Whether this is an outcome, after which nothing happens any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Served | Self::TimedOut | Self::Cancelled)
    }

    /// The phase after `trigger`, or `None` if that cannot happen here.
    pub fn after(self, trigger: OrderTrigger) -> Option<Self> {
        use OrderTrigger as T;
        match (self, trigger) {
            (Self::Open, T::Offer) => Some(Self::Offered),
            (Self::Open, T::Assign) | (Self::Offered, T::Accept) => Some(Self::Assigned),
            (Self::Assigned, T::Move) => Some(Self::Assigned),
            (Self::Assigned, T::Arrive) => Some(Self::Arrived),
            (Self::Arrived, T::PickUp) => Some(Self::Aboard),
            (Self::Aboard, T::DropOff) => Some(Self::Served),
            (Self::Offered | Self::Assigned | Self::Arrived | Self::Aboard, T::Fail) => Some(Self::Open),
            (Self::Open | Self::Offered | Self::Assigned | Self::Arrived, T::Cancel) => Some(Self::Cancelled),
            (Self::Open | Self::Offered, T::Expire) => Some(Self::TimedOut),
            (Self::Open, T::Accept | T::Arrive | T::PickUp | T::DropOff | T::Fail | T::Move)
            | (Self::Offered, T::Offer | T::Assign | T::Arrive | T::PickUp | T::DropOff | T::Move)
            | (Self::Assigned, T::Offer | T::Assign | T::Accept | T::PickUp | T::DropOff | T::Expire)
            | (
                Self::Arrived,
                T::Offer | T::Assign | T::Accept | T::Arrive | T::DropOff | T::Expire | T::Move,
            )
            | (
                Self::Aboard,
                T::Offer | T::Assign | T::Accept | T::Arrive | T::PickUp | T::Cancel | T::Expire | T::Move,
            )
            | (Self::Served | Self::TimedOut | Self::Cancelled, _) => None,
        }
    }
}

impl OrderTrigger {
    /// All triggers, for tests and listings.
    pub const ALL: [Self; 10] = [
        Self::Offer,
        Self::Assign,
        Self::Accept,
        Self::Arrive,
        Self::PickUp,
        Self::DropOff,
        Self::Fail,
        Self::Cancel,
        Self::Expire,
        Self::Move,
    ];
}
