//! Vans and their crews, and how a van stands.

use super::id::VanId;
use crate::duration::within as span_within;
use crate::limits::{Invalid, Rule, VAN_CAPACITY_MAX};
use crate::{Instant, Millis, Position};
use serde::{Deserialize, Serialize};

/// How long it takes to load or unload one bike, at least and at most: a hand on it, and a lift with a strap.
const HANDLING: (Millis, Millis) = (Millis::from_secs(1), Millis::from_secs(600));

/// A van on its shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VanSpec {
    /// Its lasting name.
    pub id: VanId,
    /// Bikes that it carries at most.
    pub capacity: u32,
    /// Where it begins, until it says where it is.
    pub position: Position,
    /// When its crew goes home; `None`: nobody says.
    pub shift_ends: Option<Instant>,
    /// What loading or unloading one bike takes.
    pub handling: Millis,
    /// Whether its crew mends docks and bikes.
    pub repairs: bool,
}

impl VanSpec {
    /// What handling a bike takes where nobody says: from crews' own logs it is between half a minute and a minute.
    pub const USUAL_HANDLING: Millis = Millis::from_secs(40);

    /// Errors: a van that carries nothing or more than any does; handling that takes no time or too long; no place.
    pub fn validate(self) -> Result<Self, Invalid> {
        if !(1..=VAN_CAPACITY_MAX).contains(&self.capacity) {
            let rule = Rule::Within { low: 1.0, high: f64::from(VAN_CAPACITY_MAX) };
            return Err(Invalid::new("capacity", self.capacity, rule));
        }
        span_within("handling_s", self.handling, HANDLING)?;
        if self.position == Position::NULL_ISLAND {
            let rule = Rule::Shape("must be a place: 0, 0 is what a receiver without a fix says".into());
            return Err(Invalid::new("position", self.position, rule));
        }
        Ok(self)
    }
}

/// How a van stands.
///
/// ```text
///   Working <--BreakDown / Recover--> BrokenDown
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VanState {
    /// It takes work orders, while its shift lasts.
    #[default]
    Working,
    /// It takes none. What is aboard is aboard: no supply anywhere, and not lost.
    BrokenDown,
}

/// What can happen to a van.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VanTrigger {
    /// It does not go on.
    BreakDown,
    /// It does again.
    Recover,
}

impl VanState {
    /// The state after `trigger`, or `None` if that cannot happen here.
    pub fn after(self, trigger: VanTrigger) -> Option<Self> {
        match (self, trigger) {
            (Self::Working, VanTrigger::BreakDown) => Some(Self::BrokenDown),
            (Self::BrokenDown, VanTrigger::Recover) => Some(Self::Working),
            (Self::Working, VanTrigger::Recover) | (Self::BrokenDown, VanTrigger::BreakDown) => None,
        }
    }
}
