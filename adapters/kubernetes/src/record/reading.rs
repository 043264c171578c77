//! Reads a record: strictly, but for its end, which a recorder that was killed may have cut off.

use super::kind::{Kind, Object};
use super::line::{Gap, Head, Line, Said};
use super::{FORMAT, VERSION};
use crate::cluster::PodKey;

/// Why a file is no record that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Its first line is none of a record.
    #[error("line 1: is not the first line of a record of a cluster: {0}")]
    NoRecord(String),
    /// It was written by a later version.
    #[error("line 1: version: {version} is of a later Paceline, must be at most {VERSION}")]
    Newer {
        /// The version of its format.
        version: u32,
    },
    /// A line cannot be read.
    #[error("line {line}: {why}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// Why.
        why: String,
    },
    /// It ends before everything was listed once.
    #[error("it ends before everything was listed once: there is nothing to begin with")]
    Incomplete,
}

/// A record, line by line.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// The check of the key by which names are masked; `None`: they are as they are.
    pub masked: Option<String>,
    /// All lines after the first.
    pub lines: Vec<Line>,
    /// Bytes up to the end of the last whole line.
    pub whole_bytes: usize,
    /// Whether something stands behind that: a line that was cut off.
    pub is_cut: bool,
}

/// Something that was heard.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all of them are objects")]
pub enum Event {
    /// An object is there, or has changed.
    Is(Object),
    /// One is gone.
    Gone(Kind, PodKey),
    /// Everything was listed once.
    Complete,
    /// Nothing was heard for a while.
    Gap(Gap),
    /// What was missed of a kind has been made up for.
    CaughtUp(Kind),
    /// Somebody still listened.
    Still,
}

/// Whether these bytes begin as a record does.
pub fn is_record(bytes: &[u8]) -> bool {
    bytes.starts_with(format!("{{\"format\":\"{FORMAT}\"").as_bytes())
}

/// Reads a record whole.
///
/// Errors: what it is not, or the line that cannot be read. A last line without an end is left out.
pub fn read(bytes: &[u8]) -> Result<Recorded, RecordError> {
    let whole_bytes = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let is_cut = whole_bytes < bytes.len();
    let mut lines = bytes[..whole_bytes].split_inclusive(|byte| *byte == b'\n');
    let head = lines.next().ok_or_else(|| RecordError::NoRecord("there is none".into()))?;
    let head = head_of(head)?;
    let mut read = Recorded { masked: head.masked, lines: Vec::new(), whole_bytes, is_cut };
    let mut last_ms = 0;
    for (at, text) in lines.enumerate() {
        let wrong = |why: String| RecordError::Line { line: at + 2, why };
        let line: Line = serde_json::from_slice(text).map_err(|error| wrong(error.to_string()))?;
        if line.at_ms < last_ms {
            return Err(wrong(format!(
                "at_ms: {} must not be less than {last_ms} of the line before",
                line.at_ms
            )));
        }
        last_ms = line.at_ms;
        read.lines.push(line);
    }
    Ok(read)
}

/// Reads the first line. The version comes first: a later one may have a head that this one cannot read.
fn head_of(text: &[u8]) -> Result<Head, RecordError> {
    let wrong = |error: serde_json::Error| RecordError::NoRecord(error.to_string());
    let value: serde_json::Value = serde_json::from_slice(text).map_err(wrong)?;
    if value["format"] != FORMAT {
        return Err(RecordError::NoRecord(format!("format must be {FORMAT:?}")));
    }
    let version = value["version"].as_u64().unwrap_or(0);
    if version > u64::from(VERSION) {
        return Err(RecordError::Newer { version: version.try_into().unwrap_or(u32::MAX) });
    }
    if version == 0 {
        return Err(RecordError::NoRecord("version must be a whole number from 1 on".into()));
    }
    serde_json::from_value(value).map_err(wrong)
}

impl Recorded {
    /// What was heard, in order, with its times in milliseconds of the epoch.
    ///
    /// Errors: an object that is none of its kind, or a record that ends before everything was listed once.
    pub fn events(self) -> Result<Vec<(u64, Event)>, RecordError> {
        let events = self.lines.into_iter().enumerate().map(|(at, line)| {
            let event = match line.said {
                Said::Is(kind, of) => {
                    Event::Is(object(kind, of).map_err(|why| RecordError::Line { line: at + 2, why })?)
                }
                Said::Gone(kind, namespace, name) => Event::Gone(kind, PodKey::new(&namespace, &name)),
                Said::Complete => Event::Complete,
                Said::Gap(gap) => Event::Gap(gap),
                Said::CaughtUp(kind) => Event::CaughtUp(kind),
                Said::Still => Event::Still,
            };
            Ok((line.at_ms, event))
        });
        let events: Vec<_> = events.collect::<Result<_, _>>()?;
        match events.iter().any(|(_, event)| matches!(event, Event::Complete)) {
            true => Ok(events),
            false => Err(RecordError::Incomplete),
        }
    }
}

fn object(kind: Kind, of: serde_json::Value) -> Result<Object, String> {
    let object = kind.object(of).map_err(|error| error.to_string())?;
    match object.key().name.is_empty() {
        true => Err("metadata.name must not be empty".into()),
        false => Ok(object),
    }
}
