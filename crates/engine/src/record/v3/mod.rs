//! Layout 3 of snapshots: layout 2, and behind it the vehicles that go from region to region. A world that has never had one is still
//! written as layout 2, which programs of before read.
//!
//! What stands here stays, as in `v1`: the golden bytes in `tests/golden.txt` refuse a field that is moved, dropped or changed.

use super::v1::convert::{Load, Store, same_fields};
use super::v1::{Reading, VehicleSpec};
use super::v2;
use paceline_model as model;
use paceline_model::Invalid;
use serde::{Deserialize, Serialize};

#[cfg(test)]
pub(crate) mod tests;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Snapshot<'a> {
    #[serde(borrow)]
    pub(crate) before: v2::Snapshot<'a>,
    #[serde(borrow)]
    pub(crate) hand_overs: HandOvers<'a>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HandOvers<'a> {
    /// The number of the last that was given.
    pub(crate) last: u64,
    /// What left and is not acknowledged, oldest first.
    #[serde(borrow)]
    pub(crate) pending: Vec<HandOver<'a>>,
    /// Of each region, the number of the last that came.
    #[serde(borrow)]
    pub(crate) received: Vec<(&'a str, u64)>,
    /// Which vehicle left under which number, and where to.
    #[serde(borrow)]
    pub(crate) gone: Vec<(u64, (&'a str, &'a str))>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HandOver<'a> {
    pub(crate) number: u64,
    #[serde(borrow)]
    pub(crate) vehicle: VehicleSpec<'a>,
    pub(crate) reading: Reading,
    pub(crate) since_ms: u64,
    pub(crate) to: &'a str,
}

same_fields!(HandOver<'a>, model::HandOver, { number, vehicle, reading, since_ms = since, to });
