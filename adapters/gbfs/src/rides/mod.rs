//! Trip files: rides as CSV, each row accounted for. A row is a ride or is set aside for one reason, and what is odd about a ride is told; rows
//! that are read again add nothing.
//!
//! ```text
//!   row ── columns ──> fields ── places, moments ──> Ride, with remarks ──┬─> known before? doubled, or in doubt
//!                                     └──> set aside                      └─> rides
//! ```

mod columns;
mod fate;
mod moments;
mod places;
mod tables;

pub use fate::{Remark, Ride, SetAside};
pub use places::{End, Places, Station};
pub use tables::{TableError, not_stations, stations};

use crate::inflate::inflating;
use crate::read::Region;
use columns::{Columns, field};
use csv::StringRecord;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use moments::{Span, moments, span};
use paceline_model::limits::{NOTES_OF_ONE_REASON_MAX, RIDES_MAX};
use paceline_model::{Instant, Millis};
use places::{Found, Said};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Of a week.
const HOURS_OF_WEEK: usize = 7 * 24;
/// Longer than this no rider has a bike: it was lost, stolen or at the workshop.
const RIDE_MAX: Millis = Millis::from_secs(24 * 3_600);
/// Shorter than this at one station, a bike was tried and put back.
const REDOCKED_WITHIN: Millis = Millis::from_secs(60);
/// Nobody rides faster from door to door, in metres per second: 45 km/h.
const FASTEST_M_PER_S: f64 = 12.5;

/// Why a file is no trip file.
#[derive(Debug, thiserror::Error)]
pub enum RideError {
    /// It cannot be read as CSV.
    #[error("{file}: {error}")]
    NoCsv {
        /// Which.
        file: String,
        /// Why not.
        error: csv::Error,
    },
    /// It cannot be opened.
    #[error("{file}: {error}")]
    NoFile {
        /// Which.
        file: String,
        /// Why not.
        error: std::io::Error,
    },
    /// It does not say when rides started.
    #[error("{file}: its header has no column started_at (or start_time, starttime, start_date): {header}")]
    NoStart {
        /// Which.
        file: String,
        /// The header, cut short.
        header: String,
    },
    /// More than anybody has.
    #[error("{file}: more than {RIDES_MAX} rides in all")]
    TooMany {
        /// Which.
        file: String,
    },
}

/// Rows of one fate: how many, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rows {
    /// How many.
    pub count: u64,
    /// The first of them: id, file and line, bike.
    pub named: Vec<String>,
}

impl Rows {
    fn add(&mut self, id: &str, bike: Option<&str>, row: &str) {
        self.count += 1;
        if self.named.len() < NOTES_OF_ONE_REASON_MAX {
            let bike = bike.map_or(String::new(), |bike| format!(", bike {bike}"));
            self.named.push(format!("{id} ({row}{bike})"));
        }
    }
}

/// A time zone by a name of the zone database. `None`: it has none of that name.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// What is known of a ride's id.
enum Known {
    Ride(Ride),
    Aside,
}

/// All rides of some files.
pub struct Rides {
    places: Places,
    region: Region,
    zone: TimeZone,
    known: BTreeMap<String, Known>,
    rows: u64,
    set_aside: BTreeMap<SetAside, Rows>,
}

impl Rides {
    /// No rides yet. Times without an offset are by the clocks of `zone`.
    pub fn new(places: Places, zone: TimeZone) -> Self {
        let region = places.region();
        Self { places, region, zone, known: BTreeMap::new(), rows: 0, set_aside: BTreeMap::new() }
    }

    /// Takes a file from the disk in, packed by gzip or not. Errors as those of [`Rides::read`]; it cannot be opened.
    pub fn read_file(&mut self, file: &Path) -> Result<(), RideError> {
        let reader =
            inflating(file).map_err(|error| RideError::NoFile { file: file.display().to_string(), error })?;
        // Rows are named by it: a whole path would be said of each.
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        self.read(&name, reader)
    }

