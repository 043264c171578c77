//! Why a van gets a work order, and why others do not.

use super::id::VanId;
use crate::Millis;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a van does not get an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VanRule {
    /// It broke down.
    BrokenDown,
    /// Its shift is over, or is before it could be done.
    ShiftOver,
    /// Its crew declined it, or did not answer, a short while ago.
    Declined,
    /// It has as many orders before it as a crew is told.
    Busy,
    /// It has no bikes, and no station has any to spare that it could take.
    NoBikes,
    /// It has no room for more bikes.
    NoRoom,
    /// Its crew mends nothing.
    CannotRepair,
    /// It does more good elsewhere.
    Elsewhere,
    /// It has no charged batteries.
    NoBatteries,
}

impl VanRule {
    /// All of them, in the order of a plan's numbers.
    pub const ALL: [Self; 9] = [
        Self::BrokenDown,
        Self::ShiftOver,
        Self::Declined,
        Self::Busy,
        Self::NoBikes,
        Self::NoRoom,
        Self::CannotRepair,
        Self::Elsewhere,
        Self::NoBatteries,
    ];
}

impl fmt::Display for VanRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BrokenDown => "broke down",
            Self::ShiftOver => "has no time left before its shift ends",
            Self::Declined => "declined it or did not answer a short while ago",
            Self::Busy => "has as many orders before it as a crew is told",
            Self::NoBikes => "has no bikes, and no station near has any to spare",
            Self::NoRoom => "has no room",
            Self::CannotRepair => "mends nothing",
            Self::Elsewhere => "does more good elsewhere",
            Self::NoBatteries => "has no charged batteries left",
        })
    }
}

/// Why a van got an order, as it was when that was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueDecision {
    /// Vans that were looked at.
    pub considered: u32,
    /// How long it takes to be there after what it has before it, as it was reckoned.
    pub arrives_in: Millis,
    /// Bikes aboard at that time.
    pub aboard: u32,
    /// The next best van, and how long it would have taken.
    pub next_best: Option<(VanId, Millis)>,
    /// Other vans by why they did not get it.
    pub excluded: Vec<(VanRule, u32)>,
}
