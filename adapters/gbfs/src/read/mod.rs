//! What the files of a feed amount to: a pure function of the files, our clock, and what is remembered of the polls before.
//!
//! ```text
//!   system_information  -> system        vehicle_types -> kinds
//!   station_information -> information ─┬─> stations       places -> region
//!   station_status      -> status      ─┘
//!   vehicle_status      -> bikes                           all of it, and the poll before -> memory -> health
//! ```
//! Each record is read by `record`, each time by `clock`. What is odd is told and never mended in silence.

mod bikes;
mod clock;
mod information;
mod kinds;
mod memory;
mod patience;
mod record;
mod region;
mod stations;
mod status;
mod system;

pub use memory::Memory;
pub use patience::Patience;
pub(crate) use region::Region;

use crate::document::Document;
use crate::files::{FileName, Files};
use clock::Clock;
use paceline_model::Instant;
use paceline_model::bikes::{FeedReading, Health, Told};
use stations::Share;
use std::collections::BTreeMap;

/// Reads what the files say at `now`.
///
/// Same files, clock and memory, same reading.
pub fn read(files: &Files, now: Instant, memory: &mut Memory, patience: Patience) -> FeedReading {
    let mut told = Told::default();
    system::tell_of_files(files, &mut told);
    let system = system::read(files, &mut told);
    let kinds = kinds::read(files, &mut told);
    let region = Region::around(places(files));
    let information = information::read(files, region, &mut told);
    let written = |name, told: &mut Told| system::written_at(files, name, now, told);
    let (status_at, bikes_at) =
        (written(FileName::StationStatus, &mut told), written(FileName::VehicleStatus, &mut told));
    let clock = |document: &Document, at: Option<Instant>| Clock {
        now,
        file_at: at.map(|at| at.min(now)),
        notation: system::notation(files, document),
        too_old: patience.count,
    };
    let (statuses, share) = match files.first(FileName::StationStatus) {
        Some((_, document)) => {
            let reader = status::Reader { kinds: &kinds, clock: clock(document, status_at) };
            stations::statuses(document, &reader, &information, &mut told)
        }
        None => (BTreeMap::new(), Share::default()),
    };
    let stations = stations::join(information, statuses, &mut told);
    let bikes = files.first(FileName::VehicleStatus).map_or_else(BTreeMap::new, |(_, document)| {
        let clock = clock(document, bikes_at);
        bikes::Reader { kinds: &kinds, stations: &stations, region, clock }.read(document, &mut told)
    });
    // The older of the two: a feed speaks as of when all of it was so.
    let said = [status_at, bikes_at].into_iter().flatten().min();
    let as_of = memory.heard(said, now);
    let mut reading = FeedReading {
        asked_at: now,
        as_of,
        system: system.id,
        names: system.names,
        zone: system.zone,
        kinds,
        stations,
        bikes,
        told,
        health: Health::Fresh,
    };
    reading.health = memory.judge(&mut reading, files, share, patience);
    reading
}

/// All that is said of places, of stations and of bikes.
fn places(files: &Files) -> impl Iterator<Item = paceline_model::Position> + '_ {
    let list = |name: FileName| files.first(name).map(|(_, document)| document);
    let stations = list(FileName::StationInformation).map(|document| document.list(&["stations"]));
    let bikes = list(FileName::VehicleStatus).map(bikes::list);
    [stations, bikes].into_iter().flatten().flat_map(information::places)
}
