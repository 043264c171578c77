//! What the operator says of a kind of bike.

use super::names::Names;
use serde::{Deserialize, Serialize};

/// What moves a bike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Propulsion {
    /// Pedals alone.
    Human,
    /// Pedals, and a motor that helps.
    ElectricAssist,
    /// A motor with a battery.
    Electric,
    /// Something else, or not said.
    Other,
}

/// A kind of bike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindSpec {
    /// What people call it, by language.
    pub names: Names,
    /// What moves it.
    pub propulsion: Propulsion,
    /// How far it goes on a full battery, in metres.
    pub range_m_max: Option<u32>,
}

impl KindSpec {
    /// Whether it has a battery that somebody must charge or swap.
    pub fn has_battery(&self) -> bool {
        matches!(self.propulsion, Propulsion::ElectricAssist | Propulsion::Electric)
    }
}
