//! A battery between its readings: what driving and idling take from it, what a plug puts in.
//! Kept in exact microwatt-hours, so that thousands of small steps sum to what one large step would.

use crate::error::SimError;
use paceline_model::{Charge, Millis, MilliwattHours};
use std::path::Path;

/// What a battery takes, by how full it is: shares of the full battery and of the largest power, in ascending order.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerCurve {
    points: Vec<(f64, f64)>,
    watts_max: f64,
}

impl PowerCurve {
    /// The same power from empty to full.
    pub fn flat(kw_max: f64) -> Self {
        Self { points: vec![(0.0, 1.0), (1.0, 1.0)], watts_max: kw_max * 1_000.0 }
    }
    /// From a CSV file with a header line: share of the full battery, share of `kw_max`.
    ///
    /// Errors: not two columns of numbers within 0 and 1, or not ascending.
    pub fn read(path: &Path, kw_max: f64) -> Result<Self, SimError> {
        let bytes = crate::files::read_all(path)?;
        let mut points = Vec::new();
        for (row, line) in csv::Reader::from_reader(bytes.as_slice()).deserialize().enumerate() {
            let line_number = row as u64 + 2;
            let (energy, power): (f64, f64) =
                line.map_err(|error| SimError::line(path, line_number, error))?;
            let ascending = points.last().is_none_or(|&(before, _)| before < energy);
            if !(ascending && (0.0..=1.0).contains(&energy) && (0.0..=1.0).contains(&power)) {
                return Err(SimError::line(path, line_number, "shares must lie within 0 and 1 and ascend"));
            }
            points.push((energy, power));
        }
        if points.len() < 2 {
            return Err(SimError::line(path, 1, "a power curve has at least two points"));
        }
        Ok(Self { points, watts_max: kw_max * 1_000.0 })
    }
    /// What the battery takes at most when `full` of it (0 to 1) is full.
    pub fn watts(&self, full: f64) -> f64 {
        let after = self.points.partition_point(|&(energy, _)| energy <= full);
        let share = match (after.checked_sub(1).map(|before| self.points[before]), self.points.get(after)) {
            (Some((e0, p0)), Some(&(e1, p1))) => p0 + (p1 - p0) * (full - e0) / (e1 - e0),
            (Some((_, last)), None) => last,
            (None, _) => self.points[0].1,
        };
        share * self.watts_max
    }
}

/// One battery.
#[derive(Clone, Debug)]
pub struct Battery {
    capacity_uwh: u64,
    energy_uwh: u64,
}

/// Charging is integrated in steps of this length: the curve moves by under 2 % in one.
const STEP_MS: u32 = 30_000;

impl Battery {
    /// A battery of `capacity`, as full as `charge` says.
    pub fn new(capacity: MilliwattHours, charge: Charge) -> Self {
        let mut battery = Self { capacity_uwh: u64::from(capacity.0) * 1_000, energy_uwh: 0 };
        battery.energy_uwh = battery.at(charge);
        battery
    }
    /// What it holds at `charge`.
    fn at(&self, charge: Charge) -> u64 {
        self.capacity_uwh * u64::from((charge.as_percent() * 100.0).round() as u32) / 10_000
    }
    /// How full it is.
    pub fn charge(&self) -> Charge {
        let energy = MilliwattHours((self.energy_uwh / 1_000) as u32);
        Charge::in_battery(energy, MilliwattHours((self.capacity_uwh / 1_000) as u32))
    }
    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.energy_uwh == 0
    }
    /// What it holds beyond `least`.
    pub fn above(&self, least: Charge) -> MilliwattHours {
        MilliwattHours((self.energy_uwh.saturating_sub(self.at(least)) / 1_000) as u32)
    }
    /// Takes energy out; what is not there cannot be taken. Returns what was taken.
    pub fn drain(&mut self, energy: MilliwattHours) -> MilliwattHours {
        let taken = self.energy_uwh.min(u64::from(energy.0) * 1_000);
        self.energy_uwh -= taken;
        MilliwattHours((taken / 1_000) as u32)
    }
    /// Stands without a plug for `span`, drawing `watts` until it is down to `least`. Returns microwatt-hours.
    pub fn idle(&mut self, watts: f64, span: Millis, least: Charge) -> u64 {
        let wanted = (watts * f64::from(span.0) / 3.6) as u64;
        let taken = self.energy_uwh.saturating_sub(self.at(least)).min(wanted);
        self.energy_uwh -= taken;
        taken
    }
    /// Stands at a plug of `plug_watts` for `span`. Returns the microwatt-hours put in.
    pub fn fill(&mut self, curve: &PowerCurve, plug_watts: u32, span: Millis) -> u64 {
        let before = self.energy_uwh;
        let mut left = span.0;
        while left > 0 && self.energy_uwh < self.capacity_uwh {
            let step = left.min(STEP_MS);
            let full = self.energy_uwh as f64 / self.capacity_uwh as f64;
            let watts = curve.watts(full).min(f64::from(plug_watts));
            let put = (watts * f64::from(step) / 3.6) as u64;
            self.energy_uwh = (self.energy_uwh + put).min(self.capacity_uwh);
            left -= step;
        }
        self.energy_uwh - before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn battery(percent: f64) -> Battery {
        Battery::new(MilliwattHours::from_kwh(50.0), Charge::from_percent(percent).unwrap())
    }

    #[test]
    fn an_hour_at_a_plug_puts_in_its_power_and_no_more() {
        let mut battery = battery(20.0);
        let put = battery.fill(&PowerCurve::flat(50.0), 7_200, Millis::from_secs(3_600));
        assert!((put as f64 / 1e9 - 7.2).abs() < 0.001, "{put}");
        assert_eq!(battery.charge().as_percent(), 34.4);
    }

    #[test]
    fn a_full_battery_takes_nothing() {
        let mut battery = battery(100.0);
        assert_eq!(battery.fill(&PowerCurve::flat(50.0), 50_000, Millis::from_secs(3_600)), 0);
    }

    #[test]
    fn an_empty_battery_gives_nothing() {
        let mut battery = battery(0.0);
        assert!(battery.is_empty());
        assert_eq!(battery.drain(MilliwattHours(1)), MilliwattHours(0));
        assert_eq!(battery.idle(800.0, Millis::from_secs(60), Charge::default()), 0);
    }

    #[test]
    fn the_curve_runs_straight_between_its_points() {
        let curve = PowerCurve { points: vec![(0.0, 0.2), (0.5, 1.0), (1.0, 0.0)], watts_max: 100.0 };
        assert_eq!(
            [0.0, 0.25, 0.5, 0.75, 1.0].map(|full| curve.watts(full).round()),
            [20.0, 60.0, 100.0, 50.0, 0.0]
        );
    }
}
