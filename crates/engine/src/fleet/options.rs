//! The fleet's settings, each with its unit and its default's reason.

use paceline_model::{Charge, Invalid, Millis, MilliwattHours, limits::within};
use paceline_plan::PolicySpec;
use paceline_plan::rebalance::RebalanceSpec;
use serde::{Deserialize, Serialize};

/// How a fleet is run. Part of the configuration, not of the world: a replay may use others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FleetOptions {
    /// Prices and candidates.
    pub policy: PolicySpec,
    /// How long a driver may think about an offer. Ride-hailing apps give 10 to 20 s.
    #[serde(rename = "offer_timeout_ms")]
    pub offer_timeout: Millis,
    /// Silence after which a vehicle counts as lost. Three missed reports at the slowest usual rate of 20 s.
    #[serde(rename = "silence_max_ms")]
    pub silence_max: Millis,
    /// A free vehicle at or below this goes to charge.
    #[serde(rename = "charge_below_percent")]
    pub charge_below: Charge,
    /// A free vehicle at or below this that has had no order for `top_up_after` goes to charge, and may be called back.
    #[serde(rename = "top_up_below_percent")]
    pub top_up_below: Charge,
    /// How long a vehicle must have been free to be topped up.
    #[serde(rename = "top_up_after_ms")]
    pub top_up_after: Millis,
    /// A charging vehicle at or above this may be given an order.
    #[serde(rename = "callable_above_percent")]
    pub callable_above: Charge,
    /// Charging ends here: above about 80 % most cells charge slowly.
    #[serde(rename = "charge_until_percent")]
    pub charge_until: Charge,
    /// Energy that must be left on reaching a charger.
    #[serde(rename = "reserve_mwh")]
    pub reserve: MilliwattHours,
    /// Furthest that a place may lie from a road, in metres.
    pub snap_m_max: u32,
    /// Moves vehicles with nothing to do to where riders are expected; `None`: they stay.
    pub rebalance: Option<RebalanceSpec>,
    /// How long riders whose vehicle broke down may wait for the next one.
    #[serde(rename = "rescue_wait_ms")]
    pub rescue_wait: Millis,
}

impl Default for FleetOptions {
    fn default() -> Self {
        let percent = |value| Charge::from_percent(value).expect("the defaults lie within 0 and 100");
        Self {
            policy: PolicySpec::default(),
            offer_timeout: Millis::from_secs(15),
            silence_max: Millis::from_secs(60),
            charge_below: percent(15.0),
            top_up_below: percent(60.0),
            top_up_after: Millis::from_secs(600),
            callable_above: percent(40.0),
            charge_until: percent(80.0),
            reserve: MilliwattHours::from_kwh(2.0),
            snap_m_max: 500,
            rebalance: None,
            rescue_wait: Millis::from_secs(900),
        }
    }
}

impl FleetOptions {
    /// Errors: thresholds in the wrong order, or a snapping distance of nothing.
    pub fn validate(self) -> Result<Self, Invalid> {
        let until = self.charge_until.as_percent();
        within("charge_below_percent", self.charge_below.as_percent(), (0.0, until))?;
        within(
            "top_up_below_percent",
            self.top_up_below.as_percent(),
            (self.charge_below.as_percent(), until),
        )?;
        within(
            "callable_above_percent",
            self.callable_above.as_percent(),
            (self.charge_below.as_percent(), 100.0),
        )?;
        if let Some(pooling) = self.policy.pooling {
            pooling.validate()?;
        }
        if let Some(rebalance) = self.rebalance {
            rebalance.validate()?;
        }
        within("snap_m_max", f64::from(self.snap_m_max), (1.0, 100_000.0))?;
        Ok(self)
    }
}
