//! Layout 1: the bytes of records and snapshots as `paceline` 0.1 writes them, in types of their own. Postcard gives the
//! bytes: fields in the order in which they stand here, a variant by its place in its list, numbers as varints, text
//! with its length, maps as lists of pairs in the order of their keys. `docs/journal.md` draws them.
//!
//! What stands here stays. A field or variant that is moved, dropped or given another type changes what old journals say: the
//! golden bytes in `tests/golden.txt` refuse it. A variant may follow at the end of its list, together with a layout
//! (`docs/how-to/add-an-event.md`). Conversions from and to the model stand below each type: whoever changes the model changes
//! those, not the types.

pub(crate) mod answer;
pub(crate) mod convert;
pub(crate) mod event;
pub(crate) mod learnt;
pub(crate) mod values;
pub(crate) mod weighing;
pub(crate) mod world;

pub(crate) use event::Event;
pub(crate) use values::{ChargerSpec, Geofence, OrderSpec, Position, Reading, Stop, VehicleSpec};
pub(crate) use weighing::Weighing;

use super::{RecordError, from_bytes, to_bytes};
use crate::ledger;
use convert::{Load as _, Store as _};
use paceline_model as model;
use paceline_model::{Instant, Version};
use serde::{Deserialize, Serialize};

#[cfg(test)]
pub(crate) mod tests;

/// The events of one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record<'a> {
    /// The number of the last of the events.
    pub(crate) version: u64,
    pub(crate) at_ms: u64,
    #[serde(borrow)]
    pub(crate) events: Vec<Event<'a>>,
}

/// The bytes of a record.
pub(crate) fn encode(record: &ledger::Record<model::Event>) -> Vec<u8> {
    let events = record.events.store();
    to_bytes(&Record { version: record.version.0, at_ms: record.at.0, events })
}

/// Reads the bytes of a record. Errors: bytes of another layout, or a value that the model refuses.
pub(crate) fn decode(bytes: &[u8]) -> Result<ledger::Record<model::Event>, RecordError> {
    let record: Record = from_bytes(bytes)?;
    let (version, at) = (Version(record.version), Instant(record.at_ms));
    Ok(ledger::Record { version, at, events: record.events.load()? })
}
