//! Bikes one by one. One that stands at a station is among those that are counted there; one that nobody can find is none.

use super::clock::Clock;
use super::information::SAME_PLACE_M;
use super::kinds::Kinds;
use super::record::{Record, Said};
use super::region::Region;
use crate::document::Document;
use crate::files::FileName;
use paceline_model::bikes::{
    BikeId, BikeKind, BikeReading, BikeState, Oddity, Standing, StationId, StationReading, Told,
};
use paceline_model::limits::BIKES_MAX;
use paceline_model::{Charge, Position};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const IDS: [&str; 2] = ["vehicle_id", "bike_id"];

/// What bikes are read with.
pub(super) struct Reader<'a> {
    pub(super) kinds: &'a Kinds,
    pub(super) stations: &'a BTreeMap<StationId, StationReading>,
    pub(super) region: Region,
    pub(super) clock: Clock,
}

/// The list of bikes in a file.
pub(super) fn list(document: &Document) -> &[Value] {
    document.list(&["vehicles", "bikes"])
}

impl Reader<'_> {
    /// Reads them all.
    pub(super) fn read(&self, document: &Document, told: &mut Told) -> BTreeMap<BikeId, BikeReading> {
        let list = list(document);
        if list.len() > BIKES_MAX {
            told.tell(Oddity::ListCut, FileName::VehicleStatus, list.len());
        }
        let (mut bikes, mut doubtful) = (BTreeMap::new(), BTreeSet::new());
        for value in list.iter().take(BIKES_MAX) {
            let Some(record) = Record::of(value, &IDS, told) else { continue };
            let Some(id) = record.name(BikeId::new, told) else { continue };
            let Some(standing) = self.standing(&record, told) else { continue };
            let bike = self.bike(id, standing, &record, told);
            match bikes.get_mut(&bike.id) {
                None => _ = bikes.insert(bike.id.clone(), bike),
                Some(known) => {
                    let what = twice(known, bike);
                    if what == Oddity::TwoPlaces {
                        doubtful.insert(known.id.clone());
                    }
                    record.tell(what, &["lat", "station_id"], told);
                }
            }
        }
        bikes.retain(|id, _| !doubtful.contains(id));
        bikes
    }

    /// Where it stands. `None`: nobody can say; told.
    fn standing(&self, record: &Record<'_>, told: &mut Told) -> Option<Standing> {
        if let Some(station) = record.text("station_id") {
            let known = StationId::new(station).ok().filter(|station| self.stations.contains_key(station));
            if known.is_none() {
                record.tell(Oddity::BikeAtUnknownStation, &["station_id"], told);
            }
            return known.map(Standing::Docked);
        }
        if record.number("lat") == Said::Nothing && record.number("lon") == Said::Nothing {
            record.tell(Oddity::BikeNowhere, &["lat"], told);
            return None;
        }
        let place = record.position().and_then(|place| self.region.judge(place));
        place.inspect_err(|why| record.tell_no_place(*why, told)).ok().map(Standing::Loose)
    }

    fn bike(&self, id: BikeId, standing: Standing, record: &Record<'_>, told: &mut Told) -> BikeReading {
        let (is_reserved, is_broken) = (record.flag("is_reserved", told), record.flag("is_disabled", told));
        let state = match (is_reserved, is_broken) {
            (true, _) => BikeState::Reserved,
            (false, true) => BikeState::Broken,
            (false, false) => BikeState::ForHire,
        };
        let named = record.text("vehicle_type_id");
        let kind = named.and_then(|kind| BikeKind::new(kind).ok());
        let kind = kind.filter(|kind| self.kinds.contains_key(kind));
        if named.is_some() && kind.is_none() {
            record.tell(Oddity::KindUnknown, &["vehicle_type_id"], told);
        }
        let range = measured(record, "current_range_meters", f64::from(u32::MAX), told);
        // A share of a full battery, although it is called percent.
        let full = measured(record, "current_fuel_percent", 1.0, told);
        let charge = full.and_then(|share| Charge::from_percent(share * 100.0).ok());
        let as_of = self.clock.as_of_bike(record, told);
        BikeReading { id, kind, standing, state, range_m: range.map(|m| m.round() as u32), charge, as_of }
    }
}

/// A number from 0 to `most`; one that cannot be is told.
fn measured(record: &Record<'_>, field: &str, most: f64, told: &mut Told) -> Option<f64> {
    match record.number(field) {
        Said::Nothing => None,
        Said::This(number) if (0.0..=most).contains(&number) => Some(number),
        _ => {
            record.tell(Oddity::RangeNoRange, &[field], told);
            None
        }
    }
}

/// One id twice. Where both are of one place, what was said later holds; else nobody knows where it is.
fn twice(known: &mut BikeReading, read: BikeReading) -> Oddity {
    if *known == read {
        return Oddity::IdTwice;
    }
    let is_same = match (&known.standing, &read.standing) {
        (Standing::Loose(one), Standing::Loose(other)) => near(*one, *other),
        (one, other) => one == other,
    };
    if !is_same {
        return Oddity::TwoPlaces;
    }
    if read.as_of.instant() > known.as_of.instant() {
        *known = read;
    }
    Oddity::IdTwiceDiffering
}

fn near(one: Position, other: Position) -> bool {
    one.distance_m(other) <= SAME_PLACE_M
}
