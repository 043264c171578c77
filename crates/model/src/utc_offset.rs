//! How far a region's own clock is ahead of UTC, as RFC 3339 writes it: `+01:00`, `-05:00`, `+05:30`.
//! One spelling for rules, scenarios and speed profiles; daylight saving is two settings and not one.

use crate::limits::{Invalid, Rule};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Minutes ahead of UTC, from -12:00 (Baker Island) to +14:00 (Kiritimati). The default is UTC itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UtcOffset(i16);

const MINUTES: std::ops::RangeInclusive<i16> = -12 * 60..=14 * 60;

impl UtcOffset {
    /// From whole hours, negative in the west. Errors: no place on earth has it.
    pub fn from_hours(hours: i8) -> Result<Self, Invalid> {
        let minutes = i16::from(hours) * 60;
        let known = MINUTES.contains(&minutes).then_some(Self(minutes));
        known.ok_or_else(|| Invalid::new("UTC offset", format!("{hours} h"), rule()))
    }
    /// From minutes, negative in the west. Errors: no place on earth has it.
    pub fn from_minutes(minutes: i16) -> Result<Self, Invalid> {
        let known = MINUTES.contains(&minutes).then_some(Self(minutes));
        known.ok_or_else(|| Invalid::new("UTC offset", format!("{minutes} min"), rule()))
    }
    /// Minutes ahead of UTC; negative in the west.
    pub fn minutes(self) -> i16 {
        self.0
    }
    /// Hours ahead of UTC, where the offset is whole hours: tables by the hour can be shifted by nothing else.
    ///
    /// Errors: it is not whole hours.
    pub fn whole_hours(self) -> Result<i8, Invalid> {
        let whole = Rule::Shape("must be whole hours, because a speed profile has a row for each".into());
        let hours = (self.0 % 60 == 0).then_some((self.0 / 60) as i8);
        hours.ok_or_else(|| Invalid::new("utc_offset", self, whole))
    }
}

fn rule() -> Rule {
    Rule::Shape("must be an offset from -12:00 to +14:00, such as +01:00".into())
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, minutes) = (if self.0 < 0 { '-' } else { '+' }, self.0.abs());
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl FromStr for UtcOffset {
    type Err = Invalid;
    /// Errors: another shape than `+hh:mm`, or an offset that no place on earth has.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let number = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<i16>().ok().filter(|_| plain)
        };
        let read = || {
            let (sign, rest) = match text.strip_prefix('-') {
                Some(rest) => (-1, rest),
                None => (1, text.strip_prefix('+')?),
            };
            let (hours, minutes) = rest.split_once(':')?;
            let minutes = number(minutes).filter(|minutes| *minutes < 60)?;
            Some(sign * (number(hours)? * 60 + minutes)).filter(|offset| MINUTES.contains(offset))
        };
        read().map(Self).ok_or_else(|| Invalid::new("UTC offset", text, rule()))
    }
}

impl Serialize for UtcOffset {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcOffset {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_is_read_as_it_is_printed() {
        for minutes in MINUTES {
            let offset = UtcOffset(minutes);
            assert_eq!(offset.to_string().parse(), Ok(offset));
        }
        assert_eq!("-00:30".parse::<UtcOffset>().map(UtcOffset::minutes), Ok(-30));
        assert_eq!("+05:30".parse::<UtcOffset>().map(UtcOffset::minutes), Ok(330));
    }

    #[test]
    fn what_is_no_offset_is_refused_with_value_and_rule() {
        for text in ["5", "05:00", "+5:00", "+05:60", "-12:01", "+14:30", "+0500", "+-5:00", "−05:00", ""] {
            let said = text.parse::<UtcOffset>().expect_err("it must be refused").to_string();
            let expected =
                format!("UTC offset is {text}: must be an offset from -12:00 to +14:00, such as +01:00");
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn only_whole_hours_shift_a_table_of_hours() {
        assert_eq!("-05:00".parse::<UtcOffset>().expect("an offset").whole_hours(), Ok(-5));
        assert!("+05:30".parse::<UtcOffset>().expect("an offset").whole_hours().is_err());
    }
}
