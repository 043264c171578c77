//! The part of a scenario that says what decisions are made by: policies, their rules, areas, shared rides.

use super::Scenario;
use paceline_model::limits::Rule;
use paceline_model::{Geofence, GeofenceId, Invalid, Millis, Position, Tag};
use paceline_plan::policy::{DayTime, HoldSpec, LookAheadSpec, PolicyKind, ReassignSpec, Weights};
use paceline_plan::{PolicySpec, PoolingLevel, PoolingSpec};
use serde::Deserialize;

/// What decisions are made by.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// `nearest`, `least-wait`, `low-carbon`, `weighted` or `pooled`.
    pub kind: PolicyName,
    /// Candidates kept per order.
    pub candidates: u16,
    /// Longest drive to a pick-up.
    pub pickup_s_max: u32,
    /// What `weighted` weighs.
    pub weights: Weights,
    /// Lets prices include what a vehicle will be worth where it ends up, if values are given. Off if absent.
    pub look_ahead: Option<LookAhead>,
    /// Lets an order wait a moment for a vehicle that will soon be free. Off if absent.
    pub hold: Option<Hold>,
    /// Lets orders be moved to another vehicle than is on its way to them. Off if absent.
    pub reassign: Option<Reassign>,
}

/// When an order waits for a vehicle that is not free yet. What a drop-off takes is the drivers' business.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hold {
    /// Longest that an order is held back.
    pub wait_s_max: u32,
    /// How much driving that must save.
    pub gain_s_min: u32,
}

impl Default for Hold {
    fn default() -> Self {
        let HoldSpec { wait_max, gain_min, .. } = HoldSpec::default();
        Self { wait_s_max: wait_max.0 / 1_000, gain_s_min: gain_min.0 / 1_000 }
    }
}

/// What a vehicle's prospects count.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LookAhead {
    /// How much driving one more order in the time to come is worth.
    pub order_worth_s: u32,
}

impl Default for LookAhead {
    fn default() -> Self {
        Self { order_worth_s: LookAheadSpec::default().order_worth.0 / 1_000 }
    }
}

/// When an order is moved to another vehicle than is on its way to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reassign {
    /// How much driving a switch must save.
    pub switch_worth_s: u32,
    /// A vehicle that will be at the pick-up within this time keeps its order.
    pub settled_within_s: u32,
}

impl Default for Reassign {
    fn default() -> Self {
        let ReassignSpec { switch_worth, settled_within } = ReassignSpec::default();
        Self { switch_worth_s: switch_worth.0 / 1_000, settled_within_s: settled_within.0 / 1_000 }
    }
}

impl Reassign {
    fn spec(&self) -> ReassignSpec {
        ReassignSpec {
            switch_worth: Millis::from_secs(self.switch_worth_s),
            settled_within: Millis::from_secs(self.settled_within_s),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            kind: PolicyName::LeastWait,
            candidates: 20,
            pickup_s_max: 600,
            weights: Weights { empty_km: 30_000, waiting_min: 20_000, carbon_g: 0, vehicle_min: 0 },
            look_ahead: None,
            hold: None,
            reassign: None,
        }
    }
}

/// A policy for a part of the day, a part of the city, or both.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// What it is called in reasons.
    pub name: String,
    /// It holds from this time of the city's clock on, such as `18:30`.
    pub from: Option<String>,
    /// It holds until before this time, on the next day if that is not later than `from`.
    pub until: Option<String>,
    /// It holds for orders that are picked up in this area; for all if left out.
    pub pickup_area: Option<String>,
    /// The policy. What it leaves out is the default, not what `[policy]` says.
    pub policy: Policy,
}

/// A named area.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Its name.
    pub id: String,
    /// Its corners, as latitude and longitude.
    pub ring: Vec<(f64, f64)>,
}

impl Area {
    /// Errors: a name or corners that are none.
    pub fn geofence(&self) -> Result<Geofence, Invalid> {
        let corners: Result<Vec<Position>, Invalid> =
            self.ring.iter().map(|&(lat, lon)| Position::new(lat, lon)).collect();
        Geofence::new(GeofenceId::new(&self.id)?, corners?)
    }
}

/// The policies by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyName {
    /// Pick-up distance.
    Nearest,
    /// The batch's total waiting.
    LeastWait,
    /// Empty kilometres by the powertrain's grams.
    LowCarbon,
    /// The scenario's mix.
    Weighted,
    /// Shared rides.
    Pooled,
}

