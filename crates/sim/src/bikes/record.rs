//! A feed becomes a history: what stations report is written down as [`super::History`] reads it, month by month, and can be played the day after.
//!
//! ```text
//!   a reading of a feed ── take ──> stations.csv   when a station is new, or another than before
//!                                   YYYY-MM.csv    of each station that is other than before, and of each now and then
//!   a month that is over ────────────> YYYY-MM.csv.gz
//! ```
//! Rows of one reading are appended in one write and synced; a killed recorder leaves at most a line cut short, which the next one takes away before it
//! goes on. What a feed says that is not fresh is not written: no row is better than one that is not so. Whoever polls says the time.

mod month;
mod stations;

use super::history::{History, Snapshot};
use crate::error::SimError;
use month::Month;
use paceline_model::bikes::{FeedReading, Service, StationId, StationReading, Stock};
use paceline_model::limits::{Invalid, Rule};
use paceline_model::{Instant, Millis};
use paceline_plan::forecast::stations::Parked;
use stations::{NO_LIMIT, Stations};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// A station that says the same for so long is written again: rows further apart than an hour say nothing of riders.
const AGAIN_AFTER: Millis = Millis::from_secs(900);
/// Held by whoever records.
const LOCK: &str = "recording.lock";

/// How large a recording may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingBounds {
    /// Bytes of a month before it is packed: whoever plays it has it in memory.
    pub month_bytes_max: u64,
}

impl Default for RecordingBounds {
    /// A GiB: 5,000 stations, of which each changes every two minutes, for a month.
    fn default() -> Self {
        Self { month_bytes_max: 1 << 30 }
    }
}

/// What became of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many rows were written.
    Rows(u64),
    /// The feed was not fresh: nothing was.
    NotFresh,
    /// It is not later than what is written: a clock was set back.
    NotLater,
}

/// A folder that a feed is recorded into.
pub struct Recording {
    folder: PathBuf,
    bounds: RecordingBounds,
    stations: Stations,
    month: Option<Month>,
    last: BTreeMap<StationId, Last>,
    /// When the newest reading was that was taken.
    newest: Option<Instant>,
    /// Held until it is dropped.
    _lock: File,
}

/// What a station said last.
#[derive(Clone, Copy, Debug)]
struct Last {
    said: Said,
    written_at: Instant,
    /// When it last said the same.
    heard_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Said {
    parked: Parked,
    is_open: bool,
}

impl Recording {
    /// Begins one in a folder, or goes on with it: a line that was cut short is taken away, and months that are over are packed.
    ///
    /// Errors: the folder cannot be written, somebody else records into it, or a file of it is none of a history.
    pub fn open(folder: &Path, bounds: RecordingBounds) -> Result<Self, SimError> {
        std::fs::create_dir_all(folder).map_err(|error| SimError::io(folder, error))?;
        let lock = locked(folder)?;
        let stations = Stations::open(folder)?;
        let mut recording = Self {
            folder: folder.to_owned(),
            bounds,
            stations,
            month: None,
            last: BTreeMap::new(),
            newest: None,
            _lock: lock,
        };
        let mut names = Month::unpacked(folder)?;
        if let Some(newest) = names.pop() {
            for name in names {
                Month::open(folder, &name)?.pack()?;
            }
            recording.go_on(Month::open(folder, &newest)?)?;
        }
        Ok(recording)
    }

    /// Reads what is written of the newest month, so that nothing is written twice or out of order.
    fn go_on(&mut self, month: Month) -> Result<(), SimError> {
        let mut history = History::open(&self.folder)?;
        for snapshot in history.month(month.day())?.unwrap_or_default() {
            let Snapshot { at, station, parked, is_open } = snapshot;
            let id = &history.stations()[station].id;
            let id = StationId::new(id).map_err(|invalid| history.invalid(invalid))?;
            let said = Said { parked, is_open };
            self.last.insert(id, Last { said, written_at: at, heard_at: at });
            self.newest = self.newest.max(Some(at));
        }
        self.month = Some(month);
        Ok(())
    }

