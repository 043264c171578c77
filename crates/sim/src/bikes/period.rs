//! Days of a city's own calendar: `2023-05-01..2023-06-01`, the end not among them, and the time zone that says when they begin.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use paceline_model::{Instant, UtcOffset};
use std::str::FromStr;

/// A time zone by its name in the zone database, such as `Europe/Oslo`.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl FromStr for Zone {
    type Err = String;
    /// Errors: the database has no such zone.
    fn from_str(name: &str) -> Result<Self, String> {
        TimeZone::get(name)
            .map(Self)
            .map_err(|error| format!("{name} is no time zone ({error}): write it as Europe/Oslo"))
    }
}

impl Zone {
    /// How far its clocks are ahead of UTC at a time.
    pub fn offset(&self, at: Instant) -> UtcOffset {
        let ms = i64::try_from(at.0).unwrap_or(i64::MAX);
        let stamp = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
        let minutes = self.0.to_offset(stamp).seconds() / 60;
        i16::try_from(minutes)
            .ok()
            .and_then(|minutes| UtcOffset::from_minutes(minutes).ok())
            .unwrap_or_default()
    }
    /// When a day begins.
    fn midnight(&self, day: Date) -> Instant {
        self.at(day, Time::midnight())
    }
    fn at(&self, day: Date, time: Time) -> Instant {
        let at = self.0.to_timestamp(day.to_datetime(time)).map(|at| at.as_millisecond());
        Instant(at.ok().and_then(|ms| u64::try_from(ms).ok()).unwrap_or_default())
    }
}

/// Days in a row, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    from: Date,
    to: Date,
}

impl FromStr for Period {
    type Err = String;
    /// Errors: it is not two days with `..` between them, or the second is not later than the first.
    fn from_str(text: &str) -> Result<Self, String> {
        let rule = "write it as 2023-05-01..2023-06-01, the end not included";
        let (from, to) = text.split_once("..").ok_or_else(|| format!("{text} is no period: {rule}"))?;
        let day =
            |text: &str| text.parse::<Date>().map_err(|error| format!("{text} is no day ({error}): {rule}"));
        let (from, to) = (day(from)?, day(to)?);
        if to <= from {
            return Err(format!("{to} is not later than {from}: {rule}"));
        }
        Ok(Self { from, to })
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}

impl Period {
    /// Its first day, and the first after it.
    pub fn days(&self) -> (Date, Date) {
        (self.from, self.to)
    }
    /// Whether a day is in both.
    pub fn overlaps(&self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }
    /// When it begins and ends.
    pub fn span(&self, zone: &Zone) -> (Instant, Instant) {
        (zone.midnight(self.from), zone.midnight(self.to))
    }
    /// A time of its first day.
    pub(super) fn first_at(&self, zone: &Zone, time: Time) -> Instant {
        zone.at(self.from, time)
    }
    /// The first days of the months that files may hold snapshots of it under: they go by UTC, so a day before counts too.
    pub fn months(&self) -> impl Iterator<Item = Date> {
        let first = self.from.yesterday().unwrap_or(self.from).first_of_month();
        let to = self.to;
        let next = |month: &Date| month.last_of_month().tomorrow().ok();
        std::iter::successors(Some(first), next).take_while(move |month| *month <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_days_of_the_city_and_the_files_that_hold_them() {
        let period: Period = "2023-05-01..2023-07-01".parse().expect("a period");
        let zone: Zone = "Europe/Oslo".parse().expect("a zone");
        let (from, to) = period.span(&zone);
        assert_eq!(
            (from.to_string().as_str(), to.to_string().as_str()),
            ("2023-04-30T22:00:00.000Z", "2023-06-30T22:00:00.000Z")
        );
        let months: Vec<String> = period.months().map(|month| month.to_string()).collect();
        assert_eq!(months, ["2023-04-01", "2023-05-01", "2023-06-01", "2023-07-01"]);
        assert_eq!(zone.offset(from).minutes(), 120);
        assert_eq!(zone.offset("2023-01-01T00:00:00Z".parse().expect("a time")).minutes(), 60);
    }

    #[test]
    fn what_is_no_period_is_refused_in_words() {
        let said = |text: &str| text.parse::<Period>().expect_err("it is refused");
        assert!(said("2023-05").contains("is no period"));
        assert!(said("2023-05-01..2023-05-32").contains("is no day"));
        assert!(said("2023-05-02..2023-05-02").contains("not later"));
        assert!("Europe/Atlantis".parse::<Zone>().expect_err("it is refused").contains("Europe/Atlantis"));
    }
}
