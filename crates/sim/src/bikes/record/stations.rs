//! `stations.csv` of a recording: every station that was ever seen with a place, as it was seen last.

use super::month::sync_folder;
use crate::error::SimError;
use crate::files;
use paceline_model::bikes::{Capacity, FeedReading, StationReading};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// What stands for docks where these limit nothing: room for all who come.
pub(super) const NO_LIMIT: u32 = 10_000;
const NAME: &str = "stations.csv";

/// A line of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    station_id: String,
    name: String,
    lat: f64,
    lon: f64,
    capacity: u32,
}

pub(super) struct Stations {
    lines: BTreeMap<String, Line>,
    is_written: bool,
}

impl Stations {
    /// Those of a folder, if it has any. Errors: a file that is none of stations.
    pub(super) fn open(folder: &Path) -> Result<Self, SimError> {
        let path = folder.join(NAME);
        let is_written = path.exists();
        let lines: Vec<Line> = if is_written { files::rows(&path, Ok)? } else { Vec::new() };
        let lines = lines.into_iter().map(|line| (line.station_id.clone(), line)).collect();
        Ok(Self { lines, is_written })
    }

    /// Takes in what a feed says of them; where that is something new the file is written anew, whole or not at all. Errors: it cannot be.
    pub(super) fn put(&mut self, folder: &Path, reading: &FeedReading) -> Result<(), SimError> {
        let mut is_new = !self.is_written;
        for station in reading.stations.values() {
            let Some(line) = self.line(station) else { continue };
            if self.lines.get(&line.station_id) != Some(&line) {
                is_new = true;
                self.lines.insert(line.station_id.clone(), line);
            }
        }
        if is_new {
            self.write(folder)?;
            self.is_written = true;
        }
        Ok(())
    }

    /// `None`: nobody says where it is. Docks that nobody tells are those that were told before, or what stands there and is free.
    fn line(&self, station: &StationReading) -> Option<Line> {
        let place = station.place.known()?;
        let id = station.id.to_string();
        let stock = station.stock.known();
        let counted = || Some(stock?.bikes.total() + stock?.bikes_broken + stock?.room.bikes()?);
        let capacity = match station.capacity {
            Capacity::Docks(docks) => docks,
            Capacity::Unlimited => NO_LIMIT,
            Capacity::Unknown => {
                self.lines.get(&id).map(|known| known.capacity).or_else(counted).unwrap_or_default()
            }
        };
        let name = station.names.values().next().cloned().unwrap_or_default();
        Some(Line { station_id: id, name, lat: place.lat(), lon: place.lon(), capacity })
    }

    fn write(&self, folder: &Path) -> Result<(), SimError> {
        let (made, path) = (folder.join(format!("{NAME}.new")), folder.join(NAME));
        let io = |error| SimError::io(&made, error);
        let mut writer = csv::Writer::from_writer(Vec::new());
        for line in self.lines.values() {
            writer.serialize(line).map_err(|error| io(std::io::Error::other(error)))?;
        }
        let mut bytes = writer.into_inner().map_err(|error| io(std::io::Error::other(error.to_string())))?;
        if self.lines.is_empty() {
            bytes = b"station_id,name,lat,lon,capacity\n".to_vec();
        }
        let mut file = File::create(&made).map_err(io)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(io)?;
        std::fs::rename(&made, &path).map_err(io)?;
        sync_folder(folder)
    }
}
