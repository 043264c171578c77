//! What is read of a single bike: where it stands, whether anybody may ride it, and how far its battery goes.

use super::id::{BikeId, BikeKind, StationId};
use super::stock::AsOf;
use crate::{Charge, Position};
use serde::{Deserialize, Serialize};

/// Where a bike stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// On the street, at no station.
    Loose(Position),
    /// At a station, among the bikes that are counted there: it is not one more. What its own receiver says of the place does not count.
    Docked(StationId),
}

/// Who may take a bike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BikeState {
    /// Any rider.
    ForHire,
    /// The rider who reserved it: it is no supply, and no van fetches it.
    Reserved,
    /// No rider: it is for repair, and a van that passes may take it.
    Broken,
}

/// What a feed says of one bike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BikeReading {
    /// Its name, until its next ride.
    pub id: BikeId,
    /// What kind it is, if that is known.
    pub kind: Option<BikeKind>,
    /// Where it stands.
    pub standing: Standing,
    /// Who may take it.
    pub state: BikeState,
    /// How far its battery goes, in metres, if it says.
    pub range_m: Option<u32>,
    /// How full its battery is, if it says.
    pub charge: Option<Charge>,
    /// As of when.
    pub as_of: AsOf,
}

impl BikeReading {
    /// Where it stands, if it is no station's.
    pub fn loose_at(&self) -> Option<Position> {
        match self.standing {
            Standing::Loose(position) => Some(position),
            Standing::Docked(_) => None,
        }
    }
}
