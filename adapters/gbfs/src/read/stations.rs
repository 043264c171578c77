//! Two files, two lists: what is for long and what is now, put together by id.

use super::information::{self, Information};
use super::record::Record;
use super::status::{Reader, Status};
use crate::document::Document;
use crate::files::FileName;
use paceline_model::bikes::{
    Capacity, Names, NoPlace, NoStock, Oddity, Place, Service, StationId, StationReading, StockReading, Told,
};
use paceline_model::limits::STATIONS_MAX;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What was taken of a list of the status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) taken: usize,
    pub(super) of: usize,
}

/// Reads the status of each station. Returns how many of its records could be taken.
pub(super) fn statuses(
    document: &Document,
    reader: &Reader<'_>,
    known: &information::Stations,
    told: &mut Told,
) -> (BTreeMap<StationId, Status>, Share) {
    let list = document.list(&["stations"]);
    if list.len() > STATIONS_MAX {
        told.tell(Oddity::ListCut, FileName::StationStatus, list.len());
    }
    let (mut statuses, mut taken) = (BTreeMap::new(), 0);
    for value in list.iter().take(STATIONS_MAX) {
        let Some(record) = Record::of(value, &["station_id"], told) else { continue };
        let Some(id) = record.name(StationId::new, told) else { continue };
        let read = reader.read(&record, known.get(&id), told);
        taken += 1;
        match statuses.entry(id) {
            Entry::Vacant(free) => _ = free.insert(read),
            Entry::Occupied(mut held) => {
                let held: &mut Status = held.get_mut();
                let (what, holds) = twice(held.clone(), read);
                record.tell(what, &["station_id", "last_reported"], told);
                *held = holds;
            }
        }
    }
    (statuses, Share { taken, of: list.len() })
}

/// One id twice in one file, whatever the order: what was reported later holds, a count that is known before one that is not.
fn twice(one: Status, other: Status) -> (Oddity, Status) {
    if one == other {
        return (Oddity::IdTwice, one);
    }
    let at = |status: &Status| status.stock.known().map(|stock| stock.as_of.instant());
    match at(&one).cmp(&at(&other)) {
        std::cmp::Ordering::Greater => (Oddity::IdTwiceDiffering, one),
        std::cmp::Ordering::Less => (Oddity::IdTwiceDiffering, other),
        std::cmp::Ordering::Equal => {
            let both = |of: fn(&Service) -> bool| of(&one.service) && of(&other.service);
            let service = Service {
                on_street: both(|of| of.on_street),
                renting: both(|of| of.renting),
                returning: both(|of| of.returning),
            };
            let stock = match one.stock == other.stock {
                true => one.stock,
                false => StockReading::Unknown(NoStock::TwoCounts),
            };
            (Oddity::CountsOfOneTimeDiffer, Status { service, stock, capacity: one.capacity })
        }
    }
}

/// Puts both lists together.
pub(super) fn join(
    known: information::Stations,
    mut statuses: BTreeMap<StationId, Status>,
    told: &mut Told,
) -> BTreeMap<StationId, StationReading> {
    let mut stations = BTreeMap::new();
    for (id, of) in known {
        let status = statuses.remove(&id).unwrap_or_else(|| {
            told.tell(Oddity::NoStatus, &id, "no status");
            unsaid(&of)
        });
        stations.insert(id.clone(), station(id, of.names, of.place, status));
    }
    for (id, status) in statuses {
        told.tell(Oddity::NoInformation, &id, "no information");
        let place = Place::Unknown(NoPlace::NotSaid);
        stations.insert(id.clone(), station(id, Names::new(), place, status));
    }
    stations
}

fn station(id: StationId, names: Names, place: Place, status: Status) -> StationReading {
    let Status { service, stock, capacity } = status;
    StationReading { id, names, place, capacity, service, stock }
}

/// A station of which no file says how it stands.
fn unsaid(of: &Information) -> Status {
    let capacity = match of.docks {
        _ if of.is_unlimited => Capacity::Unlimited,
        Some(docks @ 1..) => Capacity::Docks(docks),
        _ => Capacity::Unknown,
    };
    Status { service: Service::CLOSED, stock: StockReading::Unknown(NoStock::NotSaid), capacity }
}
