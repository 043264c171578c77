//! A record of a cluster as a file.

use super::lives::Lives;
use crate::error::SimError;
use paceline_kubernetes::record::{Event, Gap, is_record, read};
use paceline_model::Instant;
use std::io::Read as _;
use std::path::Path;

/// Bytes of a record, unpacked: whoever plays it has it in memory, several times over.
const RECORD_BYTES_MAX: u64 = 4 << 30;
/// As much of a file as says whether it is one.
const BEGINNING: u64 = 64;

/// A record of a cluster.
#[derive(Debug)]
pub struct ClusterRecord {
    /// What it is called in reports: the file.
    pub name: String,
    /// When everything was listed once: from then on it is played.
    pub(super) start: Instant,
    /// When it ends.
    pub(super) end: Instant,
    /// What was heard, in order.
    pub(super) events: Vec<(Instant, Event)>,
    /// What became of each pod.
    pub(super) lives: Lives,
    /// When nothing was heard, with the ends.
    pub(super) gaps: Vec<(Gap, Instant)>,
    /// Whether its last line was cut off.
    pub(super) is_cut: bool,
}

impl ClusterRecord {
    /// Whether a file begins as one, packed or not. What cannot be read is none.
    pub fn is_one(path: &Path) -> bool {
        let mut bytes = Vec::new();
        _ = open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut bytes));
        is_record(&bytes)
    }

    /// Reads one.
    ///
    /// Errors: not readable, larger than 4 GiB, or no record; then which line.
    pub fn load(path: &Path) -> Result<Self, SimError> {
        let mut bytes = Vec::new();
        let io = |error| SimError::io(path, error);
        open(path).map_err(io)?.take(RECORD_BYTES_MAX).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 == RECORD_BYTES_MAX {
            let large = format!("must be smaller than {RECORD_BYTES_MAX} bytes once it is unpacked");
            return Err(SimError::io(path, std::io::Error::other(large)));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self::of(name, &bytes).map_err(|error| SimError::Record { path: path.to_owned(), error })
    }

    fn of(name: String, bytes: &[u8]) -> Result<Self, paceline_kubernetes::record::RecordError> {
        let recorded = read(bytes)?;
        let is_cut = recorded.is_cut;
        let events: Vec<_> =
            recorded.events()?.into_iter().map(|(at_ms, event)| (Instant(at_ms), event)).collect();
        let complete = events.iter().find(|(_, event)| matches!(event, Event::Complete));
        let start = complete.map_or(Instant(0), |(at, _)| *at);
        let end = events.last().map_or(start, |(at, _)| *at);
        let gaps = events.iter().filter_map(|(at, event)| match event {
            Event::Gap(gap) => Some((gap.clone(), *at)),
            _ => None,
        });
        let gaps = gaps.collect();
        let lives = Lives::of(&events);
        Ok(Self { name, start, end, events, lives, gaps, is_cut })
    }
}

/// The bytes of a file, unpacked if it is packed.
fn open(path: &Path) -> std::io::Result<Box<dyn std::io::Read>> {
    let file = std::io::BufReader::new(std::fs::File::open(path)?);
    Ok(match path.extension().is_some_and(|extension| extension == "gz") {
        true => Box::new(flate2::read::MultiGzDecoder::new(file)),
        false => Box::new(file),
    })
}
