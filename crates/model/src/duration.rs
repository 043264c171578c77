//! Spans of time as people write them: `"200 ms"`, `"12 s"`, `"5 min"`, `"1 h"`. One parser and one printer for files, the
//! command line, and messages; in records and on the wire a span stays a number of milliseconds.
//!
//! A setting opts in: `#[serde(with = "paceline_model::duration")]` on a [`Millis`], `duration::optional` on an `Option`.

use crate::limits::{Invalid, Rule};
use crate::units::Millis;
use jiff::SignedDuration;
use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;
use std::fmt;
use std::str::FromStr;

const EXPECTED: &str = r#"a time with its unit, such as "200 ms", "12 s", "5 min" or "1 h""#;

/// The largest unit that leaves no rest, from hours to milliseconds: `90 s`, `10 min`, `0 s`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(3_600_000, "h"), (60_000, "min"), (1_000, "s")];
        let whole = |&(ms, _): &(u32, &str)| self.0 != 0 && self.0.is_multiple_of(ms);
        match units.into_iter().find(whole) {
            Some((ms, unit)) => write!(f, "{} {unit}", self.0 / ms),
            None if self.0 == 0 => f.write_str("0 s"),
            None => write!(f, "{} ms", self.0),
        }
    }
}

/// Whatever [`jiff`] reads as a friendly duration, sums included: `1 h 30 min`, `1.5 s`, `250ms`.
impl FromStr for Millis {
    type Err = Invalid;
    /// Errors: no unit or one that is not known, a negative span, parts of a millisecond, more than 49 days.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = |must: String| Invalid::new("duration", text, Rule::Shape(must));
        let span: SignedDuration = text.parse().map_err(|_| refused(format!("must be {EXPECTED}")))?;
        if span.subsec_nanos() % 1_000_000 != 0 {
            return Err(refused("must be a whole number of milliseconds".into()));
        }
        u32::try_from(span.as_millis())
            .map(Self)
            .map_err(|_| refused(format!("must lie within {} and {} h", Self::ZERO, u32::MAX / 3_600_000)))
    }
}

/// Checks a span against a closed range. Errors: outside it; value and range are printed as they are written.
pub fn within(field: &str, span: Millis, (low, high): (Millis, Millis)) -> Result<(), Invalid> {
    if (low..=high).contains(&span) {
        return Ok(());
    }
    Err(Invalid::new(field, span, Rule::Shape(format!("must lie within {low} and {high}"))))
}

/// Writes the span as [`Millis`] prints it. Errors: the serializer's own.
pub fn serialize<S: Serializer>(span: &Millis, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(span)
}

/// Reads text with a unit. Errors: a bare number, and what [`Millis::from_str`] refuses.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Millis, D::Error> {
    from.deserialize_str(Written)
}

/// The same for a span that may be left out.
pub mod optional {
    use super::{Deserializer, Millis, Serializer};
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Span(#[serde(with = "super")] Millis);

    /// Writes the span, or nothing. Errors: the serializer's own.
    pub fn serialize<S: Serializer>(span: &Option<Millis>, to: S) -> Result<S::Ok, S::Error> {
        span.map(Span).serialize(to)
    }
    /// Reads text with a unit, if there is any. Errors: as for a span that must be there.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Millis>, D::Error> {
        Ok(Option::<Span>::deserialize(from)?.map(|Span(span)| span))
    }
}

/// Says what a span looks like to whoever wrote a bare number.
struct Written;

impl Visitor<'_> for Written {
    type Value = Millis;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Millis, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(text: &str, expected: Expect) {
        let said = match text.parse::<Millis>() {
            Ok(span) => format!("{} ms, printed {span}", span.0),
            Err(invalid) => invalid.to_string(),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn spans_are_read_as_people_write_them() {
        check("200 ms", expect!["200 ms, printed 200 ms"]);
        check("12 s", expect!["12000 ms, printed 12 s"]);
        check("5 min", expect!["300000 ms, printed 5 min"]);
        check("1 h", expect!["3600000 ms, printed 1 h"]);
        check("1h 30m", expect!["5400000 ms, printed 90 min"]);
        check("1.5 s", expect!["1500 ms, printed 1500 ms"]);
        check("24 hours", expect!["86400000 ms, printed 24 h"]);
        check("0 min", expect!["0 ms, printed 0 s"]);
    }

    #[test]
    fn what_is_no_span_is_refused_with_value_and_rule() {
        check(
            "500",
            expect![[
                r#"duration is 500: must be a time with its unit, such as "200 ms", "12 s", "5 min" or "1 h""#
            ]],
        );
        check(
            "",
            expect![[
                r#"duration is : must be a time with its unit, such as "200 ms", "12 s", "5 min" or "1 h""#
            ]],
        );
        check(
            "5 parsecs",
            expect![[
                r#"duration is 5 parsecs: must be a time with its unit, such as "200 ms", "12 s", "5 min" or "1 h""#
            ]],
        );
        check("-5 s", expect!["duration is -5 s: must lie within 0 s and 1193 h"]);
        check("1.5 ms", expect!["duration is 1.5 ms: must be a whole number of milliseconds"]);
        check(
            "60 days",
            expect![[
                r#"duration is 60 days: must be a time with its unit, such as "200 ms", "12 s", "5 min" or "1 h""#
            ]],
        );
        check("2000 h", expect!["duration is 2000 h: must lie within 0 s and 1193 h"]);
    }

    #[test]
    fn a_number_without_a_unit_is_told_what_is_missing() {
        #[derive(Debug, serde::Deserialize)]
        struct Settings {
            #[serde(with = "super")]
            _tick: Millis,
        }
        let error = serde_json::from_str::<Settings>(r#"{"_tick": 500}"#).expect_err("it must be refused");
        expect![[r#"invalid type: integer `500`, expected a time with its unit, such as "200 ms", "12 s", "5 min" or "1 h" at line 1 column 13"#]].assert_eq(&error.to_string());
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_as_the_same_span(ms in any::<u32>(), whole in 0..3_usize) {
            let unit = [1, 1_000, 60_000][whole];
            let span = Millis(ms / unit * unit);
            prop_assert_eq!(span.to_string().parse::<Millis>(), Ok(span));
        }
        #[test]
        fn whatever_is_read_prints_the_same_for_ever(number in 0..200_u32, unit in "(ms|s|sec|m|min|minutes|h|hour)") {
            let span: Millis = format!("{number} {unit}").parse().expect("a span");
            let again: Millis = span.to_string().parse().expect("what is printed can be read");
            prop_assert_eq!(span.to_string(), again.to_string());
        }
    }
}
