//! What stands in a journal, whatever kind of region wrote it.

use paceline_api as api;
use paceline_engine::bikes::{self, Bikes};
use paceline_engine::edge::{self, Edge};
use paceline_engine::federation::{self, Federation};
use paceline_engine::ledger::{Change, Record, World};
use paceline_engine::record::{self, Kind, RecordError};
use paceline_model::Event;
use paceline_serve::Wire;
use serde::Serialize;

/// What happened in a region of any kind; serialised as the engine has it.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Happened {
    Fleet(Event),
    Edge(edge::Recorded),
    Bikes(bikes::Recorded),
    Federation(federation::Recorded),
}

/// A change as `GET /v1/stream` tells it.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Told {
    Fleet(api::Change),
    Edge(api::edge::EdgeChange),
    Bikes(api::bikes::BikesChange),
    Federation(api::federation::FederationChange),
}

/// Says whether a record's format, or a snapshot's, can be read.
type Layout = fn(u16) -> Result<u8, RecordError>;

/// The readers of a kind's formats: of records, and of snapshots. Formats of a kind that is not known are refused as no fleet's.
fn layouts(kind: Kind) -> [Layout; 2] {
    match kind {
        Kind::EDGE => [edge::record_layout, edge::snapshot_layout],
        Kind::BIKES => [bikes::record_layout, bikes::snapshot_layout],
        Kind::FEDERATION => [federation::record_layout, federation::snapshot_layout],
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

/// Reads a record of a region of any kind.
///
/// Errors: a format that this program does not read, or bytes that are not of it.
pub(crate) fn decode(format: u16, bytes: &[u8]) -> Result<Record<Happened>, RecordError> {
    match Kind::of(format) {
        Kind::EDGE => Edge::decode(format, bytes).map(|record| of_any(record, Happened::Edge)),
        Kind::BIKES => Bikes::decode(format, bytes).map(|record| of_any(record, Happened::Bikes)),
        Kind::FEDERATION => {
            Federation::decode(format, bytes).map(|record| of_any(record, Happened::Federation))
        }
        _ => record::decode(format, bytes).map(|record| of_any(record, Happened::Fleet)),
    }
}

fn of_any<E>(Record { version, at, events }: Record<E>, kind: fn(E) -> Happened) -> Record<Happened> {
    Record { version, at, events: events.into_iter().map(kind).collect() }
}

/// A change in the public words of the stream.
pub(crate) fn told(Change { version, at, event }: Change<Happened>) -> Told {
    match event {
        Happened::Fleet(event) => Told::Fleet(Event::view(&Change { version, at, event })),
        Happened::Edge(event) => Told::Edge(edge::Recorded::view(&Change { version, at, event })),
        Happened::Bikes(event) => Told::Bikes(bikes::Recorded::view(&Change { version, at, event })),
        Happened::Federation(event) => {
            Told::Federation(federation::Recorded::view(&Change { version, at, event }))
        }
    }
}
