//! Quantities, each with its unit in the type. Integers throughout, so that sums are exact and runs repeat.
//! Every crate uses them; raw numbers stop at the parsers.

use crate::limits::{Invalid, Rule};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::{Add, AddAssign, Sub};

/// A span of engine time in milliseconds, never negative. [`Millis::MAX`] means "cannot be reached".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u32);

impl From<Millis> for std::time::Duration {
    fn from(span: Millis) -> Self {
        Self::from_millis(span.0.into())
    }
}

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Cannot be reached, or no bound.
    pub const MAX: Self = Self(u32::MAX);

    /// Whole seconds as milliseconds; saturates at [`Millis::MAX`].
    pub const fn from_secs(seconds: u32) -> Self {
        Self(seconds.saturating_mul(1_000))
    }
    /// The span in seconds.
    pub fn as_secs_f64(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }
    /// The sum, held at [`Millis::MAX`].
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
    /// The difference, held at zero.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// A moment: UTC, milliseconds since 1970-01-01T00:00:00Z. In a simulation it is virtual.
/// In JSON and TOML it is written as RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub u64);

impl Instant {
    /// Before everything.
    pub const ZERO: Self = Self(0);
    /// After everything.
    pub const MAX: Self = Self(u64::MAX);

    /// The span from `earlier` to `self`; zero if `earlier` is later, held at [`Millis::MAX`].
    pub fn since(self, earlier: Self) -> Millis {
        Millis(u32::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(u32::MAX))
    }
}

/// RFC 3339 with milliseconds, `2014-12-21T05:00:00.000Z`; a moment beyond the year 9999 is held there.
impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = i64::try_from(self.0).unwrap_or(i64::MAX);
        let stamp = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
        write!(f, "{stamp:.3}")
    }
}

impl std::str::FromStr for Instant {
    type Err = Invalid;
    /// Errors: not RFC 3339, or before 1970.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let stamp = text.parse::<jiff::Timestamp>().ok();
        let ms = stamp.and_then(|stamp| u64::try_from(stamp.as_millisecond()).ok());
        ms.map(Self).ok_or_else(|| Invalid::new("time", text, Rule::Rfc3339))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { self.0.serialize(to) }
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if !from.is_human_readable() {
            return u64::deserialize(from).map(Self);
        }
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Add<Millis> for Instant {
    type Output = Self;
    fn add(self, span: Millis) -> Self {
        Self(self.0.saturating_add(u64::from(span.0)))
    }
}

impl Sub<Millis> for Instant {
    type Output = Self;
    fn sub(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(u64::from(span.0)))
    }
}

/// A length along roads in centimetres: up to 42,949 km.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Centimetres(pub u32);

impl Centimetres {
    /// The length in metres.
    pub fn as_metres(self) -> f64 {
        f64::from(self.0) / 100.0
    }
    /// The length in kilometres.
    pub fn as_km(self) -> f64 {
        f64::from(self.0) / 100_000.0
    }
    /// The sum, held at the largest length.
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Centimetres {
    fn add_assign(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

/// An amount of energy in milliwatt-hours: up to 4,294 kWh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MilliwattHours(pub u32);

impl MilliwattHours {
    /// From kilowatt-hours; negative and absurd values are held at the ends of the range.
    pub fn from_kwh(kwh: f64) -> Self {
        Self((kwh * 1e6).round() as u32)
    }
    /// The amount in kilowatt-hours.
    pub fn as_kwh(self) -> f64 {
        f64::from(self.0) / 1e6
    }
    /// The sum, held at the largest amount.
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
    /// The difference, held at zero.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Battery charge in hundredths of a percent, 0 to 10,000: fine enough that a minute's idling shows.
/// In JSON and TOML it is written in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Charge(u16);

impl Charge {
    /// A full battery.
    pub const FULL: Self = Self(10_000);
    /// An empty one.
    pub const EMPTY: Self = Self(0);

    /// From percent.
    ///
    /// Errors: outside 0 to 100, or not a number.
    pub fn from_percent(percent: f64) -> Result<Self, Invalid> {
        if (0.0..=100.0).contains(&percent) {
            Ok(Self((percent * 100.0).round() as u16))
        } else {
            Err(Invalid::new("battery_percent", percent, Rule::Within { low: 0.0, high: 100.0 }))
        }
    }
    /// From hundredths of a percent, as records hold it.
    ///
    /// Errors: more than [`Charge::FULL`].
    pub fn from_hundredths(hundredths: u16) -> Result<Self, Invalid> {
        if hundredths <= Self::FULL.0 {
            return Ok(Self(hundredths));
        }
        let rule = Rule::Within { low: 0.0, high: 100.0 };
        Err(Invalid::new("battery_percent", f64::from(hundredths) / 100.0, rule))
    }
    /// The charge in hundredths of a percent.
    pub fn as_hundredths(self) -> u16 {
        self.0
    }
    /// The charge as percent of a full battery.
    pub fn as_percent(self) -> f64 {
        f64::from(self.0) / 100.0
    }
    /// The energy that this charge stands for in a battery of `capacity`.
    pub fn of(self, capacity: MilliwattHours) -> MilliwattHours {
        MilliwattHours((u64::from(capacity.0) * u64::from(self.0) / 10_000) as u32)
    }
    /// The charge that `energy` is in a battery of `capacity`, rounded down; full at most.
    pub fn in_battery(energy: MilliwattHours, capacity: MilliwattHours) -> Self {
        let hundredths = u64::from(energy.0) * 10_000 / u64::from(capacity.0.max(1));
        Self(hundredths.min(10_000) as u16)
    }
}

impl Serialize for Charge {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { self.as_percent().serialize(to) } else { self.0.serialize(to) }
    }
}

impl<'de> Deserialize<'de> for Charge {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if !from.is_human_readable() {
            return u16::deserialize(from).map(|hundredths| Self(hundredths.min(Self::FULL.0)));
        }
        Self::from_percent(f64::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

/// What a vehicle uses per kilometre at its nominal speed, in milliwatt-hours per kilometre.
/// The road network's effort factor scales it by speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MilliwattHoursPerKm(pub u32);

impl MilliwattHoursPerKm {
    /// Energy for `effort`: a length already scaled by the speed-dependent factor of each road it covers.
    pub fn over(self, effort: Centimetres) -> MilliwattHours {
        MilliwattHours((u64::from(self.0) * u64::from(effort.0) / 100_000).min(u64::from(u32::MAX)) as u32)
    }
}

/// Compass heading in whole degrees, 0 (north) to 359, clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Heading(u16);

impl Heading {
    /// From degrees.
    ///
    /// Errors: outside 0 to 360 (360 is taken as 0), or not a number.
    pub fn from_degrees(degrees: f64) -> Result<Self, Invalid> {
        if (0.0..=360.0).contains(&degrees) {
            Ok(Self(degrees.round() as u16 % 360))
        } else {
            Err(Invalid::new("heading_deg", degrees, Rule::Within { low: 0.0, high: 360.0 }))
        }
    }
    /// Degrees clockwise from north.
    pub fn as_degrees(self) -> u16 {
        self.0
    }
}
