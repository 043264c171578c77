//! `paceline bikes` with the binary: feeds in folders.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use crate::common::paceline;
use expect_test::expect;
use serde_json::{Value, json};
use std::path::Path;

/// A folder with a feed of four stations and two bikes, read a minute after it was written.
fn saved(dir: &Path) {
    let at = 1_749_628_740;
    let write = |name: &str, data: Value| {
        let file = json!({ "version": "2.3", "last_updated": at, "ttl": 60, "data": data });
        std::fs::write(dir.join(format!("{name}.json")), file.to_string()).unwrap();
    };
    let station = |id: &str, name: &str, lat: f64| json!({ "station_id": id, "name": name, "lat": lat, "lon": 10.75, "capacity": 10 });
    let status = |id: &str, bikes: i32, docks: i32| {
        json!({ "station_id": id, "num_bikes_available": bikes, "num_docks_available": docks, "is_installed": true,
                "is_renting": true, "is_returning": true, "last_reported": at - 30 })
    };
    write(
        "system_information",
        json!({ "system_id": "demo", "language": "en", "name": "Demo Bikes", "timezone": "Europe/Oslo" }),
    );
    let stations = [
        ("A", "The Bridge", 59.91),
        ("B", "The Square", 59.92),
        ("C", "The Park", 59.93),
        ("D", "Nowhere", 0.0),
    ];
    let stations: Vec<Value> = stations.iter().map(|(id, name, lat)| station(id, name, *lat)).collect();
    write("station_information", json!({ "stations": stations }));
    write(
        "station_status",
        json!({ "stations": [status("A", 0, 10), status("B", 10, 0), status("C", -1, 4), status("D", 4, 6)] }),
    );
    write(
        "free_bike_status",
        json!({ "bikes": [
        { "bike_id": "x", "lat": 59.911, "lon": 10.75, "is_reserved": false, "is_disabled": false },
        { "bike_id": "y", "lat": 59.912, "lon": 10.75, "is_reserved": false, "is_disabled": true }] }),
    );
}

