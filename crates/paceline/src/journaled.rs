//! What stands in a journal, whatever kind of region wrote it.

use paceline_engine::edge::{self, Edge, Recorded};
use paceline_engine::ledger::{Change, Record, World};
use paceline_engine::record::{self, Kind, RecordError};
use paceline_model::{Event, Instant, Version};
use paceline_serve::Wire;
use serde::{Serialize, Serializer};

/// The events of one input.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Journaled {
    Fleet(Record<Event>),
    Edge(Record<Recorded>),
}

/// One change.
pub(crate) enum Told {
    Fleet(Change<Event>),
    Edge(Change<Recorded>),
}

/// Says whether a record's format, or a snapshot's, can be read.
type Layout = fn(u16) -> Result<u8, RecordError>;

/// The readers of a kind's formats: of records, and of snapshots. Formats of a kind that is not known are refused as no fleet's.
fn layouts(kind: Kind) -> [Layout; 2] {
    match kind {
        Kind::EDGE => [edge::record_layout, edge::snapshot_layout],
        _ => [record::record_layout, record::snapshot_layout],
    }
}

/// Errors: records of a format that this program does not read.
pub(crate) fn can_read_record(format: u16) -> Result<(), RecordError> {
    layouts(Kind::of(format))[0](format).map(drop)
}

/// Errors: a snapshot of a format that this program does not read.
pub(crate) fn can_read_snapshot(format: u16) -> Result<(), RecordError> {
    layouts(Kind::of(format))[1](format).map(drop)
}

impl Journaled {
    /// Errors: a format that this program does not read, or bytes that are not of it.
    pub(crate) fn decode(format: u16, bytes: &[u8]) -> Result<Self, RecordError> {
        match Kind::of(format) {
            Kind::EDGE => Edge::decode(format, bytes).map(Self::Edge),
            _ => record::decode(format, bytes).map(Self::Fleet),
        }
    }
    /// When it happened.
    pub(crate) fn at(&self) -> Instant {
        match self {
            Self::Fleet(record) => record.at,
            Self::Edge(record) => record.at,
        }
    }
    /// Its changes in their order.
    pub(crate) fn changes(self) -> Box<dyn Iterator<Item = Told>> {
        match self {
            Self::Fleet(record) => Box::new(record.changes().map(Told::Fleet)),
            Self::Edge(record) => Box::new(record.changes().map(Told::Edge)),
        }
    }
}

impl Told {
    /// The world after it.
    pub(crate) fn version(&self) -> Version {
        match self {
            Self::Fleet(change) => change.version,
            Self::Edge(change) => change.version,
        }
    }
}

/// As `GET /v1/stream` tells it.
impl Serialize for Told {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fleet(change) => Event::view(change).serialize(to),
            Self::Edge(change) => Recorded::view(change).serialize(to),
        }
    }
}
