//! The bytes of layout 1, held against a table that was made by the program that first wrote them. A field or variant that is
//! moved, dropped or changed gives other bytes than the table has, or other values than the samples.

pub(crate) mod events;
pub(crate) mod snapshot;

use super::world::Snapshot;
use super::{Event, Record};
use crate::record::{RecordError, from_bytes, to_bytes};
use events::events;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One line for each event, then one for a snapshot: its name, and its bytes in hexadecimal.
const GOLDEN: &str = include_str!("golden.txt");

/// The bytes of a line of layout 1's table.
pub(crate) fn golden(name: &str) -> Vec<u8> {
    named(GOLDEN, name)
}

/// The bytes of a line of a table.
pub(crate) fn named(table: &str, name: &str) -> Vec<u8> {
    let line = table.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let digits = line.unwrap_or_else(|| panic!("no line of golden.txt is called {name}")).as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// Adds a line to a table.
fn line(table: &mut String, name: &str, bytes: &[u8]) {
    _ = write!(table, "{name} ");
    bytes.iter().for_each(|byte| _ = write!(table, "{byte:02x}"));
    table.push('\n');
}

/// Holds a table of one line, `snapshot`, against these bytes.
pub(crate) fn pins(golden: &str, bytes: &[u8]) {
    let mut table = String::new();
    line(&mut table, "snapshot", bytes);
    assert!(table == golden, "the bytes are now:\n{table}");
}

fn name(event: &Event) -> String {
    let text = format!("{event:?}");
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}

/// A record for each kind of event, with all its samples, in the order of the list.
fn records() -> Vec<(String, Record<'static>)> {
    let mut records: Vec<(String, Record)> = Vec::new();
    for event in events() {
        let mut name = name(&event);
        let number = records.len() as u64;
        if records.last().is_none_or(|(last, _)| *last != name) {
            // A kind that came to hold more has a line for each layout.
            if records.iter().any(|(known, _)| *known == name) {
                name.push_str("-later");
            }
            let record =
                Record { version: 1_000 + number, at_ms: 1_800_000_000_000 + number, events: vec![] };
            records.push((name, record));
        }
        records.last_mut().expect("it was added").1.events.push(event);
    }
    records
}

#[test]
fn every_event_and_a_world_have_the_bytes_that_they_always_had() {
    let mut table = String::new();
    records().iter().for_each(|(name, record)| line(&mut table, name, &to_bytes(record)));
    line(&mut table, "snapshot", &snapshot::snapshot().encode());
    assert!(table == GOLDEN, "the bytes are now:\n{table}");
}

#[test]
fn the_bytes_of_every_event_are_read_as_what_they_always_meant() {
    for (name, record) in records() {
        let bytes = golden(&name);
        assert_eq!(from_bytes::<Record>(&bytes).expect("a record"), record, "{name}");
        let in_memory = super::decode(&bytes).expect("values that the model takes");
        assert_eq!(super::encode(&in_memory), bytes, "{name}, through the model");
    }
}

#[test]
fn the_bytes_of_a_world_are_read_as_what_they_always_meant() {
    let bytes = golden("snapshot");
    assert_eq!(Snapshot::decode(&bytes).expect("a snapshot"), snapshot::snapshot());
}

/// So many events each layout of this folder has. Whoever adds one adds a layout: a program that does not know the event must
/// be told so by the number, and not stumble over its bytes.
#[test]
fn an_event_is_added_together_with_a_layout() {
    let layouts: BTreeMap<u8, u8> = [(1, 29), (2, 32)].into();
    let (&newest, &count) = layouts.last_key_value().expect("one layout at least");
    assert_eq!(usize::from(newest), crate::record::READERS.len());
    let kinds = records().iter().filter(|(name, _)| !name.ends_with("-later")).count();
    assert_eq!(kinds, usize::from(count), "each event has a sample");
    let mut beyond = [0_u8; 256];
    beyond[0] = count;
    let refused = crate::record::take::<Event>(&beyond).expect_err("no event has this number");
    assert!(matches!(refused, RecordError::Undecodable(_)), "{refused}");
}

#[test]
fn bytes_that_are_cut_or_too_long_are_refused() {
    let mut bytes = golden("OrderPlaced");
    bytes.push(0);
    let refused = super::decode(&bytes).expect_err("a byte too many");
    assert_eq!(refused.to_string(), "E0402 stored bytes cannot be decoded: 1 bytes are left over");
    for len in 0..bytes.len() - 1 {
        assert!(matches!(super::decode(&bytes[..len]), Err(RecordError::Undecodable(_))), "cut at {len}");
    }
}

#[test]
fn a_value_that_the_model_refuses_is_named() {
    let record = Record { version: 1, at_ms: 1, events: vec![Event::VehicleStarted { vehicle: "a b" }] };
    let refused = super::decode(&to_bytes(&record)).expect_err("no identifier");
    let words = "E0402 stored bytes cannot be decoded: vehicle_id is a b: may hold only letters, digits and - _ . : @";
    assert_eq!(refused.to_string(), words);
}
