//! Limits that several rooms share.

/// Pods of a gang that are placed together: with them a round ends, so that what it decides has a bound.
pub const GANG_MAX: usize = 256;
