//! Where rides begin and end: at stations that are known by id, or by name and place where a spreadsheet has cut the id; at coordinates; at
//! places that are no stations; nowhere.

use crate::read::Region;
use paceline_model::Position;
use paceline_model::bikes::StationId;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A place this near to a station of the same name is that station, in metres: stands move across the street.
const SAME_STATION_M: f64 = 100.0;

/// Where a ride begins or ends.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// At a station.
    Station(StationId),
    /// On the street.
    Place(Position),
    /// Nobody knows.
    Unknown,
}

/// What is known of a station.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub place: Position,
}

/// What is known of places.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Stations by id; empty: every id is one.
    pub stations: BTreeMap<StationId, Station>,
    /// Ids and names of places that are no stations: test benches, workshops, depots.
    pub not_stations: BTreeSet<String>,
}

/// What a row says of an end.
pub(super) struct Said<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) place: Option<Position>,
}

/// What that is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    At(End),
    /// A station, by name and place.
    ByName(StationId),
    NotAStation,
    Nobody,
}

impl Places {
    /// Around the stations.
    pub(super) fn region(&self) -> Region {
        Region::around(self.stations.values().map(|station| station.place))
    }

    /// Where an end is.
    pub(super) fn find(&self, said: &Said<'_>, region: Region) -> Found {
        if self.not_stations.contains(said.id) || self.not_stations.contains(said.name) {
            return Found::NotAStation;
        }
        if said.id.is_empty() {
            let place = said.place.and_then(|place| region.judge(place).ok());
            return Found::At(place.map_or(End::Unknown, End::Place));
        }
        match StationId::new(said.id) {
            Ok(id) if self.stations.is_empty() || self.stations.contains_key(&id) => {
                Found::At(End::Station(id))
            }
            _ => self.by_name(said).map_or(Found::Nobody, Found::ByName),
        }
    }

    fn by_name(&self, said: &Said<'_>) -> Option<StationId> {
        let (name, place) = (plain(said.name), said.place?);
        let near = self.stations.iter().filter(|(_, station)| {
            plain(&station.name) == name && station.place.distance_m(place) <= SAME_STATION_M
        });
        let mut near = near.map(|(id, _)| id);
        // Of two that could be meant, neither is.
        near.next().filter(|_| near.next().is_none()).cloned()
    }

    /// The coordinates of an end, if it has some.
    pub(super) fn position(&self, end: &End) -> Option<Position> {
        match end {
            End::Station(id) => self.stations.get(id).map(|station| station.place),
            End::Place(place) => Some(*place),
            End::Unknown => None,
        }
    }
}

/// A name without what is put behind it for a while, such as `(Temp)`.
fn plain(name: &str) -> String {
    name.split('(').next().unwrap_or_default().trim().to_lowercase()
}
