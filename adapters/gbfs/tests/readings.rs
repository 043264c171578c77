//! What records that are odd are read as, in feeds of a few lines: the kinds of the cases from the field, and more.

mod common;

use common::{BEFORE_S, NOW, describe, files, known, reading, said, station, stations, versioned};
use expect_test::{Expect, expect};
use paceline_gbfs::{FileKey, FileName, Files};
use paceline_model::Millis;
use paceline_model::bikes::{AsOf, BikeKind};
use serde_json::{Value, json};

/// Stations that are all known, with what is said of each beside what is usual.
fn check(more: &[(&str, Value)], expected: Expect) {
    let information = more.iter().map(|(id, _)| known(id)).collect();
    let status = more.iter().map(|(id, more)| said(id, more.clone())).collect();
    expected.assert_eq(&describe(&reading(&stations(information, status))));
}

#[test]
fn only_what_is_open_runs_short_or_full() {
    let none = |more: Value| {
        let mut record = json!({ "num_bikes_available": 0, "num_docks_available": 0 });
        record.as_object_mut().expect("an object").extend(more.as_object().expect("fields").clone());
        record
    };
    check(
        &[
            ("open", none(json!({}))),
            ("away", none(json!({ "is_installed": false }))),
            ("no-rental", none(json!({ "is_renting": false }))),
            ("no-return", none(json!({ "is_returning": false }))),
            ("numbers", none(json!({ "is_renting": 0, "is_returning": 1 }))),
            ("text", none(json!({ "is_renting": "False", "is_returning": "no" }))),
            ("null", none(json!({ "is_renting": null, "is_returning": "ABSENT" }))),
        ],
        expect![[r#"
            away: 0 bikes, room 0, no rental, no returns, of 10
            no-rental: FULL, 0 bikes, room 0, no rental, of 10
            no-return: SHORT, 0 bikes, room 0, no returns, of 10
            null: 0 bikes, room 0, no rental, no returns, of 10
            numbers: FULL, 0 bikes, room 0, no rental, of 10
            open: SHORT, FULL, 0 bikes, room 0, of 10
            text: 0 bikes, room 0, no rental, no returns, of 10
            FlagNotBoolean: numbers numbers text
            FlagMissing: text null null
        "#]],
    );
}

#[test]
fn a_time_that_cannot_be_leaves_the_count_unknown_and_one_that_is_meant_is_read() {
    let at = |value: Value| json!({ "last_reported": value });
    check(
        &[
            ("zero", at(json!(0))),
            ("small", at(json!(12_345))),
            ("negative", at(json!(-1_749_628_740_i64))),
            ("millis", at(json!(BEFORE_S * 1_000))),
            ("micros", at(json!(BEFORE_S * 1_000_000))),
            ("float", at(json!(BEFORE_S as f64 + 0.5))),
            ("text", at(json!(BEFORE_S.to_string()))),
            ("rfc3339", at(json!("2025-06-11T09:59:00+02:00"))),
            ("word", at(json!("just now"))),
            ("null", at(Value::Null)),
            ("absent", at(json!("ABSENT"))),
            ("list", at(json!([BEFORE_S]))),
            ("ahead", at(json!(BEFORE_S + 7_200))),
            ("near", at(json!(BEFORE_S + 63))),
            ("yesterday", at(json!(BEFORE_S - 25 * 3_600))),
        ],
        expect![[r#"
            absent: unknown: nobody says when it was counted, of 10
            ahead: 3 bikes, room 7, of 10
            float: 3 bikes, room 7, of 10
            list: unknown: nobody says when it was counted, of 10
            micros: unknown: nobody says when it was counted, of 10
            millis: 3 bikes, room 7, of 10
            near: 3 bikes, room 7, of 10
            negative: unknown: nobody says when it was counted, of 10
            null: unknown: nobody says when it was counted, of 10
            rfc3339: 3 bikes, room 7, of 10
            small: unknown: nobody says when it was counted, of 10
            text: 3 bikes, room 7, of 10
            word: unknown: nobody says when it was counted, of 10
            yesterday: unknown: it was counted too long ago, of 10
            zero: unknown: nobody says when it was counted, of 10
            TimeMissing: null absent
            TimeNoTime: zero small negative micros word list
            TimeInMillis: millis
            TimeOtherNotation: text rfc3339
            TimeAhead: ahead
            TimeTooOld: yesterday
        "#]],
    );
}

#[test]
fn a_clock_that_runs_ahead_counts_as_of_when_its_file_was_written() {
    let files =
        stations(json!([known("A")]), json!([said("A", json!({ "last_reported": BEFORE_S + 7_200 }))]));
    let as_of = station(&reading(&files), "A").stock.known().map(|stock| stock.as_of);
    assert_eq!(as_of, Some(AsOf::Bounded(NOW - Millis::from_secs(60))));
}

#[test]
fn numbers_that_do_not_add_up_are_told_and_no_room_is_below_zero() {
    check(
        &[
            ("over", json!({ "num_bikes_available": 40, "num_docks_available": 0 })),
            ("under", json!({ "num_docks_available": -3 })),
            ("less", json!({ "num_bikes_available": -2 })),
            ("text", json!({ "num_bikes_available": "4", "num_docks_available": 6.0 })),
            ("half", json!({ "num_bikes_available": 4.5 })),
            ("word", json!({ "num_bikes_available": "many" })),
            ("null", json!({ "num_bikes_available": null })),
            ("huge", json!({ "num_bikes_available": 1e18 })),
            ("many", json!({ "num_bikes_available": 70_000 })),
            (
                "no-docks",
                json!({ "num_docks_available": "ABSENT", "num_bikes_disabled": 2, "num_docks_disabled": 1 }),
            ),
            (
                "broken",
                json!({ "num_bikes_disabled": 5, "num_docks_available": 2, "num_docks_disabled": -1 }),
            ),
        ],
        expect![[r#"
            broken: 3 bikes, 5 broken, room 2, of 10
            half: unknown: the number of bikes is missing, or none that can be, of 10
            huge: unknown: the number of bikes is missing, or none that can be, of 10
            less: unknown: the number of bikes is missing, or none that can be, of 10
            many: unknown: the number of bikes is missing, or none that can be, of 10
            no-docks: 3 bikes, 2 broken, room 4, of 10
            null: unknown: the number of bikes is missing, or none that can be, of 10
            over: FULL, 40 bikes, room 0, of 10
            text: 4 bikes, room 6, of 10
            under: FULL, 3 bikes, room 0, of 10
            word: unknown: the number of bikes is missing, or none that can be, of 10
            NumberAsText: text
            CountMissing: half word null huge
            CountNegative: less broken
            CountBeyond: many
            DocksMissing: no-docks
            DocksNegative: under
            MoreThanCapacity: over
        "#]],
    );
}

#[test]
fn what_has_no_limit_is_never_full() {
    let with = |id: &str, more: Value| {
        let mut record = known(id);
        let fields = record.as_object_mut().expect("an object");
        fields.remove("capacity");
        fields.extend(more.as_object().expect("fields").clone());
        record
    };
    let no_docks = json!({ "num_docks_available": null });
    let information = json!([
        with("virtual", json!({ "is_virtual_station": true })),
        with("valet", json!({ "capacity": 18, "is_valet_station": true })),
        with("nines", json!({})),
        with("capacity-nines", json!({ "capacity": 999 })),
        with("nothing", json!({})),
        with("zero", json!({ "capacity": 0 })),
        with("inferred", json!({})),
    ]);
    let status = json!([
        said("virtual", no_docks.clone()),
        said("valet", json!({ "num_bikes_available": 18, "num_docks_available": "ABSENT" })),
        said("nines", json!({ "num_docks_available": 999 })),
        said("capacity-nines", json!({ "num_docks_available": 996 })),
        said("nothing", no_docks),
        said("zero", json!({ "num_bikes_disabled": 1 })),
        said("inferred", json!({ "num_docks_disabled": 2 })),
    ]);
    expect![[r#"
        capacity-nines: 3 bikes, no limit
        inferred: 3 bikes, room 7, of 12
        nines: 3 bikes, no limit
        nothing: 3 bikes, no limit
        valet: 18 bikes, no limit
        virtual: 3 bikes, no limit
        zero: 3 bikes, 1 broken, room 7, of 11
        CapacityNone: zero
        DocksBeyond: capacity-nines nines
    "#]]
    .assert_eq(&describe(&reading(&stations(information, status))));
}

#[test]
fn kinds_are_known_where_they_add_up() {
    let counts = |of: &[(&str, i64)]| {
        let of: Vec<Value> =
            of.iter().map(|(kind, count)| json!({ "vehicle_type_id": kind, "count": count })).collect();
        json!({ "vehicle_types_available": of })
    };
    let ids = ["fine", "less", "more", "unknown", "negative", "docks"];
    let status = [
        counts(&[("city", 3), ("ebike", 0)]),
        counts(&[("city", 0), ("ebike", 0)]),
        counts(&[("city", 3), ("ebike", 3)]),
        counts(&[("city", 1), ("cargo", 2)]),
        counts(&[("city", 5), ("ebike", -2)]),
        json!({ "vehicle_docks_available": [{ "vehicle_type_ids": ["ebike"], "count": 9 }] }),
    ];
    let kinds = json!([{ "vehicle_type_id": "city", "propulsion_type": "human" },
                       { "vehicle_type_id": "ebike", "propulsion_type": "electric_assist", "max_range_meters": 60_000 }]);
    let status: Vec<Value> = ids.iter().zip(status).map(|(id, more)| said(id, more)).collect();
    let information: Vec<Value> = ids.iter().map(|id| known(id)).collect();
    let read = reading(&files(&[
        (FileName::StationInformation, json!({ "stations": information })),
        (FileName::StationStatus, json!({ "stations": status })),
        (FileName::VehicleTypes, json!({ "vehicle_types": kinds })),
    ]));
    expect![[r#"
        docks: 3 bikes, room 7, of 10
        fine: 3 city, room 7, of 10
        less: 3 bikes, room 7, of 10
        more: 3 bikes, room 7, of 10
        negative: 3 bikes, room 7, of 10
        unknown: 1 city + 2 of unknown kind, room 7, of 10
        KindsDiffer: less more negative docks
        KindUnknown: unknown
    "#]]
    .assert_eq(&describe(&read));
    assert!(read.kinds[&BikeKind::new("ebike").expect("a kind")].has_battery());
    assert!(!read.kinds[&BikeKind::new("city").expect("a kind")].has_battery());
}

#[test]
fn one_id_twice_holds_by_time_and_never_by_order() {
    let twice = |first: Value, second: Value| {
        let one = stations(json!([known("A")]), json!([said("A", first.clone()), said("A", second.clone())]));
        let other = stations(json!([known("A")]), json!([said("A", second), said("A", first)]));
        let (one, other) = (reading(&one), reading(&other));
        assert_eq!(one.stations, other.stations, "the order in the file does not count");
        describe(&one)
    };
    let later = json!({ "num_bikes_available": 7, "last_reported": BEFORE_S + 5 });
    expect![[r#"
        A: 7 bikes, room 7, of 10
        IdTwiceDiffering: A
    "#]]
    .assert_eq(&twice(later, json!({ "num_bikes_available": 0 })));
    expect![[r#"
        A: 3 bikes, room 7, of 10
        IdTwice: A
    "#]]
    .assert_eq(&twice(json!({}), json!({})));
    expect![[r#"
        A: unknown: two counts of one time differ, of 10
        CountsOfOneTimeDiffer: A
    "#]]
    .assert_eq(&twice(json!({}), json!({ "num_bikes_available": 0 })));
    expect![[r#"
        A: 3 bikes, room 7, of 10
        IdTwiceDiffering: A
        TimeNoTime: A
    "#]]
    .assert_eq(&twice(json!({}), json!({ "last_reported": 0 })));
}

#[test]
fn ids_that_cannot_be_cost_their_record_and_no_other() {
    let id = |id: Value| said("A", json!({ "station_id": id }));
    let status = json!([
        id(json!("A")),
        id(json!(42)),
        id(Value::Null),
        id(json!("")),
        id(json!("two words")),
        id(json!("x".repeat(100))),
        id(json!(["A"])),
        "no record",
        7,
        null,
    ]);
    expect![[r#"
        42: 3 bikes, room 7, of 10
        A: 3 bikes, room 7, of 10
        RecordMalformed:   
        IdMissing:   
        IdNotText: 42
        IdUnusable: two words xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    "#]].assert_eq(&describe(&reading(&stations(json!([known("A"), known("42")]), status))));
}

#[test]
fn places_that_cannot_be_are_known_to_nobody() {
    let at = |id: &str, lat: Value, lon: Value| json!({ "station_id": id, "lat": lat, "lon": lon, "capacity": 10 });
    let information = json!([
        known("A"),
        known("B"),
        known("C"),
        at("swapped", json!(10.75), json!(59.91)),
        at("null-island", json!(0.0), json!(0.0)),
        at("near-null", json!(0.000_01), json!(-0.000_01)),
        at("text", json!("59.915"), json!("10.75")),
        at("word", json!("north"), json!(10.75)),
        at("beyond", json!(599.1), json!(10.75)),
        at("half", json!(59.91), Value::Null),
        json!({ "station_id": "nowhere" }),
        at("jitter", json!(59.91), json!(10.75)),
        at("jitter", json!(59.9101), json!(10.75)),
        at("two", json!(59.91), json!(10.75)),
        at("two", json!(59.92), json!(10.75)),
    ]);
    expect![[r#"
        A: unknown: no file says anything of it, no rental, no returns, of 10
        B: unknown: no file says anything of it, no rental, no returns, of 10
        C: unknown: no file says anything of it, no rental, no returns, of 10
        beyond: no place: what is said is no latitude and longitude, unknown: no file says anything of it, no rental, no returns, of 10
        half: no place: what is said is no latitude and longitude, unknown: no file says anything of it, no rental, no returns, of 10
        jitter: unknown: no file says anything of it, no rental, no returns, of 10
        near-null: no place: at 0, 0, unknown: no file says anything of it, no rental, no returns, of 10
        nowhere: no place: no file says where it is, unknown: no file says anything of it, no rental, no returns, of ?
        null-island: no place: at 0, 0, unknown: no file says anything of it, no rental, no returns, of 10
        swapped: no place: far from everything else of its system, unknown: no file says anything of it, no rental, no returns, of 10
        text: unknown: no file says anything of it, no rental, no returns, of 10
        two: no place: one name with two places, unknown: no file says anything of it, no rental, no returns, of 10
        word: no place: what is said is no latitude and longitude, unknown: no file says anything of it, no rental, no returns, of 10
        IdTwiceDiffering: jitter
        TwoPlaces: two
        NoStatus: A B C beyond half jitter near-null nowhere null-island swapped text two word
        PlaceMissing: word beyond half nowhere
        PlaceNull: null-island near-null
        PlaceOffRegion: swapped
    "#]].assert_eq(&describe(&reading(&stations(information, json!([])))));
}

#[test]
fn a_version_three_feed_is_read_by_its_own_names_and_times() {
    let key = |name| FileKey { name, language: "und".into() };
    let at = json!("2025-06-11T09:59:00+02:00");
    let mut files = Files { version: Some("3.0".into()), ..Files::default() };
    let information = json!({ "stations": [{ "station_id": "A", "lat": 59.91, "lon": 10.75, "capacity": 10,
        "name": [{ "text": "Brua", "language": "nb" }, { "text": "The Bridge", "language": "en" }] }] });
    let status = json!({ "stations": [{ "station_id": "A", "num_vehicles_available": 3, "num_docks_available": 7,
        "is_installed": true, "is_renting": true, "is_returning": true, "last_reported": at }] });
    files.put(key(FileName::StationInformation), Ok(versioned("3.0", at.clone(), &information)));
    files.put(key(FileName::StationStatus), Ok(versioned("3.0", at, &status)));
    let read = reading(&files);
    expect![[r#"
        A: 3 bikes, room 7, of 10
    "#]]
    .assert_eq(&describe(&read));
    assert_eq!(station(&read, "A").names.get("en").map(String::as_str), Some("The Bridge"));
    assert_eq!(read.as_of, Some(NOW - Millis::from_secs(60)));
}
