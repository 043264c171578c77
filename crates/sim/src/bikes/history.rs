//! The history of a bike system as files: `stations.csv`, and the snapshots of each month in `YYYY-MM.csv`, or packed in `YYYY-MM.csv.gz`.

use super::period::Period;
use crate::error::SimError;
use crate::files;
use jiff::civil::Date;
use paceline_model::Zone;
use paceline_model::{Instant, Invalid, Position, Rule};
use paceline_plan::forecast::stations::Parked;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most stations of a history: the largest systems have some thousands.
const STATIONS_MAX: usize = 100_000;

/// A folder of snapshots.
#[derive(Clone, Debug)]
pub struct History {
    folder: PathBuf,
    stations: Vec<HistoryStation>,
    numbers: BTreeMap<String, usize>,
}

/// A station of it.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryStation {
    /// As the operator names it.
    pub id: String,
    /// What riders call it; empty where only snapshots know it.
    pub name: String,
    /// Where it is, if `stations.csv` has it.
    pub place: Option<Position>,
    /// Its docks, if `stations.csv` has it.
    pub capacity: Option<u32>,
}

/// What one station reported at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snapshot {
    /// When.
    pub at: Instant,
    /// Which, by its number in [`History::stations`].
    pub station: usize,
    /// What stood there.
    pub parked: Parked,
    /// Whether it was in service.
    pub is_open: bool,
}

#[derive(Deserialize)]
struct StationLine {
    station_id: String,
    name: String,
    lat: f64,
    lon: f64,
    capacity: u32,
}

#[derive(Deserialize)]
struct SnapshotLine {
    time: Instant,
    station_id: String,
    bikes: u32,
    docks: u32,
    open: u8,
}

impl History {
    /// Reads the stations of a folder.
    ///
    /// Errors: `stations.csv` is not readable, a line of it lacks a column or holds what cannot be, or an id stands twice.
    pub fn open(folder: &Path) -> Result<Self, SimError> {
        let path = folder.join("stations.csv");
        let read = |line: StationLine| {
            let place = Position::new(line.lat, line.lon).map_err(|invalid| invalid.to_string())?;
            Ok(HistoryStation {
                id: line.station_id,
                name: line.name,
                place: Some(place),
                capacity: Some(line.capacity),
            })
        };
        let mut history = Self { folder: folder.to_owned(), stations: Vec::new(), numbers: BTreeMap::new() };
        for (row, station) in files::rows(&path, read)?.into_iter().enumerate() {
            let line = row as u64 + 2;
            if history.numbers.contains_key(&station.id) {
                return Err(SimError::line(&path, line, format!("station_id {} stands twice", station.id)));
            }
            history.add(station).map_err(|reason| SimError::line(&path, line, reason))?;
        }
        Ok(history)
    }
    /// All stations so far: those of `stations.csv`, and then those that only snapshots have named.
    pub fn stations(&self) -> &[HistoryStation] {
        &self.stations
    }
    /// The snapshots of the month of `day` in the order of the file; `None` where there is no file of it.
    ///
    /// Errors: the file is not readable, or a line of it lacks a column or holds what cannot be.
    pub fn month(&mut self, day: Date) -> Result<Option<Vec<Snapshot>>, SimError> {
        let name = day.strftime("%Y-%m.csv").to_string();
        let (plain, packed) = (self.folder.join(&name), self.folder.join(format!("{name}.gz")));
        let Some(path) = [plain, packed].into_iter().find(|path| path.exists()) else { return Ok(None) };
        let read = |line: SnapshotLine| {
            Ok(Snapshot {
                at: line.time,
                station: self.number(line.station_id)?,
                parked: Parked { bikes: line.bikes, docks: line.docks },
                is_open: line.open != 0,
            })
        };
        files::rows(&path, read).map(Some)
    }

    /// Tells every snapshot of a period in the order of the files, with all stations that are known by then.
    ///
    /// Errors: those of [`Self::month`].
    pub fn each(
        &mut self,
        (zone, period): (&Zone, Period),
        mut told: impl FnMut(&Snapshot, &[HistoryStation]),
    ) -> Result<(), SimError> {
        let (begin, end) = period.span(zone);
        for month in period.months() {
            let Some(snapshots) = self.month(month)? else { continue };
            let within = snapshots.iter().filter(|snapshot| (begin..end).contains(&snapshot.at));
            within.for_each(|snapshot| told(snapshot, &self.stations));
        }
        Ok(())
    }
    /// A value that is about this history breaks a rule.
    pub(super) fn invalid(&self, invalid: Invalid) -> SimError {
        SimError::Invalid { path: self.folder.clone(), invalid }
    }
    /// `period`, asked for as `field`, is not as it must be.
    pub(super) fn lacks(&self, field: &str, period: &Period, rule: &str) -> SimError {
        self.invalid(Invalid::new(field, period, Rule::Shape(rule.into())))
    }

    fn number(&mut self, id: String) -> Result<usize, String> {
        match self.numbers.get(&id) {
            Some(number) => Ok(*number),
            None => self.add(HistoryStation { id, name: String::new(), place: None, capacity: None }),
        }
    }
    fn add(&mut self, station: HistoryStation) -> Result<usize, String> {
        if self.stations.len() >= STATIONS_MAX {
            return Err(format!("more than {STATIONS_MAX} stations"));
        }
        self.numbers.insert(station.id.clone(), self.stations.len());
        self.stations.push(station);
        Ok(self.stations.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(stations: &str, may: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("stations.csv"), stations).expect("it is written");
        std::fs::write(folder.path().join("2023-05.csv"), may).expect("it is written");
        folder
    }

    const STATIONS: &str = "station_id,name,address,lat,lon,capacity\n7,\"Quay, east\",Quay 1,59.9,10.7,18\n";
    const MAY: &str = "time,station_id,bikes,ebikes,docks,open\n2023-05-01T00:18:02Z,7,1,0,17,1\n\
                       2023-05-01T00:18:02Z,9,0,0,12,0\n";

    #[test]
    fn snapshots_name_stations_by_number_and_may_know_more_of_them() {
        let folder = folder(STATIONS, MAY);
        let mut history = History::open(folder.path()).expect("it is read");
        let may = history.month(jiff::civil::date(2023, 5, 31)).expect("it is read").expect("it is there");
        assert_eq!(may[0].parked, Parked { bikes: 1, docks: 17 });
        assert_eq!((may[1].station, may[1].is_open), (1, false));
        assert_eq!(history.stations()[0].name, "Quay, east");
        assert_eq!(history.stations()[1].place, None);
        assert!(history.month(jiff::civil::date(2023, 6, 1)).expect("no file is no error").is_none());
    }

    #[test]
    fn what_cannot_be_is_refused_with_file_and_line() {
        let said = |stations: &str, may: &str| {
            let folder = folder(stations, may);
            let read = History::open(folder.path())
                .and_then(|mut history| history.month(jiff::civil::date(2023, 5, 1)));
            read.expect_err("it is refused").to_string()
        };
        assert!(said(&STATIONS.replace("59.9", "95.9"), MAY).contains("stations.csv, line 2"));
        let twice = format!("{STATIONS}7,again,Quay 1,59.9,10.7,18\n");
        assert!(said(&twice, MAY).contains("line 3: station_id 7 stands twice"));
        let negative = said(STATIONS, &MAY.replace(",0,0,12", ",-2,0,12"));
        assert!(negative.contains("2023-05.csv, line 3"), "{negative}");
        assert!(said(STATIONS, &MAY.replace("time,", "when,")).contains("time"));
    }
}
