//! The file of a month: appended to, mended after a kill, and packed once the month is over.

use crate::error::SimError;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::Date;
use paceline_model::Instant;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

const HEADER: &str = "time,station_id,bikes,docks,open\n";
/// The end of a file is looked at in pieces of so many bytes: a line is shorter.
const PIECE: u64 = 4_096;

pub(super) struct Month {
    folder: PathBuf,
    name: String,
    day: Date,
    file: File,
    bytes: u64,
}

impl Month {
    /// The name of the file that `at` belongs to: months go by UTC.
    pub(super) fn name_of(at: Instant) -> String {
        // A month of seven letters, and nothing of the rest.
        format!("{}.csv", &at.to_string()[..7])
    }

    /// Months in a folder that are not packed, the oldest first. Errors: it cannot be read.
    pub(super) fn unpacked(folder: &Path) -> Result<Vec<String>, SimError> {
        let listed = std::fs::read_dir(folder).map_err(|error| SimError::io(folder, error))?;
        let mut names = Vec::new();
        for entry in listed {
            let name = entry.map_err(|error| SimError::io(folder, error))?.file_name();
            names.extend(name.to_str().filter(|name| day(name).is_some()).map(str::to_owned));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The file of that name, new or gone on with, without a line that was cut short. Errors: it cannot be read or written.
    pub(super) fn open(folder: &Path, name: &str) -> Result<Self, SimError> {
        let path = folder.join(name);
        let io = |error| SimError::io(&path, error);
        let no_month = || std::io::Error::other("is no file of a month, such as 2023-07.csv");
        let day = day(name).ok_or_else(|| io(no_month()))?;
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(io)?;
        let whole = whole_lines(&mut file).map_err(io)?;
        file.set_len(whole).map_err(io)?;
        let mut month = Self { folder: folder.to_owned(), name: name.to_owned(), day, file, bytes: whole };
        if whole == 0 {
            month.append(HEADER)?;
            sync_folder(folder)?;
        }
        Ok(month)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
    /// Its first day.
    pub(super) fn day(&self) -> Date {
        self.day
    }

    /// Appends whole lines, and waits until they are on disk. Errors: they are not.
    pub(super) fn append(&mut self, text: &str) -> Result<(), SimError> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| SimError::io(&self.path(), error))?;
        self.bytes += text.len() as u64;
        Ok(())
    }

    /// Packs it. A kill leaves it as it was, or both files, of which readers take this one. Errors: it cannot be read or written.
    pub(super) fn pack(self) -> Result<(), SimError> {
        let (path, packed) = (self.path(), self.folder.join(format!("{}.gz", self.name)));
        let made = self.folder.join(format!("{}.gz.new", self.name));
        let io = |error| SimError::io(&made, error);
        let mut plain = File::open(&path).map_err(|error| SimError::io(&path, error))?;
        let mut encoder = GzEncoder::new(File::create(&made).map_err(io)?, Compression::best());
        std::io::copy(&mut plain, &mut encoder).map_err(io)?;
        encoder.finish().and_then(|file| file.sync_all()).map_err(io)?;
        std::fs::rename(&made, &packed).map_err(io)?;
        sync_folder(&self.folder)?;
        std::fs::remove_file(&path).map_err(|error| SimError::io(&path, error))
    }

    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }
}

/// The first day of a month's file. `None`: it is of no month, or packed.
fn day(name: &str) -> Option<Date> {
    let month = name.strip_suffix(".csv").filter(|month| month.len() == 7)?;
    format!("{month}-01").parse().ok()
}

/// Bytes up to the end of the last whole line.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    let mut end = file.metadata()?.len();
    while end > 0 {
        let begin = end.saturating_sub(PIECE);
        let mut piece = vec![0; (end - begin) as usize];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut piece)?;
        if let Some(at) = piece.iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

/// A name that is new in a folder, or gone, is so after a power cut too.
pub(super) fn sync_folder(folder: &Path) -> Result<(), SimError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| SimError::io(folder, error))
}
