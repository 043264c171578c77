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
    /// No path. Anything of 2^29 ms (6 days) or more counts as none.
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
pub(crate) struct Both {
    pub(crate) up: Weight,
    pub(crate) down: Weight,
}

impl Both {
    pub(crate) const NONE: Self = Self { up: Weight::NONE, down: Weight::NONE };
}

/// Keys of one arc, upwards and downwards; and its efforts.
pub(super) type Keys = [i64; 2];
pub(super) type Efforts = [u32; 2];

/// The weights of many arcs: keys and efforts in columns of their own, because most comparisons end with the keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arcs {
    keys: Vec<Keys>,
    efforts: Vec<Efforts>,
}

/// A run of arcs, to read.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) keys: &'a [Keys],
    pub(super) efforts: &'a [Efforts],
}

/// A run of arcs, to write.
pub(super) struct RunMut<'a> {
    pub(super) keys: &'a mut [Keys],
    pub(super) efforts: &'a mut [Efforts],
}

impl Arcs {
    /// Room for so many arcs, whose weights mean nothing yet. Zeros, because the system has them ready, page by page where a
    /// thread first writes.
    pub(super) fn unweighed(count: usize) -> Self {
        Self { keys: vec![[0; 2]; count], efforts: vec![[0; 2]; count] }
    }
    #[inline]
    pub(crate) fn get(&self, arc: usize) -> Both {
        self.all().get(arc)
    }
    pub(super) fn all(&self) -> Run<'_> {
        Run { keys: &self.keys, efforts: &self.efforts }
    }
    pub(super) fn all_mut(&mut self) -> RunMut<'_> {
        RunMut { keys: &mut self.keys, efforts: &mut self.efforts }
    }
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.keys.as_slice()) + size_of_val(self.efforts.as_slice())
    }
}

impl<'a> Run<'a> {
    #[inline]
    pub(super) fn get(self, arc: usize) -> Both {
        let ([up, down], [up_effort, down_effort]) = (self.keys[arc], self.efforts[arc]);
        Both { up: Weight { key: up, effort: up_effort }, down: Weight { key: down, effort: down_effort } }
    }
    #[inline]
    pub(super) fn part(self, arcs: std::ops::Range<usize>) -> Self {
        Self { keys: &self.keys[arcs.clone()], efforts: &self.efforts[arcs] }
    }
}

impl<'a> RunMut<'a> {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }
    #[inline]
    pub(super) fn set(&mut self, arc: usize, both: Both) {
        self.keys[arc] = [both.up.key, both.down.key];
        self.efforts[arc] = [both.up.effort, both.down.effort];
    }
    #[inline]
    pub(super) fn as_run(&self) -> Run<'_> {
        Run { keys: self.keys, efforts: self.efforts }
    }
    #[inline]
    pub(super) fn reborrow(&mut self) -> RunMut<'_> {
        RunMut { keys: self.keys, efforts: self.efforts }
    }
    /// The first `arcs`, and the others.
    #[inline]
    pub(super) fn split_at(self, arcs: usize) -> (Self, Self) {
        let (keys, later_keys) = self.keys.split_at_mut(arcs);
        let (efforts, later_efforts) = self.efforts.split_at_mut(arcs);
        (Self { keys, efforts }, Self { keys: later_keys, efforts: later_efforts })
    }
}
