//! A region's own clock: a time zone by its name in the IANA database, with its daylight saving, or a fixed offset from UTC. The names
//! and their rules are those that the program was built with: two machines agree, whatever their systems hold.

use crate::limits::{Invalid, Rule};
use crate::{Instant, UtcOffset};
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// `Europe/Oslo`, or `+05:30`. The default is UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Fixed(UtcOffset),
    Named(TimeZone),
}

impl Zone {
    /// How far its clocks are ahead of UTC at a time.
    pub fn offset(&self, at: Instant) -> UtcOffset {
        let zone = match &self.0 {
            Kind::Fixed(offset) => return *offset,
            Kind::Named(zone) => zone,
        };
        let ms = i64::try_from(at.0).unwrap_or(i64::MAX);
        let stamp = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
        let minutes = i16::try_from(zone.to_offset(stamp).seconds() / 60);
        minutes.ok().and_then(|minutes| UtcOffset::from_minutes(minutes).ok()).unwrap_or_default()
    }
    /// When its clocks show a time. Where they are put back, the first time that they do; one that is left out in spring counts as if
    /// they had not been put forward. Times before 1970 count as 1970.
    pub fn instant(&self, local: DateTime) -> Instant {
        let stamp = match &self.0 {
            Kind::Fixed(offset) => {
                let ahead = jiff::Span::new().minutes(i64::from(offset.minutes()));
                TimeZone::UTC.to_timestamp(local.saturating_sub(ahead))
            }
            Kind::Named(zone) => zone.to_timestamp(local),
        };
        Instant(stamp.ok().and_then(|stamp| u64::try_from(stamp.as_millisecond()).ok()).unwrap_or_default())
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::from(UtcOffset::default())
    }
}

impl From<UtcOffset> for Zone {
    fn from(offset: UtcOffset) -> Self {
        Self(Kind::Fixed(offset))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Fixed(offset) => offset.fmt(f),
            Kind::Named(zone) => f.write_str(zone.iana_name().unwrap_or_default()),
        }
    }
}

impl FromStr for Zone {
    type Err = Invalid;
    /// Errors: neither an offset nor a name of the database.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.starts_with(['+', '-']) {
            return text.parse().map(|offset| Self(Kind::Fixed(offset)));
        }
        let rule =
            "must be a time zone such as Europe/Oslo, or an offset from -12:00 to +14:00 such as +01:00";
        let named = TimeZoneDatabase::bundled().get(text);
        named
            .map(|zone| Self(Kind::Named(zone)))
            .map_err(|_| Invalid::new("time zone", text, Rule::Shape(rule.into())))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(text: &str) -> Zone {
        text.parse().expect("a zone")
    }
    fn at(text: &str) -> Instant {
        text.parse().expect("a time")
    }

    #[test]
    fn a_named_zone_keeps_daylight_saving_and_an_offset_does_not() {
        let (winter, summer) = (at("2023-01-01T00:00:00Z"), at("2023-07-01T00:00:00Z"));
        let minutes = |text: &str| [winter, summer].map(|at| zone(text).offset(at).minutes());
        assert_eq!(minutes("Europe/Oslo"), [60, 120]);
        assert_eq!(minutes("Asia/Kathmandu"), [345, 345]);
        assert_eq!(minutes("America/St_Johns"), [-210, -150]);
        assert_eq!(minutes("+01:00"), [60, 60]);
    }

    #[test]
    fn clocks_that_are_put_back_and_forward_show_each_time_once() {
        let instant =
            |text: &str| zone("Europe/Oslo").instant(text.parse().expect("a local time")).to_string();
        assert_eq!(instant("2023-07-01T12:00:00"), "2023-07-01T10:00:00.000Z");
        assert_eq!(instant("2023-10-29T02:30:00"), "2023-10-29T00:30:00.000Z", "the first of two");
        assert_eq!(instant("2023-03-26T02:30:00"), "2023-03-26T01:30:00.000Z", "it is left out");
    }

    #[test]
    fn a_zone_is_written_as_it_was_read_and_what_is_none_is_refused() {
        for text in ["Europe/Oslo", "+05:30", "-03:30", "UTC"] {
            assert_eq!(zone(text).to_string(), text);
        }
        for text in ["Europe/Atlantis", "CEST", "5", "", "+15:00"] {
            let said = text.parse::<Zone>().expect_err("it must be refused").to_string();
            assert!(said.contains(text) && said.contains("must be"), "{said}");
        }
    }
}
