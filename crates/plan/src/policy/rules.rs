//! Which policy holds where and when, as configured: a list of rules, of which the first that fits an order counts.
//! Called by the engine when a round begins, and wherever a configuration is read.

use super::{AreaPolicy, Policies, PolicySpec};
use paceline_model::limits::{Invalid, Rule};
use paceline_model::{GeofenceId, Instant, Tag, UtcOffset};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;

/// Most rules: each round looks through all of them.
const RULES_MAX: usize = 64;

/// A time of day of the region's own clock, to the minute. In files: `18:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayTime(u16);

const MINUTES_PER_DAY: i64 = 24 * 60;

impl DayTime {
    /// Errors: no such time of day.
    pub fn parse(field: &str, text: &str) -> Result<Self, Invalid> {
        let number = |digits: &str| digits.parse::<u16>().ok().filter(|_| digits.len() == 2);
        let read = text.split_once(':').and_then(|(hours, minutes)| Some((number(hours)?, number(minutes)?)));
        match read {
            Some((hours, minutes)) if hours < 24 && minutes < 60 => Ok(Self(hours * 60 + minutes)),
            _ => {
                let rule = Rule::Shape("must be a time of day from 00:00 to 23:59, such as 18:30".into());
                Err(Invalid::new(field, text, rule))
            }
        }
    }
    /// The time of day at `at`, by a clock so far ahead of UTC.
    pub fn of(at: Instant, ahead: UtcOffset) -> Self {
        let minutes = (at.0 / 60_000) as i64 + i64::from(ahead.minutes());
        Self(minutes.rem_euclid(MINUTES_PER_DAY) as u16)
    }
}

impl std::fmt::Display for DayTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for DayTime {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DayTime {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse("the time", &text).map_err(serde::de::Error::custom)
    }
}

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

impl PolicyRule {
    fn holds_at(&self, now: DayTime) -> bool {
        match (self.from, self.until) {
            (None, None) => true,
            (Some(from), None) => now >= from,
            (None, Some(until)) => now < until,
            (Some(from), Some(until)) if from < until => (from..until).contains(&now),
            (Some(from), Some(until)) => now >= from || now < until,
        }
    }
}

/// The policies of a round that begins at `at`. Rules behind one that holds for all orders are never reached.
pub fn policies_at(usual: &PolicySpec, rules: &[PolicyRule], clock: UtcOffset, at: Instant) -> Policies {
    let now = DayTime::of(at, clock);
    let mut areas = Vec::new();
    for rule in rules.iter().filter(|rule| rule.holds_at(now)) {
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
    if rules.len() > RULES_MAX {
        let rule = Rule::Size { least: 0, most: RULES_MAX, unit: "rules".into() };
        return Err(Invalid::new("policy_rules", format!("{} rules", rules.len()), rule));
    }
    let mut names = BTreeSet::new();
    for (number, rule) in rules.iter().enumerate() {
        let within = |invalid: Invalid| invalid.within(&format!("policy_rules[{number}]"));
        rule.policy.clone().validate().map_err(within)?;
        if !names.insert(&rule.name) {
            let twice = Rule::Shape("must be a name that no other rule has".into());
            return Err(within(Invalid::new("name", &rule.name, twice)));
        }
    }
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