    /// Takes a file in. Errors: it is no trip file; the rows before an error stay.
    pub fn read(&mut self, file: &str, reader: impl Read) -> Result<(), RideError> {
        let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
        let no_csv = |error| RideError::NoCsv { file: file.to_owned(), error };
        let header = text(table.byte_headers().map_err(no_csv)?);
        let Some(columns) = Columns::of(&header) else {
            let header: String = header.iter().collect::<Vec<_>>().join(",").chars().take(200).collect();
            return Err(RideError::NoStart { file: file.to_owned(), header });
        };
        let mut bytes = csv::ByteRecord::new();
        while table.read_byte_record(&mut bytes).map_err(no_csv)? {
            if self.known.len() >= RIDES_MAX {
                return Err(RideError::TooMany { file: file.to_owned() });
            }
            let line = bytes.position().map_or(0, csv::Position::line);
            self.take(&columns, &text(&bytes), format!("{file}:{line}"));
        }
        Ok(())
    }

    /// Takes one row in.
    fn take(&mut self, columns: &Columns, row: &StringRecord, at: String) {
        self.rows += 1;
        let id = field(row, columns.ride);
        // Where rides have no id, the row itself is one.
        let key = if id.is_empty() { row.iter().collect::<Vec<_>>().join("\u{1f}") } else { id.to_owned() };
        let id = if id.is_empty() { at.clone() } else { id.to_owned() };
        let judged = self.judge(columns, row, &id, &at);
        let aside = match (self.known.get_mut(&key), judged) {
            // A row that is a ride makes up for one that was none.
            (None | Some(Known::Aside), Ok(ride)) => {
                self.known.insert(key, Known::Ride(ride));
                return;
            }
            (None, Err(why)) => {
                self.known.insert(key, Known::Aside);
                why
            }
            (Some(Known::Ride(known)), Ok(ride)) => again(known, ride),
            (Some(_), _) => SetAside::Doubled,
        };
        let bike = Some(field(row, columns.bike)).filter(|bike| !bike.is_empty());
        self.set_aside.entry(aside).or_default().add(&id, bike, &at);
    }

    /// What a row is by itself. Errors: why it is no ride.
    fn judge(&self, columns: &Columns, row: &StringRecord, id: &str, at: &str) -> Result<Ride, SetAside> {
        let mut remarks = Vec::new();
        let mut end = |of: columns::EndColumns, unknown| {
            let said = Said { id: field(row, of.id), name: field(row, of.name), place: of.place(row) };
            match self.places.find(&said, self.region) {
                Found::NotAStation => Err(SetAside::NotAStation),
                Found::Nobody => Err(SetAside::StationUnknown),
                Found::ByName(station) => {
                    remarks.push(Remark::IdCut);
                    Ok(End::Station(station))
                }
                Found::At(end) => {
                    remarks.extend((end == End::Unknown).then_some(unknown));
                    Ok(end)
                }
            }
        };
        let (from, to) = (end(columns.start, Remark::StartUnknown)?, end(columns.end, Remark::EndUnknown)?);
        remarks.dedup();
        let times = self.times(columns, row)?;
        let text = |column| Some(field(row, column)).filter(|text| !text.is_empty()).map(str::to_owned);
        let ride = Ride {
            id: id.to_owned(),
            bike: text(columns.bike),
            kind: text(columns.kind),
            departed_at: Instant::ZERO,
            from,
            arrived_at: None,
            to,
            riding: None,
            remarks,
            row: at.to_owned(),
        };
        self.dated(ride, times)
    }

    fn times(&self, columns: &Columns, row: &StringRecord) -> Result<Times, SetAside> {
        let read = |column| moments(field(row, column), &self.zone).ok_or(SetAside::NoTime);
        let starts = read(Some(columns.started))?;
        let duration = field(row, columns.duration_s).parse::<f64>().ok().filter(|s| (0.0..4e6).contains(s));
        let duration = duration.map(|seconds| Millis((seconds * 1_000.0).round() as u32));
        let ends = match (field(row, columns.ended).is_empty(), duration) {
            (false, _) => Some(read(columns.ended)?),
            (true, Some(duration)) => Some(starts.iter().map(|start| *start + duration).collect()),
            (true, None) => None,
        };
        if starts.is_empty() || ends.as_ref().is_some_and(Vec::is_empty) {
            return Err(SetAside::TimeNeverWas);
        }
        Ok(Times { starts, ends, duration })
    }

