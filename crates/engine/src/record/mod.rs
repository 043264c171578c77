//! How events and worlds are written down. One record holds the events of one input, so that they become durable together;
//! a snapshot holds a world. The journal stores their bytes without looking inside, each with the number of its format.
//!
//! A format is a kind of region and a layout. Each layout is a folder here with types of its own (`v1`, `v2`), so that events
//! in memory, the world and the public JSON can change without moving a byte on disk. [`decode`] and `Ledger::restore` read
//! every layout that was ever written and give the newest form in memory; what is written is the newest layout.
//! `docs/journal.md` draws the bytes, `docs/how-to/add-an-event.md` says how a layout is added.

mod format;
pub mod level;
mod stored_table;
pub(crate) mod v1;
pub(crate) mod v2;
pub(crate) mod v3;

pub use format::{Encoded, Kind, RecordError};
pub(crate) use format::{append, from_bytes, take, to_bytes};
pub(crate) use stored_table::{StoredTable, append_table, table};

use crate::ledger;
use paceline_model::{Event, Refusal};

/// A fleet's record: the events of one input.
pub type Record = ledger::Record<Event>;

/// A record as it is to be stored: in the oldest layout that holds it, so that a program of before reads what it could have written.
pub fn encode(record: &Record) -> Encoded {
    let layout = record.events.iter().map(layout_of).max().unwrap_or(1);
    Encoded { format: Kind::FLEET.format(layout), bytes: v1::encode(record) }
}

/// The first layout that has a kind of event, and what it holds.
fn layout_of(event: &Event) -> u8 {
    match event {
        Event::VehicleHandedOver { .. }
        | Event::HandOverReceived { .. }
        | Event::HandOverAcknowledged { .. }
        | Event::Remembered { answer: Err(Refusal::HandedOver { .. }), .. } => 2,
        _ => 1,
    }
}

/// Whether the second is half of what happened without the first: an answer to a key, an order that goes from one vehicle's plan to
/// another's, what became of the orders of a drive that was cut, and a vehicle that came from another region.
pub(crate) fn belong_together(first: &Event, second: &Event) -> bool {
    let planned = |event: &Event| matches!(event, Event::RoutePlanned { .. } | Event::OrderMoved { .. });
    matches!(second, Event::Remembered { .. })
        || matches!(first, Event::HandOverReceived { .. })
        || matches!(first, Event::RouteCut { .. })
        || planned(first) && planned(second)
}

/// Reads a record of any layout. Errors: a format that this program does not read, or bytes that are not of it.
pub fn decode(format: u16, bytes: &[u8]) -> Result<Record, RecordError> {
    decode_by(&READERS, format, bytes)
}

/// The layout of a record's format. Errors: one that this program does not read.
pub fn record_layout(format: u16) -> Result<u8, RecordError> {
    Kind::FLEET.layout(format, READERS.len() as u8)
}

/// The layout of a snapshot's format. Errors: one that this program does not read.
pub fn snapshot_layout(format: u16) -> Result<u8, RecordError> {
    Kind::FLEET.layout(format, SNAPSHOT_LAYOUT)
}

/// The newest layout of a snapshot. Records count theirs apart.
pub(crate) const SNAPSHOT_LAYOUT: u8 = 3;

/// Reads the bytes of one layout into the newest form.
type Reader = fn(&[u8]) -> Result<Record, RecordError>;

/// One for each layout, the first for layout 1.
const READERS: [Reader; 2] = [v1::decode, v1::decode];