#[test]
fn a_saved_feed_is_told_in_words() {
    let dir = tempfile::tempdir().unwrap();
    saved(dir.path());
    let text = paceline(dir.path(), &["bikes", "import", ".", "--at", "2025-06-11T08:00:00Z"]).unwrap();
    expect![[r#"
        Demo Bikes (demo), Europe/Oslo
          feed       fresh; as of 2025-06-11T07:59:00.000Z, 60 s before it was read
          stations   4: 4 on the street, 4 hire out, 4 take back; stock known of 3; 40 docks
          for hire   15: 14 at stations, 1 loose; 0 more stand where nothing is hired out
          not        0 broken at stations, 1 broken and 0 reserved loose

        short: 1
          A            The Bridge                   59.91, 10.75, counted 90 s before

        full: 1
          B            The Square                   59.92, 10.75, counted 90 s before

        not known: 2
          C            The Park                     stock: the number of bikes is missing, or none that can be
          D            Nowhere                      place: far from everything else of its system

        odd: 2
          a place far from everything else of the system: 1
            D            0.0, 10.75
          a count below 0: 1
            C            num_bikes_available -1"#]]
    .assert_eq(&text);
}

#[test]
fn a_saved_feed_is_told_as_json() {
    let dir = tempfile::tempdir().unwrap();
    saved(dir.path());
    let args = ["bikes", "import", ".", "--at", "2025-06-11T08:00:00Z", "--json"];
    let value: Value = serde_json::from_str(&paceline(dir.path(), &args).unwrap()).unwrap();
    let summary = serde_json::to_string_pretty(&value["summary"]).unwrap();
    expect![[r#"
        {
          "age_ms": 60000,
          "broken_docked": 0,
          "broken_loose": 1,
          "docks": 40,
          "for_hire": 15,
          "for_hire_docked": 14,
          "for_hire_loose": 1,
          "full": [
            "B"
          ],
          "health": "fresh",
          "reserved_loose": 0,
          "short": [
            "A"
          ],
          "shut_in": 0,
          "stations": 4,
          "stations_on_street": 4,
          "stations_renting": 4,
          "stations_returning": 4,
          "stock_known": 3,
          "told": {
            "count_negative": 1,
            "place_off_region": 1
          }
        }"#]]
    .assert_eq(&summary);
    assert_eq!(
        value["reading"]["stations"]["A"]["stock"]["known"]["as_of"]["said"],
        "2025-06-11T07:58:30.000Z"
    );
}

#[test]
fn what_is_no_feed_fails_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |args: &[&str]| paceline(dir.path(), &[&["bikes", "import"], args].concat()).unwrap_err();
    assert_eq!(
        refused(&["."]),
        "error: . holds no gbfs.json and no file of a feed, such as station_status.json"
    );
    assert_eq!(
        refused(&["nowhere"]),
        "error: nowhere is no address (https://… or http://…), no folder and no gbfs.json"
    );
    std::fs::write(dir.path().join("gbfs.json"), "{\"data\": {\"en\"").unwrap();
    let cut = refused(&["."]);
    assert!(
        cut.starts_with("error: .: nothing of it can be read: gbfs is no JSON: EOF while parsing"),
        "{cut}"
    );
    let silent = refused(&["http://127.0.0.1:9/gbfs.json"]);
    assert!(silent.contains("nothing of it can be read: gbfs does not answer: "), "{silent}");
    assert!(refused(&[".", "--at", "yesterday"]).contains("must be a time as in RFC 3339"));
}

#[test]
fn every_row_of_trip_files_is_accounted_for() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("stations.csv", "station_id,name,lat,lng\nA,North,59.92,10.75\nB,South,59.91,10.75\n");
    write("depots.txt", "DEPOT # the workshop\n");
    write(
        "rides.csv",
        "ride_id,bike_id,started_at,ended_at,start_station_id,end_station_id\n\
         r1,1,2025-06-02 08:00:00,2025-06-02 08:10:00,A,B\n\
         r1,1,2025-06-02 08:00:00,2025-06-02 08:10:00,A,B\n\
         r2,2,2025-06-02 09:00:00,2025-06-02 08:10:00,A,B\n\
         r3,3,2025-06-02 08:30:00,2025-06-02 08:30:20,A,A\n\
         r4,4,2025-06-02 08:30:00,2025-06-02 08:50:00,A,DEPOT\n\
         r5,5,2025-06-02 08:30:00,2025-06-02 08:50:00,A,NEW\n\
         r6,6,2025-06-02 08:30:00,,B,\n",
    );
    let args = "bikes rides rides.csv --stations stations.csv --not-stations depots.txt --zone Europe/Oslo";
    let args: Vec<&str> = args.split(' ').collect();
    let text = paceline(dir.path(), &args).unwrap();
    expect![[r#"
        7 rows: 2 rides, 5 set aside
        riding time of 1: median 600 s, longest 600 s

        set aside
          the same ride again: 1
            r1 (rides.csv:3, bike 1)
          begins or ends at a place that is no station: test bench, workshop, depot: 1
            r4 (rides.csv:6, bike 4)
          begins or ends at a station that nobody knows: 1
            r5 (rides.csv:7, bike 5)
          docked again within a minute where it was: the bike may be broken: 1
            r3 (rides.csv:5, bike 3)
          ends before it starts, and no clock change explains it: 1
            r2 (rides.csv:4, bike 2)

        rides, and what is odd about them
          it has not ended: 1
            r6 (rides.csv:8, bike 6)

        2 stations: departures, arrivals
          B                       1        1
          A                       1        0"#]]
    .assert_eq(&text);
    let value: Value =
        serde_json::from_str(&paceline(dir.path(), &[&args[..], &["--json"]].concat()).unwrap()).unwrap();
    assert_eq!(
        (&value["rows"], &value["taken"], &value["riding_s_median"]),
        (&json!(7), &json!(2), &json!(600))
    );
    // A Monday, eight on the clocks of Oslo and six in UTC.
    assert_eq!(value["by_local_hour_of_week"][8], json!({ "departures": 2, "arrivals": 1 }));
    assert_eq!(value["rides"][0]["departed_at"], "2025-06-02T06:00:00.000Z");
}

#[test]
fn what_is_no_trip_file_fails_in_words() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("depots.txt"), "DEPOT\n").unwrap();
    let refused =
        |zone: &str, file: &str| paceline(dir.path(), &["bikes", "rides", file, "--zone", zone]).unwrap_err();
    assert_eq!(
        refused("CET/CEST", "depots.txt"),
        "error: --zone is CET/CEST: must be a name of the zone database, such as Europe/Oslo"
    );
    assert!(refused("Europe/Oslo", "none.csv").starts_with("error: none.csv: No such file"));
    assert!(refused("Europe/Oslo", "depots.txt").contains("has no column started_at"));
}
