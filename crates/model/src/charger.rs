//! A charger site: one place, some plugs of one power.

use crate::limits::{Invalid, PLUG_KW, PLUGS_MAX, within};
use crate::{ChargerId, Position};
use serde::{Deserialize, Serialize};

/// What a charger site is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargerSpec {
    /// Lasting name.
    pub id: ChargerId,
    /// Where it is.
    pub position: Position,
    /// How many vehicles can charge at once.
    pub plugs: u16,
    /// Power of one plug in watts.
    pub plug_watts: u32,
}

impl ChargerSpec {
    /// Errors: no plugs or more than [`PLUGS_MAX`]; power outside [`PLUG_KW`].
    pub fn new(id: ChargerId, position: Position, plugs: u16, plug_kw: f64) -> Result<Self, Invalid> {
        within("plugs", f64::from(plugs), (1.0, f64::from(PLUGS_MAX)))?;
        let kw = within("plug_kw", plug_kw, PLUG_KW)?;
        Ok(Self { id, position, plugs, plug_watts: (kw * 1_000.0).round() as u32 })
    }
}
