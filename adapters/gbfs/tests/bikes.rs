//! Which bikes of a list are taken, and as what.

mod common;

use common::{describe, document, known, reading, said, stations};
use expect_test::expect;
use paceline_gbfs::{FileKey, FileName};
use serde_json::{Value, json};

#[test]
fn of_bikes_only_those_that_somebody_can_find_are_taken() {
    let bike = |id: Value, more: Value| {
        let mut record = json!({ "bike_id": id, "is_reserved": false, "is_disabled": false });
        record.as_object_mut().expect("an object").extend(more.as_object().expect("fields").clone());
        record
    };
    let at = |lat: f64| json!({ "lat": lat, "lon": 10.75 });
    let and = |lat: f64, more: Value| {
        let mut record = at(lat);
        record.as_object_mut().expect("an object").extend(more.as_object().expect("fields").clone());
        record
    };
    let bikes = json!([
        bike(
            json!("loose"),
            and(59.91, json!({ "current_range_meters": 12_000.0, "current_fuel_percent": 0.2 }))
        ),
        bike(json!("docked"), json!({ "station_id": "A" })),
        bike(json!("docked-with-place"), and(59.95, json!({ "station_id": "A" }))),
        bike(json!("reserved"), and(59.91, json!({ "is_reserved": true, "is_disabled": true }))),
        bike(json!("broken"), and(59.91, json!({ "is_disabled": true }))),
        bike(json!("numbers"), and(59.91, json!({ "is_disabled": 1 }))),
        bike(json!("range"), and(59.91, json!({ "current_range_meters": -5, "current_fuel_percent": 52 }))),
        bike(Value::Null, at(59.91)),
        bike(json!("nowhere"), json!({})),
        bike(json!("elsewhere"), json!({ "station_id": "Z" })),
        bike(json!("null-island"), json!({ "lat": 0.0, "lon": 0.0 })),
        bike(json!("two"), at(59.91)),
        bike(json!("two"), at(59.92)),
        bike(json!("two"), at(59.91)),
        bike(json!("same"), at(59.91)),
        bike(json!("same"), at(59.91)),
    ]);
    let mut files = stations(json!([known("A")]), json!([said("A", json!({}))]));
    files.put(
        FileKey { name: FileName::VehicleStatus, language: "nb".into() },
        Ok(document(&json!({ "bikes": bikes }))),
    );
    expect![[r#"
        A: 3 bikes, room 7, of 10
        broken: ?, Broken, Loose(Position { lat_e7: 599100000, lon_e7: 107500000 })
        docked: ?, ForHire, Docked(StationId("A"))
        docked-with-place: ?, ForHire, Docked(StationId("A"))
        loose: ?, ForHire, Loose(Position { lat_e7: 599100000, lon_e7: 107500000 }), 12000 m
        numbers: ?, Broken, Loose(Position { lat_e7: 599100000, lon_e7: 107500000 })
        range: ?, ForHire, Loose(Position { lat_e7: 599100000, lon_e7: 107500000 })
        reserved: ?, Reserved, Loose(Position { lat_e7: 599100000, lon_e7: 107500000 })
        same: ?, ForHire, Loose(Position { lat_e7: 599100000, lon_e7: 107500000 })
        IdMissing: 
        IdTwice: two same
        TwoPlaces: two
        PlaceNull: null-island
        FlagNotBoolean: numbers
        BikeNowhere: nowhere
        BikeAtUnknownStation: elsewhere
        RangeNoRange: range range
    "#]]
    .assert_eq(&describe(&reading(&files)));
}
