//! How many bikes a work order is about.

use serde::{Deserialize, Serialize};
use std::fmt;

/// So many bikes at least and at most: a crew does what it finds best in between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BikeInterval {
    /// With fewer the visit was not worth much.
    pub least: u32,
    /// More does harm.
    pub most: u32,
}

impl BikeInterval {
    /// No bikes: for tasks that move none.
    pub const NONE: Self = Self { least: 0, most: 0 };

    /// The same, and not more than `most`.
    pub fn at_most(self, most: u32) -> Self {
        Self { least: self.least.min(most), most: self.most.min(most) }
    }
}

impl fmt::Display for BikeInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.least == self.most {
            true => write!(f, "{}", self.most),
            false => write!(f, "{} to {}", self.least, self.most),
        }
    }
}
