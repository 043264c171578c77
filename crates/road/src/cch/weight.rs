//! Weights of arcs: time, then distance, then effort, compared in that order.
//!
//! Time and distance share one word, so that comparing them is one instruction and adding them another. Because all
//! three are compared, the best of two drives never depends on who compares, or in which order.

use crate::leg::Leg;
use paceline_model::{Centimetres, Millis};

/// What a drive takes, as one comparable value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C)]
pub(crate) struct Weight {
    /// Milliseconds << 32 | centimetres. At most [`Weight::NONE`]'s, so that two add without overflow.
    pub(crate) key: i64,
    pub(crate) effort: u32,
}

impl Weight {
    /// No way. Anything of 2^29 ms (6 days) or more counts as none.
    pub(crate) const NONE: Self = Self { key: 1 << 61, effort: 0 };
    pub(crate) const ZERO: Self = Self { key: 0, effort: 0 };

    pub(crate) fn of(leg: Leg) -> Self {
        if leg.time.0 >= 1 << 29 {
            return Self::NONE;
        }
        Self { key: i64::from(leg.time.0) << 32 | i64::from(leg.distance.0), effort: leg.effort.0 }
    }
    pub(crate) fn leg(self) -> Leg {
        if !self.is_finite() {
            return Leg::UNREACHABLE;
        }
        Leg {
            time: Millis((self.key >> 32) as u32),
            distance: Centimetres(self.key as u32),
            effort: Centimetres(self.effort),
        }
    }
    #[inline]
    pub(crate) fn is_finite(self) -> bool {
        self.key < Self::NONE.key
    }
    /// This and `next` after it; none if either is, though perhaps not [`Weight::NONE`] itself.
    #[inline]
    pub(crate) fn plus(self, next: Self) -> Self {
        Self { key: self.key + next.key, effort: self.effort.wrapping_add(next.effort) }
    }
    /// Takes the lesser of both.
    #[inline]
    pub(crate) fn lower(&mut self, other: Self) {
        if other.key < self.key || (other.key == self.key && other.effort < self.effort) {
            *self = other;
        }
    }
}

/// The weights of one arc: upwards and downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Both {
    pub(crate) up: Weight,
    pub(crate) down: Weight,
}

impl Both {
    pub(crate) const NONE: Self = Self { up: Weight::NONE, down: Weight::NONE };
}
