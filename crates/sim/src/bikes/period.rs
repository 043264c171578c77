//! Days of a city's own calendar: `2023-05-01..2023-06-01`, the end not among them, and the time zone that says when they begin.

use jiff::civil::{Date, Time};
use paceline_model::{Instant, Zone};
use std::str::FromStr;

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
        (self.first_at(zone, Time::midnight()), zone.instant(self.to.to_datetime(Time::midnight())))
    }
    /// A time of its first day.
    pub(super) fn first_at(&self, zone: &Zone, time: Time) -> Instant {
        zone.instant(self.from.to_datetime(time))
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
    }

    #[test]
    fn what_is_no_period_is_refused_in_words() {
        let said = |text: &str| text.parse::<Period>().expect_err("it is refused");
        assert!(said("2023-05").contains("is no period"));
        assert!(said("2023-05-01..2023-05-32").contains("is no day"));
        assert!(said("2023-05-02..2023-05-02").contains("not later"));
    }
}
