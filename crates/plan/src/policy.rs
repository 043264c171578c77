//! Prices: what a pair of order and vehicle costs, and what leaving an order unserved costs. The only place for taste.

use crate::snapshot::{Demand, Supply};
use paceline_model::{GeofenceId, Instant, Millis, PricePart, Tag};
use paceline_road::Leg;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Prices pairs. All prices of one policy have one unit, its own, so that they can be added.
pub trait Policy {
    /// Its name, as in configuration and reports.
    fn name(&self) -> &'static str;
    /// The addends of the price of `vehicle` for `order`, reached over `pickup`; none negative.
    fn price(&self, at: Instant, order: &Demand, vehicle: &Supply, pickup: Leg) -> Vec<PricePart>;
    /// The price of leaving `order` for a later round: above any pair's price that shall be taken.
    fn unserved(&self, at: Instant, order: &Demand) -> i64;
}

/// A policy as configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySpec {
    /// Which prices.
    pub kind: PolicyKind,
    /// Candidates kept per order.
    pub candidates: u16,
    /// Longest drive to a pick-up.
    pub pickup_time_max: Millis,
    /// Percent added to the price of leaving an order unserved, per priority tag.
    pub priority_percent: BTreeMap<Tag, u32>,
    /// Only vehicles inside this area are dispatched.
    pub geofence: Option<GeofenceId>,
}

/// The prices to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// Pick-up distance.
    Nearest,
    /// The batch's total waiting.
    LeastWait,
    /// Empty kilometres by the powertrain's grams.
    LowCarbon,
    /// A linear mix.
    Weighted(Weights),
}

/// What one unit of each costs in the weighted policy, in thousandths of a cent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Per kilometre driven empty.
    pub empty_km: u32,
    /// Per minute that riders wait.
    pub waiting_min: u32,
    /// Per gram of CO₂ of the empty drive.
    pub carbon_g: u32,
    /// Per minute that the vehicle is bound by pick-up and ride together: high when vehicles are scarce.
    pub vehicle_min: u32,
}