fn decode_by(readers: &[Reader], format: u16, bytes: &[u8]) -> Result<Record, RecordError> {
    let layout = Kind::FLEET.layout(format, readers.len() as u8)?;
    readers[usize::from(layout) - 1](bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fleet;
    use paceline_model::{
        Fingerprint, HandOverNumber, IdempotencyKey, Instant, RegionId, VehicleId, Version,
    };
    use serde::{Deserialize, Serialize};
    use v1::convert::{Load as _, Store as _};

    fn record() -> Record {
        let vehicle = VehicleId::new("v1").expect("a good name");
        let events = vec![Event::ContactLost { vehicle: vehicle.clone() }, Event::VehicleStarted { vehicle }];
        Record { version: Version(7), at: Instant(1_000), events }
    }

    #[test]
    fn a_record_is_the_same_after_it_was_stored() {
        let Encoded { format, bytes } = encode(&record());
        assert_eq!(record_layout(format).expect("its own"), 1, "the oldest that holds it");
        assert_eq!(decode(format, &bytes).expect("its own bytes"), record());
    }

    #[test]
    fn a_record_is_written_in_the_oldest_layout_that_holds_it() {
        let (vehicle, to) = (VehicleId::new("v1").expect("good"), RegionId::new("north").expect("good"));
        let (key, number) = (IdempotencyKey::new("k1").expect("good"), HandOverNumber(7));
        let remembered =
            |answer| Event::Remembered { key: key.clone(), fingerprint: Fingerprint(1), answer: Err(answer) };
        let layout = |event| {
            let record = Record { events: vec![record().events.remove(0), event], ..record() };
            let Encoded { format, bytes } = encode(&record);
            assert_eq!(decode(format, &bytes).expect("its own bytes"), record);
            record_layout(format).expect("its own")
        };
        assert_eq!(layout(Event::HandOverReceived { from: to.clone(), number }), 2);
        assert_eq!(layout(Event::HandOverAcknowledged { to: to.clone(), number }), 2);
        assert_eq!(layout(remembered(Refusal::KeyReused)), 1);
        assert_eq!(layout(remembered(Refusal::HandedOver { vehicle, to })), 2);
    }

    #[test]
    fn a_long_record_becomes_several_that_follow_each_other() {
        let events: Vec<Event> = record().events.into_iter().cycle().take(1_000).collect();
        let long = Record { version: Version(5_000), at: Instant(7), events };
        for bytes_max in [1, 30, 200, 100_000] {
            let pieces = ledger::encode_within::<Fleet>(long.clone(), bytes_max);
            let mut version = Version(4_000);
            let mut events = Vec::new();
            for (after, Encoded { format, bytes }) in pieces {
                let piece = decode(format, &bytes).expect("its own bytes");
                assert!(bytes.len() <= bytes_max || piece.events.len() == 1, "{} bytes", bytes.len());
                version.0 += piece.events.len() as u64;
                assert_eq!((after, piece.version, piece.at), (version, version, long.at));
                events.extend(piece.events);
            }
            assert_eq!((version, &events), (long.version, &long.events));
        }
    }

    #[test]
    fn a_record_of_another_format_is_refused() {
        let bytes = encode(&record()).bytes;
        let refused = |format| decode(format, &bytes).expect_err("another format").to_string();
        let newest = READERS.len() as u16;
        let newer =
            format!("E0401 format {} is newer than {newest}, the newest this program reads", newest + 1);
        assert_eq!(refused(newest + 1), newer);
        let none = "is none of this kind of region, whose formats begin at 0x0001";
        assert_eq!(refused(0), format!("E0404 format 0x0000 {none}"));
        assert_eq!(refused(0x0101), format!("E0404 format 0x0101 {none}"));
    }

    /// A layout in which a start says who gave the word, laid out as `docs/how-to/add-an-event.md` asks for.
    mod next {
        use super::*;

        #[derive(Serialize, Deserialize)]
        pub(super) enum Event<'a> {
            #[serde(borrow)]
            Before(v1::Event<'a>),
            VehicleStarted {
                vehicle: &'a str,
                by: &'a str,
            },
        }

        pub(super) fn decode(bytes: &[u8]) -> Result<Record, RecordError> {
            let (version, at, events): (u64, u64, Vec<Event>) = from_bytes(bytes)?;
            let newest = |event| match event {
                Event::Before(event) => event.load(),
                Event::VehicleStarted { vehicle, by: _ } => {
                    Ok(paceline_model::Event::VehicleStarted { vehicle: vehicle.load()? })
                }
            };
            let events = events.into_iter().map(newest).collect::<Result<_, _>>()?;
            Ok(Record { version: Version(version), at: Instant(at), events })
        }
    }

    #[test]
    fn every_layout_is_read_into_the_newest_form() {
        let readers: [Reader; 2] = [v1::decode, next::decode];
        let record = record();
        let old = encode(&record);
        let events = vec![
            next::Event::Before(record.events[0].store()),
            next::Event::VehicleStarted { vehicle: "v1", by: "an operator" },
        ];
        let new = to_bytes(&(record.version.0, record.at.0, events));
        assert_eq!(decode_by(&readers, 1, &old.bytes).expect("layout 1"), record);
        assert_eq!(decode_by(&readers, 2, &new).expect("layout 2"), record);
        let newer = decode_by(&readers, 3, &new).expect_err("not there yet").to_string();
        assert_eq!(newer, "E0401 format 3 is newer than 2, the newest this program reads");
    }
}
