//! A policy as configured: its kind, and what holds whatever the kind.

use super::{HoldSpec, LookAheadSpec, PolicyKind, PoolingSpec, ReassignSpec, Weights};
use paceline_model::duration;
use paceline_model::limits::{Invalid, PICKUP_TIME_MS_MAX, Rule, within};
use paceline_model::{GeofenceId, Millis, Tag};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A policy as configured. What a kind does not look at may stand there all the same, so that another kind may be tried
/// by changing one word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySpec {
    /// Which prices, and whether rides are shared.
    pub kind: PolicyKind,
    /// What `weighted` weighs.
    pub weights: Weights,
    /// Candidates kept per order; when orders outnumber vehicles, at least [`super::REACH_WHEN_SCARCE`] orders per vehicle.
    pub candidates: u16,
    /// Longest drive to a pick-up.
    #[serde(with = "duration")]
    pub pickup_time_max: Millis,
    /// Percent added to the price of leaving an order unserved, per priority tag.
    pub priority_percent: BTreeMap<Tag, u32>,
    /// Only vehicles inside this area are dispatched.
    pub geofence: Option<GeofenceId>,
    /// Prices include what a vehicle will be worth where it ends up, as far as that is known.
    pub look_ahead: Option<LookAheadSpec>,
    /// An order may wait a moment for a vehicle that will soon be free.
    pub hold: Option<HoldSpec>,
    /// Orders that a vehicle without a driver to ask is on its way to may be given to another one.
    pub reassign: Option<ReassignSpec>,
    /// How rides are shared under `pooled`. Vehicles whose drivers are asked never share.
    pub pooling: PoolingSpec,
}

/// An order weighs at most a hundred times as much for its tags: the largest base times that is far within 64 bits.
const PERCENT_MAX: u32 = 10_000;

impl Default for PolicySpec {
    /// Least wait among 20 candidates no further than 10 minutes.
    fn default() -> Self {
        Self {
            kind: PolicyKind::default(),
            weights: Weights::default(),
            candidates: 20,
            pickup_time_max: Millis::from_secs(600),
            priority_percent: BTreeMap::new(),
            geofence: None,
            look_ahead: None,
            hold: None,
            reassign: None,
            pooling: PoolingSpec::default(),
        }
    }
}

impl From<PolicyKind> for PolicySpec {
    /// That kind, with defaults for everything else.
    fn from(kind: PolicyKind) -> Self {
        Self { kind, ..Self::default() }
    }
}

impl PolicySpec {
    /// The policy of that name, with defaults for everything else.
    ///
    /// Errors: no policy has that name.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        name.parse().map(PolicyKind::into)
    }
    /// The same under another kind. Shared rides are moved by their own rules: `pooled` drops `reassign`.
    #[must_use]
    pub fn of_kind(self, kind: PolicyKind) -> Self {
        let reassign = self.reassign.filter(|_| kind != PolicyKind::Pooled);
        Self { kind, reassign, ..self }
    }
    /// Percent that an order weighs more for its tags.
    pub(super) fn priority<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) -> u32 {
        let percents = tags.into_iter().filter_map(|tag| self.priority_percent.get(tag));
        percents.fold(0_u32, |sum, percent| sum.saturating_add(*percent)).min(PERCENT_MAX)
    }
    /// How rides are shared, if they are.
    pub fn shared(&self) -> Option<&PoolingSpec> {
        (self.kind == PolicyKind::Pooled).then_some(&self.pooling)
    }
    /// Errors: no candidates or more than 200; a pick-up drive of nothing or beyond [`PICKUP_TIME_MS_MAX`]; a priority
    /// above 10,000 %; weights, spans or percentages out of their bounds; `reassign` where rides are shared.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("policy.candidates", f64::from(self.candidates), (1.0, 200.0))?;
        duration::within(
            "policy.pickup_time_max",
            self.pickup_time_max,
            (Millis(1), Millis(PICKUP_TIME_MS_MAX)),
        )?;
        for (tag, percent) in &self.priority_percent {
            let field = format!("policy.priority_percent.{tag}");
            within(&field, f64::from(*percent), (0.0, f64::from(PERCENT_MAX)))?;
        }
        self.weights.validate()?;
        self.pooling.validate()?;
        self.hold.map_or(Ok(()), HoldSpec::validate)?;
        self.look_ahead.map_or(Ok(()), LookAheadSpec::validate)?;
        self.reassign.map_or(Ok(()), ReassignSpec::validate)?;
        if self.reassign.is_some() && self.shared().is_some() {
            let rule = "must be left out where policy.kind is pooled, which moves orders by itself";
            return Err(Invalid::new("policy.reassign", "given", Rule::Shape(rule.into())));
        }
        Ok(self)
    }
}
