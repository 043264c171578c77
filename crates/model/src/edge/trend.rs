//! Where a temperature is going: a line through the last readings that were believed, which a single odd one does not turn.
//!
//! Theil and Sen's estimator: the median of the slopes of all pairs, and the median of the levels that follow from it. Up to 29 in a
//! hundred readings may be anything. Source: Sen, *Estimates of the regression coefficient based on Kendall's tau*, JASA 63(324), 1968.

use super::limits::{TREND_GAP, TREND_READINGS, TREND_SPAN_MIN, TREND_WITHIN};
use super::units::DeciCelsius;
use crate::{Instant, Millis};
use std::collections::VecDeque;

/// The last readings of one sensor, so many at most, of the last minute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trend {
    kept: VecDeque<(Instant, DeciCelsius)>,
}

/// The line through the readings of a [`Trend`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// When the last reading was taken.
    pub at: Instant,
    /// The line's value then, in thousandths of a degree Celsius.
    pub level_milli: i64,
    /// Its slope in millionths of a degree a second.
    pub slope_micro: i64,
}

impl Trend {
    /// Keeps a reading that was believed. One that is older than the last is passed over.
    pub fn keep(&mut self, at: Instant, value: DeciCelsius) {
        if self.kept.back().is_some_and(|(last, _)| at <= *last) {
            return;
        }
        // Of a sensor that is read often the newest takes the place of the one just before it: so many readings still span a minute.
        let crowded = self.kept.len() >= 2 && at.since(self.kept[self.kept.len() - 2].0) < TREND_GAP;
        if crowded {
            self.kept.pop_back();
        }
        self.kept.push_back((at, value));
        while self.kept.len() > TREND_READINGS.1 || at.since(self.kept[0].0) > TREND_WITHIN {
            self.kept.pop_front();
        }
    }

    /// Whether the last reading is lower than the one before it.
    pub fn falls(&self) -> bool {
        let mut newest = self.kept.iter().rev().map(|(_, value)| value);
        newest.next().zip(newest.next()).is_some_and(|(last, before)| last < before)
    }

    /// The line through what is kept. `None`: too few readings, or over too short a time, or none of late.
    pub fn forecast(&self, now: Instant) -> Option<Forecast> {
        let ((first, _), (at, _)) = (*self.kept.front()?, *self.kept.back()?);
        let enough = self.kept.len() >= TREND_READINGS.0 && at.since(first) >= TREND_SPAN_MIN;
        if !enough || now.since(at) > TREND_WITHIN {
            return None;
        }
        let later = |number: usize| self.kept.iter().skip(number + 1);
        let pairs =
            self.kept.iter().enumerate().flat_map(|(number, from)| later(number).map(move |to| (from, to)));
        let slopes = pairs.map(|((t0, v0), (t1, v1))| {
            (i64::from(v1.0) - i64::from(v0.0)) * 100_000_000 / i64::from(t1.since(*t0).0.max(1))
        });
        let slope_micro = lower_median(slopes.collect())?;
        let levels = self
            .kept
            .iter()
            .map(|(t, v)| i64::from(v.0) * 100 + slope_micro * i64::from(at.since(*t).0) / 1_000_000);
        Some(Forecast { at, level_milli: lower_median(levels.collect())?, slope_micro })
    }
}

/// The middle one, and of two the lower.
fn lower_median(mut values: Vec<i64>) -> Option<i64> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable(middle).1)
}

impl Forecast {
    /// How long after the last reading the line reaches `threshold`; at once if it is there. `None`: it does not rise, or not within days.
    pub fn reaches(&self, threshold: DeciCelsius) -> Option<Millis> {
        let missing = i64::from(threshold.0) * 100 - self.level_milli;
        match () {
            () if missing <= 0 => Some(Millis(0)),
            () if self.slope_micro <= 0 => None,
            () => u32::try_from(missing.saturating_mul(1_000_000) / self.slope_micro).ok().map(Millis),
        }
    }
    /// Degrees Celsius a minute.
    pub fn per_minute(&self) -> f64 {
        self.slope_micro as f64 * 60.0 / 1e6
    }
    /// Its value at the last reading, in degrees Celsius.
    pub fn level(&self) -> f64 {
        self.level_milli as f64 / 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(readings: &[(u64, f64)]) -> Trend {
        let mut trend = Trend::default();
        readings.iter().for_each(|(second, celsius)| {
            trend.keep(Instant(second * 1_000), DeciCelsius::from_celsius(*celsius));
        });
        trend
    }

    #[test]
    fn a_steady_rise_is_told_with_the_time_to_the_threshold() {
        let readings: Vec<_> = (0..6).map(|number| (number * 10, 74.0 + number as f64)).collect();
        let forecast = trend(&readings).forecast(Instant(50_000)).expect("enough readings");
        assert_eq!((forecast.level_milli, forecast.slope_micro), (79_000, 100_000));
        assert_eq!(forecast.reaches(DeciCelsius(850)), Some(Millis::from_secs(60)));
        assert_eq!(forecast.reaches(DeciCelsius(790)), Some(Millis(0)));
        assert_eq!(trend(&readings).forecast(Instant(200_000)), None, "what is old says nothing");
    }

    #[test]
    fn one_odd_reading_makes_no_slope_wherever_it_stands() {
        for odd in 0..5 {
            let readings: Vec<_> =
                (0..5).map(|number| (number * 10, if number == odd { 84.0 } else { 79.0 })).collect();
            let forecast = trend(&readings).forecast(Instant(40_000)).expect("enough readings");
            assert_eq!((forecast.level_milli, forecast.slope_micro), (79_000, 0), "{odd}");
        }
    }

    #[test]
    fn few_readings_or_a_short_time_have_no_slope() {
        assert_eq!(trend(&[(0, 70.0), (15, 75.0), (30, 80.0), (45, 84.0)]).forecast(Instant(45_000)), None);
        let fast: Vec<_> = (0..25).map(|second| (second, 60.0 + second as f64)).collect();
        assert_eq!(trend(&fast).forecast(Instant(25_000)), None);
        let fast: Vec<_> = (0..40).map(|second| (second, 60.0 + 0.5 * second as f64)).collect();
        let forecast = trend(&fast).forecast(Instant(40_000)).expect("half a minute of readings");
        assert_eq!(forecast.slope_micro, 500_000);
        let long: Vec<_> = (0..1_000).map(|second| (second, 60.0)).collect();
        assert!(trend(&long).kept.len() <= TREND_READINGS.1);
    }
}
