//! The fleet's settings, each with its unit and its default's reason: the section `[fleet]` of a server's file and of a
//! scenario. The page of all keys is `docs/configuration.md`.

use paceline_model::duration::within as span_within;
use paceline_model::limits::{Invalid, Rule, within};
use paceline_model::{Charge, Instant, Millis, MilliwattHours, Zone, duration, kwh};
use paceline_plan::fleet::reposition::RebalanceSpec;
use paceline_plan::policy::{policies_at, validate_rules};
use paceline_plan::{Policies, PolicyRule, PolicySpec};
use serde::{Deserialize, Serialize};

/// How a fleet is run. Part of the configuration, not of the world: a replay may use others. All of it may be changed
/// while the fleet runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FleetOptions {
    /// What decisions are made by, where no rule says otherwise.
    pub policy: PolicySpec,
    /// Other policies for parts of the day or the city; the first that fits an order holds for it.
    pub policy_rules: Vec<PolicyRule>,
    /// How far the region's own clock, which the rules go by, is ahead of UTC.
    #[serde(alias = "utc_offset")]
    pub time_zone: Zone,
    /// A policy that is solved beside the live one on the same rounds and never committed.
    pub shadow_policy: Option<PolicySpec>,
    /// How long a driver may think about an offer. Ride-hailing apps give 10 to 20 s.
    #[serde(with = "duration")]
    pub offer_timeout: Millis,
    /// Silence after which a vehicle counts as lost. Three missed reports at the slowest usual rate of 20 s.
    #[serde(with = "duration")]
    pub silence_max: Millis,
    /// A free vehicle at or below this goes to charge.
    #[serde(rename = "charge_below_percent")]
    pub charge_below: Charge,
    /// A free vehicle at or below this that has had no order for `top_up_after` goes to charge, and may be called back.
    #[serde(rename = "top_up_below_percent")]
    pub top_up_below: Charge,
    /// How long a vehicle must have been free to be topped up.
    #[serde(with = "duration")]
    pub top_up_after: Millis,
    /// A charging vehicle at or above this may be given an order.
    #[serde(rename = "callable_above_percent")]
    pub callable_above: Charge,
    /// Charging ends here: above about 80 % most cells charge slowly.
    #[serde(rename = "charge_until_percent")]
    pub charge_until: Charge,
    /// Energy that must be left on reaching a charger.
    #[serde(rename = "reserve_kwh", with = "kwh")]
    pub reserve: MilliwattHours,
    /// What heating, cooling and computers draw while a vehicle is under way, in watts, on top of its consumption. 0: the consumption
    /// has it in.
    pub auxiliary_w: u32,
    /// Furthest that a place may lie from a road, in metres.
    pub snap_m_max: u32,
    /// Moves vehicles with nothing to do to where riders are expected; `None`: they stay.
    pub rebalance: Option<RebalanceSpec>,
    /// How long riders whose vehicle broke down may wait for the next one.
    #[serde(with = "duration")]
    pub rescue_wait: Millis,
    /// How long after the latest pick-up a vehicle that reports, but has not picked up, keeps its order. Longer than a
    /// delay on the road, and than riders wait at the kerb before they call.
    #[serde(with = "duration")]
    pub late_max: Millis,
}

impl Default for FleetOptions {
    fn default() -> Self {
        let percent = |value| Charge::from_percent(value).expect("the defaults lie within 0 and 100");
        Self {
            policy: PolicySpec::default(),
            policy_rules: Vec::new(),
            time_zone: Zone::default(),
            shadow_policy: None,
            offer_timeout: Millis::from_secs(15),
            silence_max: Millis::from_secs(60),
            charge_below: percent(15.0),
            top_up_below: percent(60.0),
            top_up_after: Millis::from_secs(600),
            callable_above: percent(40.0),
            charge_until: percent(80.0),
            reserve: MilliwattHours::from_kwh(2.0),
            auxiliary_w: 0,
            snap_m_max: 500,
            rebalance: None,
            rescue_wait: Millis::from_secs(900),
            late_max: Millis::from_secs(600),
        }
    }
}

/// Time between two rounds unless set otherwise, of a server and of a simulation: riders do not notice it, and orders that
/// come together are matched together.
pub const TICK: Millis = Millis(200);

/// Longest that anything of a fleet may be waited for: what is not settled within a day is settled by people.
const WAIT_MAX: Millis = Millis::from_secs(86_400);

impl FleetOptions {
    /// The policies that hold for a round that begins at `at`.
    pub fn policies_at(&self, at: Instant) -> Policies {
        policies_at(&self.policy, &self.policy_rules, self.time_zone.offset(at), at)
    }

    /// Errors: spans of nothing or beyond a day, thresholds in the wrong order, a snapping distance of nothing, or a
    /// policy that breaks its rules.
    pub fn validate(self) -> Result<Self, Invalid> {
        self.validate_policies()?;
        self.validate_charging()?;
        let second = Millis::from_secs(1);
        span_within("offer_timeout", self.offer_timeout, (second, WAIT_MAX))?;
        span_within("silence_max", self.silence_max, (second, WAIT_MAX))?;
        span_within("rescue_wait", self.rescue_wait, (Millis::ZERO, WAIT_MAX))?;
        span_within("late_max", self.late_max, (Millis::ZERO, WAIT_MAX))?;
        self.rebalance.map_or(Ok(()), |rebalance| rebalance.validate().map(|_| ()))?;
        within("auxiliary_w", f64::from(self.auxiliary_w), (0.0, 20_000.0))?;
        within("snap_m_max", f64::from(self.snap_m_max), (1.0, 100_000.0))?;
        Ok(self)
    }

    fn validate_charging(&self) -> Result<(), Invalid> {
        let (below, until) = (self.charge_below.as_percent(), self.charge_until.as_percent());
        within("charge_below_percent", below, (0.0, until))?;
        within("top_up_below_percent", self.top_up_below.as_percent(), (below, until))?;
        within("callable_above_percent", self.callable_above.as_percent(), (below, 100.0))?;
        span_within("top_up_after", self.top_up_after, (Millis::ZERO, WAIT_MAX))
    }

    fn validate_policies(&self) -> Result<(), Invalid> {
        self.policy.clone().validate()?;
        validate_rules(&self.policy, &self.policy_rules)?;
        let Some(shadow) = &self.shadow_policy else { return Ok(()) };
        let named = |invalid: Invalid| Invalid {
            field: invalid.field.replacen("policy", "shadow_policy", 1),
            ..invalid
        };
        shadow.clone().validate().map_err(named)?;
        self.validate_shadow(shadow)
    }

    /// Who shares is decided before anybody solves: a shadow shares rides exactly when the live policies do.
    fn validate_shadow(&self, shadow: &PolicySpec) -> Result<(), Invalid> {
        let rules = self.policy_rules.iter().map(|rule| &rule.policy);
        let live = std::iter::once(&self.policy).chain(rules);
        if live.into_iter().all(|policy| policy.shared().is_some() == shadow.shared().is_some()) {
            return Ok(());
        }
        let rule = "must be pooled where the live policies are, and only there";
        Err(Invalid::new("shadow_policy.kind", shadow.kind, Rule::Shape(rule.into())))
    }
}
