//! Lists of rules that hold at parts of the day, of which the first that fits counts: policies of fleets, and of edge regions.

use paceline_model::limits::{Invalid, Rule};
use paceline_model::{Instant, Tag, UtcOffset};
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

/// A part of each day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// From this time of day on; `None`: from midnight.
    pub from: Option<DayTime>,
    /// Until before this time of day, on the next day if that is not later than `from`.
    pub until: Option<DayTime>,
}

impl Hours {
    /// Whether a time of day lies in it.
    pub fn contain(self, now: DayTime) -> bool {
        match (self.from, self.until) {
            (None, None) => true,
            (Some(from), None) => now >= from,
            (None, Some(until)) => now < until,
            (Some(from), Some(until)) if from < until => (from..until).contains(&now),
            (Some(from), Some(until)) => now >= from || now < until,
        }
    }
}

/// A rule of such a list.
pub trait Scheduled {
    /// What it is called in reasons and reports.
    fn name(&self) -> &Tag;
    /// When it holds.
    fn hours(&self) -> Hours;
    /// Whether it holds for all: rules behind it are never reached.
    fn is_for_all(&self) -> bool;
}

/// The rules that hold at `at`, by falling precedence, the first that holds for all as the last.
pub fn holding<R: Scheduled>(rules: &[R], clock: UtcOffset, at: Instant) -> impl Iterator<Item = &R> {
    let now = DayTime::of(at, clock);
    let mut open = true;
    rules.iter().filter(move |rule| rule.hours().contain(now)).take_while(move |rule| {
        let reached = open;
        open &= !rule.is_for_all();
        reached
    })
}

/// Checks each rule of the list called `list`, and the list.
///
/// Errors: too many rules; what `each` says of one; a name twice.
pub fn validate<R: Scheduled>(
    list: &str,
    rules: &[R],
    each: impl Fn(&R) -> Result<(), Invalid>,
) -> Result<(), Invalid> {
    if rules.len() > RULES_MAX {
        let rule = Rule::Size { least: 0, most: RULES_MAX, unit: "rules".into() };
        return Err(Invalid::new(list, format!("{} rules", rules.len()), rule));
    }
    let mut names = BTreeSet::new();
    for (number, rule) in rules.iter().enumerate() {
        let within = |invalid: Invalid| invalid.within(&format!("{list}[{number}]"));
        each(rule).map_err(within)?;
        if !names.insert(rule.name()) {
            let twice = Rule::Shape("must be a name that no other rule has".into());
            return Err(within(Invalid::new("name", rule.name(), twice)));
        }
    }
    Ok(())
}
