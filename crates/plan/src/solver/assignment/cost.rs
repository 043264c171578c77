//! Whole numbers in one of two widths. Gains that fit `i32`, as most do, halve the memory that the solver walks through.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// A gain, a price or a reduced cost; never above [`Cost::MAX`], so that the sum of two is still a number.
pub(super) trait Cost:
    Copy
    + Ord
    + Default
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
{
    /// A distance with its node, ordered by distance and then by node.
    type Key: Copy + Ord + Debug;
    /// The largest gain.
    const MAX: i64;
    /// Beyond every distance.
    const INFINITE: Self;
    /// `number` must lie within [`Cost::MAX`].
    fn from_i64(number: i64) -> Self;
    fn to_i64(self) -> i64;
    fn key(self, node: u32) -> Self::Key;
    fn split(key: Self::Key) -> (Self, u32);
}

impl Cost for i32 {
    type Key = u64;
    const MAX: i64 = (i32::MAX / 4) as i64;
    const INFINITE: Self = i32::MAX;
    fn from_i64(number: i64) -> Self {
        number as i32
    }
    fn to_i64(self) -> i64 {
        i64::from(self)
    }
    fn key(self, node: u32) -> u64 {
        (self as u64) << 32 | u64::from(node)
    }
    fn split(key: u64) -> (Self, u32) {
        ((key >> 32) as i32, key as u32)
    }
}

impl Cost for i64 {
    type Key = u128;
    const MAX: i64 = i64::MAX / 4;
    const INFINITE: Self = i64::MAX;
    fn from_i64(number: i64) -> Self {
        number
    }
    fn to_i64(self) -> i64 {
        self
    }
    fn key(self, node: u32) -> u128 {
        (self as u128) << 32 | u128::from(node)
    }
    fn split(key: u128) -> (Self, u32) {
        ((key >> 32) as i64, key as u32)
    }
}