    /// Writes down what a feed says at `now`; once this returns it is on disk.
    ///
    /// Errors: a file that cannot be written, or a month that has become too large. What was written by then stays.
    pub fn take(&mut self, now: Instant, reading: &FeedReading) -> Result<Taken, SimError> {
        if !reading.health.is_fresh() {
            return Ok(Taken::NotFresh);
        }
        if self.newest.is_some_and(|newest| now <= newest) {
            return Ok(Taken::NotLater);
        }
        self.stations.put(&self.folder, reading)?;
        let text = self.rows(now, reading);
        let month = self.month_of(now)?;
        let bytes = month.bytes() + text.len() as u64;
        if bytes > self.bounds.month_bytes_max {
            let rule = Rule::Shape(format!("must not grow beyond {} bytes", self.bounds.month_bytes_max));
            let invalid = Invalid::new("month_bytes_max", format!("{bytes} bytes"), rule);
            return Err(SimError::Invalid { path: self.month_path(now), invalid });
        }
        self.month_of(now)?.append(&text)?;
        self.newest = Some(now);
        Ok(Taken::Rows(text.lines().count() as u64))
    }

    /// The rows that a reading adds, in the order of their times: first what was last heard of stations before they changed, so that it is known
    /// between which two readings they did.
    fn rows(&mut self, now: Instant, reading: &FeedReading) -> String {
        let (mut before, mut text) = (String::new(), String::new());
        for (id, station) in &reading.stations {
            let Some(said) = said(station) else { continue };
            let known = self.last.get(id).copied();
            let same = known.filter(|known| known.said == said);
            if let Some(known) = same.filter(|known| now.since(known.written_at) < AGAIN_AFTER) {
                self.last.insert(id.clone(), Last { heard_at: now, ..known });
                continue;
            }
            let unwritten = known.filter(|known| same.is_none() && known.heard_at > known.written_at);
            if let Some(known) = unwritten.filter(|known| Some(known.heard_at) == self.newest) {
                row(&mut before, known.heard_at, id, known.said);
            }
            row(&mut text, now, id, said);
            self.last.insert(id.clone(), Last { said, written_at: now, heard_at: now });
        }
        before + &text
    }

    /// The file of `now`; the one before it is packed.
    fn month_of(&mut self, now: Instant) -> Result<&mut Month, SimError> {
        let name = Month::name_of(now);
        if let Some(over) = self.month.take_if(|month| month.name() != name) {
            over.pack()?;
        }
        match &mut self.month {
            Some(month) => Ok(month),
            none => Ok(none.insert(Month::open(&self.folder, &name)?)),
        }
    }

    fn month_path(&self, now: Instant) -> PathBuf {
        self.folder.join(Month::name_of(now))
    }
}

/// Errors: somebody else holds it.
fn locked(folder: &Path) -> Result<File, SimError> {
    let path = folder.join(LOCK);
    let lock = File::create(&path).map_err(|error| SimError::io(&path, error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            let busy = std::io::Error::other("somebody else records into this folder");
            Err(SimError::io(&path, busy))
        }
        Err(TryLockError::Error(error)) => Err(SimError::io(&path, error)),
    }
}

/// What a station says; `None`: nobody knows what stands there.
fn said(station: &StationReading) -> Option<Said> {
    let Stock { bikes, room, .. } = station.stock.known()?;
    let Service { on_street, renting, returning } = station.service;
    let parked = Parked { bikes: bikes.total(), docks: room.bikes().unwrap_or(NO_LIMIT) };
    Some(Said { parked, is_open: on_street && renting && returning })
}

fn row(text: &mut String, at: Instant, id: &StationId, Said { parked, is_open }: Said) {
    let Parked { bikes, docks } = parked;
    // Ids have no commas and no quotes.
    _ = writeln!(text, "{at},{id},{bikes},{docks},{}", u8::from(is_open));
}
