//! Energy in settings: kilowatt-hours, with the unit in the key (`reserve_kwh = 2.0`).
//! A setting opts in with `#[serde(with = "paceline_model::kwh")]`; in records energy stays a whole number of milliwatt-hours.

use crate::limits::{BATTERY_KWH, within};
use crate::units::MilliwattHours;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes kilowatt-hours. Errors: the serializer's own.
pub fn serialize<S: Serializer>(energy: &MilliwattHours, to: S) -> Result<S::Ok, S::Error> {
    energy.as_kwh().serialize(to)
}

/// Reads kilowatt-hours. Errors: less than nothing, or more than the largest battery holds.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<MilliwattHours, D::Error> {
    let kwh = f64::deserialize(from)?;
    within("energy in kWh", kwh, (0.0, BATTERY_KWH.1)).map_err(serde::de::Error::custom)?;
    Ok(MilliwattHours::from_kwh(kwh))
}
