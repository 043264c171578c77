//! What a feed says of stations for long: name, place, how many docks.

use super::record::{Record, Said};
use super::region::Region;
use crate::files::{FileName, Files};
use paceline_model::Position;
use paceline_model::bikes::{Names, NoPlace, Oddity, Place, StationId, Told};
use paceline_model::limits::STATIONS_MAX;
use serde_json::Value;
use std::collections::BTreeMap;

/// So many docks, or free docks, mean that there is no limit: the largest stations in the field have some 250.
pub(super) const DOCKS_WITHOUT_LIMIT: i64 = 500;
/// Two places of one name that are nearer are one place, measured twice.
pub(super) const SAME_PLACE_M: f64 = 150.0;

/// What is said of one station.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Information {
    pub(super) names: Names,
    pub(super) place: Place,
    /// As it stands: 0 may be said where it is not known.
    pub(super) docks: Option<u32>,
    /// Whether docks are not what limits it, as far as this file says.
    pub(super) is_unlimited: bool,
}

/// Stations by name.
pub(super) type Stations = BTreeMap<StationId, Information>;

/// The places of a list, as far as they can be read.
pub(super) fn places(list: &[Value]) -> impl Iterator<Item = Position> + '_ {
    list.iter().filter_map(|value| {
        Record::of(value, &["station_id", "vehicle_id", "bike_id"], &mut Told::default())?.position().ok()
    })
}

/// Reads them: facts from the first language, names from all.
pub(super) fn read(files: &Files, region: Region, told: &mut Told) -> Stations {
    let mut stations = Stations::new();
    let mut languages = files.all(FileName::StationInformation);
    let Some((language, document)) = languages.next() else { return stations };
    let list = document.list(&["stations"]);
    if list.len() > STATIONS_MAX {
        told.tell(Oddity::ListCut, FileName::StationInformation, list.len());
    }
    for value in list.iter().take(STATIONS_MAX) {
        let Some(record) = Record::of(value, &["station_id"], told) else { continue };
        let Some(id) = record.name(StationId::new, told) else { continue };
        let read = one(&record, language, region, told);
        match stations.get_mut(&id) {
            Some(known) => twice(known, &read, &record, told),
            None => _ = stations.insert(id, read),
        }
    }
    for (language, document) in languages {
        let silent = &mut Told::default();
        for value in document.list(&["stations"]).iter().take(STATIONS_MAX) {
            let Some(record) = Record::of(value, &["station_id"], silent) else { continue };
            let known = StationId::new(&record.id).ok().and_then(|id| stations.get_mut(&id));
            known.into_iter().for_each(|known| known.names.extend(record.names("name", language)));
        }
    }
    stations
}

fn one(record: &Record<'_>, language: &str, region: Region, told: &mut Told) -> Information {
    let place = match record.position().and_then(|place| region.judge(place)) {
        Ok(place) => Place::At(place),
        Err(why) => {
            record.tell_no_place(why, told);
            Place::Unknown(why)
        }
    };
    let takes_any = |flag: &str, told: &mut Told| record.has(flag) && record.flag(flag, told);
    let mut is_unlimited = takes_any("is_virtual_station", told) | takes_any("is_valet_station", told);
    const CAPACITY: &str = "capacity";
    let docks = match record.whole(&[CAPACITY], told) {
        Said::This(docks) if docks >= DOCKS_WITHOUT_LIMIT => {
            record.tell(Oddity::DocksBeyond, &[CAPACITY], told);
            is_unlimited = true;
            None
        }
        Said::This(docks) if docks >= 0 => u32::try_from(docks).ok(),
        Said::This(_) => {
            record.tell(Oddity::CountNegative, &[CAPACITY], told);
            None
        }
        Said::Nonsense => {
            record.tell(Oddity::CountMissing, &[CAPACITY], told);
            None
        }
        Said::Nothing => None,
    };
    Information { names: record.names("name", language), place, docks, is_unlimited }
}

/// One name twice in one file.
fn twice(known: &mut Information, read: &Information, record: &Record<'_>, told: &mut Told) {
    let (first, second) = (known.place.known(), read.place.known());
    match first.zip(second) {
        Some((first, second)) if first.distance_m(second) > SAME_PLACE_M => {
            told.tell(Oddity::TwoPlaces, &record.id, format_args!("at {first} and at {second}"));
            known.place = Place::Unknown(NoPlace::TwoPlaces);
        }
        _ if known == read => record.tell(Oddity::IdTwice, &["station_id"], told),
        _ => {
            record.tell(Oddity::IdTwiceDiffering, &["station_id"], told);
            // A place that is known is better than none; one that is in doubt stays so.
            if first.is_none() && known.place != Place::Unknown(NoPlace::TwoPlaces) {
                known.place = read.place;
            }
        }
    }
}
