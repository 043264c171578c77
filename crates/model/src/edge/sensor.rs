//! Which readings can be. A reading that can be is believed at once: a dead fan is fast, and a second opinion is twenty seconds late.
//! One that cannot be is unknown, which moves nothing and attracts nothing; it is counted by its reason.
//!
//! Each sensor keeps what it needs to judge the next reading, and nothing is ever cut to the end of a range.

use super::limits::{CELSIUS, CHARGE_CONFIRM, CHARGE_STEP, LOAD_STEP_W, NEAR_ZERO, STUCK_AFTER, WARMING_W};
use super::reading::{Disbelief, RawNumber, Reading};
use super::telemetry::{PowerSupply, SensorKind};
use super::trend::Trend;
use super::units::{DeciCelsius, Percent};
use crate::Instant;
use std::collections::BTreeMap;

/// How often each reason was given.
pub type Disbelieved = BTreeMap<Disbelief, u64>;

/// What the die of a Jetson's power management chip says on every board, whatever its temperature: its thermal zone has no sensor.
const PMIC_PLACEHOLDER: DeciCelsius = DeciCelsius(1_000);

/// A temperature sensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Thermometer {
    kind: SensorKind,
    /// The newest.
    pub reading: Reading<DeciCelsius>,
    /// What was not believed.
    pub disbelieved: Disbelieved,
    /// Where it is going.
    pub trend: Trend,
    run: Option<Run>,
    believed: Option<DeciCelsius>,
}

/// Readings that are the same to the digit.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    value: DeciCelsius,
    /// Power when it began.
    watts: Option<f64>,
    /// When the power was another.
    load_changed_at: Option<Instant>,
}

impl Thermometer {
    /// One that has said nothing, at `now`.
    pub fn new(kind: SensorKind, now: Instant) -> Self {
        let reading = Reading::Unknown { why: Disbelief::NeverReported, since: now };
        Self {
            kind,
            reading,
            disbelieved: Disbelieved::new(),
            trend: Trend::default(),
            run: None,
            believed: None,
        }
    }

    /// Takes a reading in, in degrees Celsius, with the power drawn at the time. Returns the value, if it is believed.
    pub fn observe(&mut self, at: Instant, celsius: RawNumber, watts: Option<f64>) -> Option<DeciCelsius> {
        let judged = self.judge(at, celsius, watts);
        match judged {
            Ok(value) => {
                self.believed = Some(value);
                self.trend.keep(at, value);
            }
            Err(why) => *self.disbelieved.entry(why).or_default() += 1,
        }
        self.reading = self.reading.after(at, judged);
        judged.ok()
    }

    /// The driver did not answer.
    pub fn unanswered(&mut self, at: Instant) {
        *self.disbelieved.entry(Disbelief::Unanswered).or_default() += 1;
        self.reading = self.reading.after(at, Err(Disbelief::Unanswered));
    }

    fn judge(
        &mut self,
        at: Instant,
        celsius: RawNumber,
        watts: Option<f64>,
    ) -> Result<DeciCelsius, Disbelief> {
        let degrees = celsius.0.ok_or(Disbelief::Missing)?;
        let (low, high) = CELSIUS;
        if !(low.as_celsius()..=high.as_celsius()).contains(&degrees) {
            return Err(Disbelief::OutOfRange);
        }
        let value = DeciCelsius::from_celsius(degrees);
        if self.kind == SensorKind::Pmic && value == PMIC_PLACEHOLDER {
            return Err(Disbelief::Placeholder);
        }
        let near = |before: DeciCelsius| before.0.unsigned_abs() <= NEAR_ZERO;
        if value.0 == 0 && watts.is_some_and(|watts| watts >= WARMING_W) && !self.believed.is_some_and(near) {
            return Err(Disbelief::NoSensor);
        }
        if self.runs_on(at, value, watts) { Err(Disbelief::Stuck) } else { Ok(value) }
    }

    /// Notes a value that can be. Returns whether it has been the same for too long since the load changed.
    fn runs_on(&mut self, at: Instant, value: DeciCelsius, watts: Option<f64>) -> bool {
        let fresh = Run { value, watts, load_changed_at: None };
        let run = self.run.get_or_insert(fresh);
        if run.value != value {
            *run = fresh;
        }
        let stepped = run.watts.zip(watts).is_some_and(|(from, to)| (from - to).abs() >= LOAD_STEP_W);
        if stepped {
            run.load_changed_at.get_or_insert(at);
        }
        run.load_changed_at.is_some_and(|changed| at.since(changed) >= STUCK_AFTER)
    }
}

/// A battery's gauge.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    /// The newest.
    pub reading: Reading<Percent>,
    /// What was not believed.
    pub disbelieved: Disbelieved,
    believed: Option<Percent>,
    /// A reading that was too far off, until the next one is near it or not.
    jumped: Option<Percent>,
}

impl Gauge {
    /// One that has said nothing, at `now`.
    pub fn new(now: Instant) -> Self {
        let reading = Reading::Unknown { why: Disbelief::NeverReported, since: now };
        Self { reading, disbelieved: Disbelieved::new(), believed: None, jumped: None }
    }

    /// Takes a reading in, in percent. Returns the value, if it is believed.
    pub fn observe(&mut self, at: Instant, supply: PowerSupply, percent: RawNumber) -> Option<Percent> {
        let judged = self.judge(supply, percent);
        match judged {
            Ok(value) => self.believed = Some(value),
            Err(why) => *self.disbelieved.entry(why).or_default() += 1,
        }
        self.reading = self.reading.after(at, judged);
        judged.ok()
    }

    fn judge(&mut self, supply: PowerSupply, percent: RawNumber) -> Result<Percent, Disbelief> {
        let percent = percent.0.ok_or(Disbelief::Missing)?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(Disbelief::OutOfRange);
        }
        let value = Percent(percent.round() as u8);
        if supply == PowerSupply::External && value.0 == 0 {
            return Err(Disbelief::NoBattery);
        }
        let far = |before: Percent, most: u8| before.0.abs_diff(value.0) > most;
        let confirmed = self.jumped.take().is_some_and(|jumped| !far(jumped, CHARGE_CONFIRM));
        if !confirmed && self.believed.is_some_and(|before| far(before, CHARGE_STEP)) {
            self.jumped = Some(value);
            return Err(Disbelief::Jumped);
        }
        Ok(value)
    }
}
