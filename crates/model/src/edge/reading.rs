//! What a sensor says: known, or unknown with the reason and since when. What is not known is never 0, and never the last value for ever.

use crate::Instant;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A number as it came from a driver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawNumber(pub Option<f64>);

impl RawNumber {
    /// Reads what drivers write: a number, or `N/A`, `null` and nothing at all for none.
    pub fn parse(text: &str) -> Self {
        Self(text.trim().parse().ok().filter(|number: &f64| number.is_finite()))
    }
}

/// Why a reading is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disbelief {
    /// Nothing was said yet.
    NeverReported,
    /// The driver gave no number.
    Missing,
    /// Outside what can be: a full register, an error code, another unit.
    OutOfRange,
    /// 0 °C under load: there is no sensor.
    NoSensor,
    /// A part that says the same on every box of its kind.
    Placeholder,
    /// The same to the digit although the load has changed.
    Stuck,
    /// Too far from the reading before, and no second one near it.
    Jumped,
    /// There is no battery in the box.
    NoBattery,
    /// The driver did not answer at all.
    Unanswered,
}

impl fmt::Display for Disbelief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverReported => "nothing was reported yet",
            Self::Missing => "the driver gives no number",
            Self::OutOfRange => "outside what can be",
            Self::NoSensor => "0 under load: no sensor",
            Self::Placeholder => "a constant of this part",
            Self::Stuck => "the same to the digit under another load",
            Self::Jumped => "too far from the reading before",
            Self::NoBattery => "no battery in the box",
            Self::Unanswered => "the driver does not answer",
        })
    }
}

/// The newest of a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading<T> {
    /// It was measured.
    Known {
        /// What it was.
        value: T,
        /// When.
        at: Instant,
    },
    /// Nobody can say.
    Unknown {
        /// Why not.
        why: Disbelief,
        /// Since when nothing was believed.
        since: Instant,
    },
}

impl<T: Copy> Reading<T> {
    /// The value, if it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// The reading after the next was judged: what stays unknown is so since it first was.
    #[must_use]
    pub fn after(self, at: Instant, judged: Result<T, Disbelief>) -> Self {
        match (judged, self) {
            (Ok(value), _) => Self::Known { value, at },
            (Err(why), Self::Unknown { since, why: before }) if before != Disbelief::NeverReported => {
                Self::Unknown { why, since }
            }
            (Err(why), _) => Self::Unknown { why, since: at },
        }
    }
}
