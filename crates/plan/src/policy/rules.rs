//! Which policy holds where and when, as configured: a list of rules, of which the first that fits an order counts.
//! Called by the engine when a round begins, and wherever a configuration is read.

use super::schedule::{self, DayTime, Hours, Scheduled};
use super::{AreaPolicy, Policies, PolicySpec};
use paceline_model::limits::{Invalid, Rule};
use paceline_model::{GeofenceId, Instant, Tag, UtcOffset};
use serde::{Deserialize, Serialize};

/// A policy for a part of the day, a part of the city, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// What it is called in reasons and reports.
    pub name: Tag,
    /// It holds from this time of day; from midnight if left out.
    #[serde(default)]
    pub from: Option<DayTime>,
    /// It holds until before this time of day, on the next day if that is not later than `from`.
    #[serde(default)]
    pub until: Option<DayTime>,
    /// It holds for orders that are picked up in this area; for all if left out.
    #[serde(default)]
    pub pickup_area: Option<GeofenceId>,
    /// The policy. What it leaves out is the default, not what the usual policy says.
    pub policy: PolicySpec,
}

impl Scheduled for PolicyRule {
    fn name(&self) -> &Tag {
        &self.name
    }
    fn hours(&self) -> Hours {
        Hours { from: self.from, until: self.until }
    }
    fn is_for_all(&self) -> bool {
        self.pickup_area.is_none()
    }
}

/// The policies of a round that begins at `at`. Rules behind one that holds for all orders are never reached.
pub fn policies_at(usual: &PolicySpec, rules: &[PolicyRule], clock: UtcOffset, at: Instant) -> Policies {
    let mut areas = Vec::new();
    for rule in schedule::holding(rules, clock, at) {
        match &rule.pickup_area {
            Some(area) => areas.push(AreaPolicy {
                rule: rule.name.clone(),
                area: area.clone(),
                policy: rule.policy.clone(),
            }),
            None => return Policies::new(rule.policy.clone(), Some(rule.name.clone()), areas),
        }
    }
    Policies::new(usual.clone(), None, areas)
}

/// Checks the usual policy and its rules together.
///
/// Errors: too many rules; a name twice; a policy that breaks its own rules; kinds that differ where a rule names an
/// area, as prices of one round are added up and each kind has a unit of its own; an area where rides are shared.
pub fn validate_rules(usual: &PolicySpec, rules: &[PolicyRule]) -> Result<(), Invalid> {
    schedule::validate("policy_rules", rules, |rule| rule.policy.clone().validate().map(drop))?;
    let by_area = rules.iter().position(|rule| rule.pickup_area.is_some());
    by_area.map_or(Ok(()), |number| validate_areas(usual, rules, number))
}

fn validate_areas(usual: &PolicySpec, rules: &[PolicyRule], by_area: usize) -> Result<(), Invalid> {
    let shares = usual.shared().is_some() || rules.iter().any(|rule| rule.policy.shared().is_some());
    if shares {
        let field = format!("policy_rules[{by_area}].pickup_area");
        let area = rules[by_area].pickup_area.as_ref().map_or("", GeofenceId::as_str);
        let rule = Rule::Shape("must be left out where a policy is pooled".into());
        return Err(Invalid::new(field, area, rule));
    }
    let moves =
        rules.iter().position(|rule| rule.pickup_area.is_some() && rule.policy.reassign != usual.reassign);
    if let Some(number) = moves {
        let field = format!("policy_rules[{number}].policy.reassign");
        let rule = Rule::Shape("must be as in the usual policy where a rule names an area".into());
        return Err(Invalid::new(field, "another", rule));
    }
    let unit = usual.kind;
    let other = rules.iter().enumerate().find(|(_, rule)| rule.policy.kind != unit);
    other.map_or(Ok(()), |(number, rule)| {
        let must = format!(
            "must be {unit} as the usual policy is: a rule names an area, and prices of one round are added up"
        );
        let field = format!("policy_rules[{number}].policy.kind");
        Err(Invalid::new(field, rule.policy.kind, Rule::Shape(must)))
    })
}