impl PolicyName {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Nearest, Self::LeastWait, Self::LowCarbon, Self::Weighted, Self::Pooled];

    /// As in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::LeastWait => "least-wait",
            Self::LowCarbon => "low-carbon",
            Self::Weighted => "weighted",
            Self::Pooled => "pooled",
        }
    }
}

impl std::str::FromStr for PolicyName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let names = Self::ALL.map(Self::as_str).join(", ");
        let found = Self::ALL.into_iter().find(|name| name.as_str() == text);
        found.ok_or_else(|| Invalid::new("policy", text, Rule::OneOf(names)))
    }
}

/// How rides are shared under the policy `pooled`. What a stop takes is the drivers' business.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pooling {
    /// Nobody arrives later than by a direct ride at once plus this; it includes the wait.
    pub delay_s_max: u32,
    /// How much later than planned a promised pick-up may come; without it, anywhere in the order's own window.
    pub promise_slack_s: Option<u32>,
    /// What a second of driving counts against a second of one party's delay, in percent.
    pub drive_percent: u32,
    /// `insert`, `trips` or `improve`: how far a round goes.
    pub level: PoolingLevel,
}

impl Default for Pooling {
    fn default() -> Self {
        let PoolingSpec { drive_percent, level, .. } = PoolingSpec::default();
        Self { delay_s_max: 600, promise_slack_s: None, drive_percent, level }
    }
}

impl Scenario {
    pub(super) fn policy_rule(&self, rule: &PolicyRule) -> Result<paceline_plan::PolicyRule, Invalid> {
        let time =
            |field, text: &Option<String>| text.as_ref().map(|text| DayTime::parse(field, text)).transpose();
        Ok(paceline_plan::PolicyRule {
            name: Tag::new(&rule.name).map_err(|invalid| invalid.within("name"))?,
            from: time("from", &rule.from)?,
            until: time("until", &rule.until)?,
            pickup_area: self.area_id(rule.pickup_area.as_deref())?,
            policy: self.policy_spec(&rule.policy, None),
        })
    }

    /// Errors: no area of the scenario has that name.
    fn area_id(&self, name: Option<&str>) -> Result<Option<GeofenceId>, Invalid> {
        let Some(name) = name else { return Ok(None) };
        if self.areas.iter().any(|area| area.id == name) {
            return GeofenceId::new(name).map(Some);
        }
        let known: Vec<&str> = self.areas.iter().map(|area| area.id.as_str()).collect();
        Err(Invalid::new(
            "pickup_area",
            name,
            Rule::OneOf(format!("the scenario's areas ({})", known.join(", "))),
        ))
    }

    pub(super) fn policy_spec(&self, policy: &Policy, name: Option<PolicyName>) -> PolicySpec {
        let name = name.unwrap_or(policy.kind);
        PolicySpec {
            kind: match name {
                PolicyName::Nearest => PolicyKind::Nearest,
                // What cannot be shared is matched one to one.
                PolicyName::LeastWait | PolicyName::Pooled => PolicyKind::LeastWait,
                PolicyName::LowCarbon => PolicyKind::LowCarbon,
                PolicyName::Weighted => PolicyKind::Weighted(policy.weights),
            },
            pooling: (name == PolicyName::Pooled).then(|| self.pooling_spec()),
            candidates: policy.candidates,
            pickup_time_max: Millis::from_secs(policy.pickup_s_max),
            look_ahead: policy
                .look_ahead
                .as_ref()
                .map(|ahead| LookAheadSpec { order_worth: Millis::from_secs(ahead.order_worth_s) }),
            hold: policy.hold.as_ref().map(|hold| HoldSpec {
                wait_max: Millis::from_secs(hold.wait_s_max),
                gain_min: Millis::from_secs(hold.gain_s_min),
                dropoff_dwell: Millis::from_secs(self.drivers.dropoff_s),
            }),
            // Shared rides are moved by their own rules.
            reassign: policy.reassign.as_ref().filter(|_| name != PolicyName::Pooled).map(Reassign::spec),
            ..PolicySpec::default()
        }
    }

    fn pooling_spec(&self) -> PoolingSpec {
        PoolingSpec {
            delay_max: Millis::from_secs(self.pooling.delay_s_max),
            pickup_dwell: Millis::from_secs(self.drivers.pickup_s),
            dropoff_dwell: Millis::from_secs(self.drivers.dropoff_s),
            promise_slack: self.pooling.promise_slack_s.map(Millis::from_secs),
            drive_percent: self.pooling.drive_percent,
            level: self.pooling.level,
        }
    }
}