    /// The ride with its times, and what these say of it.
    fn dated(&self, mut ride: Ride, times: Times) -> Result<Ride, SetAside> {
        let Some(ends) = &times.ends else {
            ride.departed_at = times.starts.first().copied().unwrap_or_default();
            ride.remarks.extend((times.starts.len() > 1).then_some(Remark::Ambiguous));
            // That it has no place yet is no news.
            ride.remarks.retain(|remark| *remark != Remark::EndUnknown);
            ride.remarks.push(Remark::StillOut);
            ride.to = End::Unknown;
            return Ok(ride);
        };
        let span = span(&times.starts, ends, times.duration).ok_or(SetAside::EndsBeforeStart)?;
        if ride.from == ride.to && matches!(ride.from, End::Station(_)) && span.length() < REDOCKED_WITHIN {
            return Err(SetAside::Redocked);
        }
        (ride.departed_at, ride.arrived_at) = (span.start, Some(span.end));
        ride.remarks.extend(span.is_ambiguous.then_some(Remark::Ambiguous));
        let odd = self.odd(&ride, span);
        if odd == Some(Remark::TooLong) {
            (ride.arrived_at, ride.to) = (None, End::Unknown);
        }
        let both_known = ride.from != End::Unknown && ride.to != End::Unknown;
        ride.riding = (odd.is_none() && both_known).then(|| span.length());
        ride.remarks.extend(odd);
        Ok(ride)
    }

    /// Why its length says nothing of how long rides take.
    fn odd(&self, ride: &Ride, span: Span) -> Option<Remark> {
        if span.length() > RIDE_MAX {
            return Some(Remark::TooLong);
        }
        if !span.agrees {
            return Some(Remark::DurationsDiffer);
        }
        let (from, to) = (self.places.position(&ride.from)?, self.places.position(&ride.to)?);
        let fastest_m = FASTEST_M_PER_S * span.length().as_secs_f64();
        (from.distance_m(to) > fastest_m).then_some(Remark::TooFast)
    }

    /// Departures, and arrivals of riders, by hour of the week on the clocks of the place: Monday's first hour is 0.
    pub fn by_hour_of_week(&self) -> [(u64, u64); HOURS_OF_WEEK] {
        let mut hours = [(0, 0); HOURS_OF_WEEK];
        for ride in self.rides() {
            hours[self.hour_of_week(ride.departed_at)].0 += 1;
            if let Some(at) = ride.arrived_at {
                hours[self.hour_of_week(at)].1 += 1;
            }
        }
        hours
    }

    fn hour_of_week(&self, at: Instant) -> usize {
        let at = i64::try_from(at.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let local = self.zone.to_datetime(at.unwrap_or(Timestamp::MAX));
        let hours = i32::from(local.weekday().to_monday_zero_offset()) * 24 + i32::from(local.hour());
        usize::try_from(hours).unwrap_or(0)
    }

    /// Rows that were read: rides and what is set aside.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The rides.
    pub fn rides(&self) -> impl Iterator<Item = &Ride> {
        self.known.values().filter_map(|known| match known {
            Known::Ride(ride) => Some(ride),
            Known::Aside => None,
        })
    }

    /// What is set aside, by reason.
    pub fn set_aside(&self) -> &BTreeMap<SetAside, Rows> {
        &self.set_aside
    }

    /// What is odd about rides, by reason.
    pub fn remarks(&self) -> BTreeMap<Remark, Rows> {
        let mut remarks: BTreeMap<Remark, Rows> = BTreeMap::new();
        for ride in self.rides() {
            for remark in &ride.remarks {
                remarks.entry(*remark).or_default().add(&ride.id, ride.bike.as_deref(), &ride.row);
            }
        }
        remarks
    }
}

/// What a row says of times.
struct Times {
    starts: Vec<Instant>,
    ends: Option<Vec<Instant>>,
    duration: Option<Millis>,
}

/// A ride that is known, said again.
fn again(known: &mut Ride, ride: Ride) -> SetAside {
    let between_the_same = known.from == ride.from && known.to == ride.to;
    match (known.is_ambiguous(), ride.is_ambiguous()) {
        // A reading that a duration or an offset has settled holds over one of several, whichever comes first.
        (true, false) if between_the_same => *known = ride,
        (false, true) if between_the_same => {}
        _ if known.same(&ride) || known.remarks.contains(&Remark::EndInDoubt) => {}
        _ => {
            known.doubt_end();
            return SetAside::OtherwiseAgain;
        }
    }
    SetAside::Doubled
}

/// A row as text: a byte that is no UTF-8 costs its letter, and not its row.
fn text(row: &csv::ByteRecord) -> StringRecord {
    row.iter().map(String::from_utf8_lossy).collect()
}
