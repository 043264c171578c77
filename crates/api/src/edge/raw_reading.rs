//! Numbers as drivers write them.

use paceline_model::edge::RawNumber;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A number as a driver writes it: `71`, `"71"`; `"N/A"`, `null` or nothing for none. One that cannot be is taken, and not believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum RawReading {
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
}

pub(super) fn raw(reading: &Option<RawReading>) -> RawNumber {
    match reading {
        None => RawNumber(None),
        Some(RawReading::Number(number)) => RawNumber(Some(*number)),
        Some(RawReading::Text(text)) => RawNumber::parse(text),
    }
}
