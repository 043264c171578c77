//! What tests of readings share: feeds written in a few lines, and readings said in a few.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of it")]

use paceline_gbfs::{Document, FileKey, FileName, Files, Memory, Patience, read};
use paceline_model::Instant;
use paceline_model::bikes::{Capacity, FeedReading, Room, StationId, StationReading, StockReading, Told};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// The clock of the cases: 2025-06-11T08:00:00Z.
pub(crate) const NOW: Instant = Instant(1_749_628_800_000);
/// A minute before it, as feeds up to 2.3 write times.
pub(crate) const BEFORE_S: u64 = 1_749_628_740;

/// The folder of a case from the field; `None`, said aloud, where they are not here.
pub(crate) fn field(case: &str) -> Option<PathBuf> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../../shared/field/bikes", case].iter().collect();
    if !path.is_dir() {
        println!("LEFT OUT: {} is not here", path.display());
        return None;
    }
    Some(path)
}

/// One file of version 2.3.
pub(crate) fn document(data: &Value) -> Document {
    versioned("2.3", json!(BEFORE_S), data)
}

/// One file.
pub(crate) fn versioned(version: &str, last_updated: Value, data: &Value) -> Document {
    let file = json!({ "version": version, "last_updated": last_updated, "ttl": 60, "data": data });
    Document::parse(file.to_string().as_bytes()).expect("a file")
}

/// Files of version 2.3: names with their data.
pub(crate) fn files(of: &[(FileName, Value)]) -> Files {
    let mut files = Files { version: Some("2.3".into()), ..Files::default() };
    for (name, data) in of {
        files.put(FileKey { name: *name, language: "nb".into() }, Ok(document(data)));
    }
    files
}

/// Information and status of stations.
pub(crate) fn stations(information: Value, status: Value) -> Files {
    files(&[
        (FileName::StationInformation, json!({ "stations": information })),
        (FileName::StationStatus, json!({ "stations": status })),
    ])
}

/// A place and a capacity of 10.
pub(crate) fn known(id: &str) -> Value {
    let number: u32 = id.bytes().map(u32::from).sum();
    json!({ "station_id": id, "name": id, "lat": 59.91 + f64::from(number % 50) / 1e3, "lon": 10.75, "capacity": 10 })
}

/// An open station with three bikes and seven docks, and what else is said.
pub(crate) fn said(id: &str, more: Value) -> Value {
    let mut record = json!({
        "station_id": id, "num_bikes_available": 3, "num_docks_available": 7,
        "is_installed": true, "is_renting": true, "is_returning": true, "last_reported": BEFORE_S,
    });
    let fields = record.as_object_mut().expect("an object");
    for (field, value) in more.as_object().expect("fields") {
        match value {
            // A field that must not be there.
            Value::String(text) if text == "ABSENT" => _ = fields.remove(field),
            value => _ = fields.insert(field.clone(), value.clone()),
        }
    }
    record
}

/// What files say at [`NOW`].
pub(crate) fn reading(files: &Files) -> FeedReading {
    read(files, NOW, &mut Memory::default(), Patience::default())
}

/// One station.
pub(crate) fn station<'a>(reading: &'a FeedReading, id: &str) -> &'a StationReading {
    &reading.stations[&StationId::new(id).expect("a name")]
}

/// What a reading amounts to: a line a station, a line a bike, a line for each reason that was told.
pub(crate) fn describe(reading: &FeedReading) -> String {
    let mut text = String::new();
    for station in reading.stations.values() {
        writeln!(text, "{}", line(station)).expect("text");
    }
    for bike in reading.bikes.values() {
        let kind = bike.kind.as_ref().map_or("?", |kind| kind.as_str());
        let range = bike.range_m.map_or(String::new(), |range| format!(", {range} m"));
        writeln!(text, "{}: {kind}, {:?}, {:?}{range}", bike.id, bike.state, bike.standing).expect("text");
    }
    text + &told(&reading.told)
}

/// What was told: reasons with ids.
pub(crate) fn told(told: &Told) -> String {
    let of = |(what, of): (_, &paceline_model::bikes::ToldOf)| {
        let ids: Vec<&str> = of.notes.iter().map(|note| note.id.as_str()).collect();
        format!("{what:?}: {}\n", ids.join(" "))
    };
    told.iter().map(of).collect()
}

fn line(station: &StationReading) -> String {
    let mut said = vec![];
    if station.is_short() {
        said.push("SHORT".to_owned());
    }
    if station.is_full() {
        said.push("FULL".to_owned());
    }
    if let paceline_model::bikes::Place::Unknown(why) = station.place {
        said.push(format!("no place: {why}"));
    }
    match &station.stock {
        StockReading::Unknown(why) => said.push(format!("unknown: {why}")),
        StockReading::Known(stock) => {
            let of_kind: Vec<String> =
                stock.bikes.of_kind.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            let unknown = stock.bikes.of_unknown_kind;
            said.push(match (of_kind.is_empty(), unknown) {
                (true, count) => format!("{count} bikes"),
                (false, 0) => of_kind.join(" + "),
                (false, count) => format!("{} + {count} of unknown kind", of_kind.join(" + ")),
            });
            let broken = stock.bikes_broken;
            if broken > 0 {
                said.push(format!("{broken} broken"));
            }
            said.push(match &stock.room {
                Room::Unlimited => "no limit".to_owned(),
                room => format!("room {}", room.bikes().unwrap_or(0)),
            });
        }
    }
    if station.for_hire() != station.fit_for_hire() {
        said.push(format!("{} for hire", station.for_hire().unwrap_or(0)));
    }
    if !station.is_renting() {
        said.push("no rental".to_owned());
    }
    if !station.is_returning() {
        said.push("no returns".to_owned());
    }
    match station.capacity {
        Capacity::Docks(docks) => said.push(format!("of {docks}")),
        Capacity::Unlimited => {}
        Capacity::Unknown => said.push("of ?".to_owned()),
    }
    format!("{}: {}", station.id, said.join(", "))
}
