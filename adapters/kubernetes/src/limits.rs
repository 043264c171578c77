//! Limits that several rooms share.

/// Pods of a gang that are placed together: with them a round ends, so that what it decides has a bound.
pub const GANG_MAX: usize = 256;
/// Decisions of one round: the first of them are carried out while the next round decides.
pub const ROUND_MAX: usize = 64;
