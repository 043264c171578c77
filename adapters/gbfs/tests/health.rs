//! Whether anything may rest on a feed: what vanishes, what stands still, and what can hardly be read.

mod common;

use common::{NOW, document, known, reading, said, station, stations};
use paceline_gbfs::{FileKey, FileName, Files, Memory, Patience, read};
use paceline_model::Millis;
use paceline_model::bikes::{Capacity, Health, Implausible, Oddity};
use serde_json::{Value, json};

/// A feed of so many stations, each with as many bikes.
fn city(count: usize, bikes: u32) -> Files {
    let ids: Vec<String> = (0..count).map(|number| format!("S{number:02}")).collect();
    let status = ids.iter().map(|id| said(id, json!({ "num_bikes_available": bikes }))).collect();
    stations(ids.iter().map(|id| known(id)).collect(), status)
}

#[test]
fn what_vanishes_at_once_is_implausible_and_in_time_believed() {
    let (mut memory, patience) = (Memory::default(), Patience::default());
    assert!(read(&city(10, 5), NOW, &mut memory, patience).health.is_fresh());
    let one_less = read(&city(9, 5), NOW, &mut memory, patience);
    assert_eq!((one_less.health, one_less.told.count(Oddity::StationVanished)), (Health::Fresh, 1));
    let gone = read(&city(4, 5), NOW, &mut memory, patience);
    let why = Implausible::StationsVanished;
    assert_eq!(gone.health, Health::Implausible { why, since: NOW });
    assert_eq!(gone.told.count(Oddity::StationsVanished), 1);
    let later = NOW + Millis::from_secs(300);
    assert_eq!(
        read(&city(4, 5), later, &mut memory, patience).health,
        Health::Implausible { why, since: NOW }
    );
    let settled =
        read(&city(4, 5), NOW + patience.settled, &mut memory, Patience { stale: Millis::MAX, ..patience });
    assert_eq!((settled.health, settled.told.count(Oddity::StationVanished)), (Health::Fresh, 5));
}

#[test]
fn bikes_that_are_all_gone_at_once_are_not_believed() {
    let (mut memory, patience) = (Memory::default(), Patience::default());
    assert!(read(&city(10, 5), NOW, &mut memory, patience).health.is_fresh());
    let why = Implausible::BikesVanished;
    assert_eq!(
        read(&city(10, 0), NOW, &mut memory, patience).health,
        Health::Implausible { why, since: NOW }
    );
    assert!(read(&city(10, 1), NOW, &mut memory, patience).health.is_fresh());
    assert!(read(&city(10, 0), NOW, &mut memory, patience).health.is_fresh(), "few bikes may all be hired");
}

#[test]
fn a_capacity_that_changes_is_told_and_believed() {
    let (mut memory, mut files) = (Memory::default(), city(5, 3));
    read(&files, NOW, &mut memory, Patience::default());
    let mut larger: Vec<Value> = (0..5).map(|number| known(&format!("S{number:02}"))).collect();
    larger[2]["capacity"] = json!(24);
    let key = FileKey { name: FileName::StationInformation, language: "nb".into() };
    files.put(key, Ok(document(&json!({ "stations": larger }))));
    let read = read(&files, NOW, &mut memory, Patience::default());
    assert_eq!((read.told.count(Oddity::CapacityChanged), read.health), (1, Health::Fresh));
    assert_eq!(station(&read, "S02").capacity, Capacity::Docks(24));
}

#[test]
fn a_feed_whose_records_can_hardly_be_taken_is_implausible() {
    let status: Vec<Value> = (0..10)
        .map(|number| said("A", json!({ "station_id": if number < 4 { json!("A") } else { Value::Null } })))
        .collect();
    let read = reading(&stations(json!([known("A")]), json!(status)));
    let why = Implausible::HardlyAnyRecord;
    assert_eq!(read.health, Health::Implausible { why, since: NOW });
}

#[test]
fn a_feed_an_hour_old_is_stale_and_so_is_one_whose_clock_stands_still_ahead_of_ours() {
    let hour = Millis::from_secs(3_600);
    let stale = read(&city(3, 3), NOW + hour, &mut Memory::default(), Patience::default());
    assert_eq!(stale.health, Health::Stale { since: NOW - Millis::from_secs(60) });
    let mut memory = Memory::default();
    let early = NOW - hour;
    let ahead = read(&city(3, 3), early, &mut memory, Patience::default());
    assert_eq!(
        (ahead.health, ahead.as_of, ahead.told.count(Oddity::FeedAhead)),
        (Health::Fresh, Some(early), 1)
    );
    let later = early + Millis::from_secs(900);
    assert_eq!(
        read(&city(3, 3), later, &mut memory, Patience::default()).health,
        Health::Stale { since: early }
    );
}
