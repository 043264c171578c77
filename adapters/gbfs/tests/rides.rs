//! Trip files as they are in the field, cases 08 and 09: what is right of each row; and rows of our own.

mod common;

use common::field;
use expect_test::{Expect, expect};
use jiff::tz::TimeZone;
use paceline_gbfs::rides::{End, Places, RideError, Rides, not_stations, stations};
use std::fmt::Write as _;
use std::fs::File;

fn oslo() -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled().get("Europe/Oslo").expect("a zone")
}

/// A line a ride, a line for each reason; and that they add up.
fn describe(rides: &Rides) -> String {
    let mut text = String::new();
    let place = |end: &End| match end {
        End::Station(id) => id.to_string(),
        End::Place(place) => place.to_string(),
        End::Unknown => "?".to_owned(),
    };
    for ride in rides.rides() {
        let at = |at: paceline_model::Instant| at.to_string()[..19].to_owned();
        let arrived = ride.arrived_at.map_or("?".to_owned(), at);
        let riding =
            ride.riding.map_or("no riding time".to_owned(), |riding| format!("{} s", riding.0 / 1_000));
        writeln!(
            text,
            "{}: {} {} to {arrived} {}, {riding}",
            ride.id,
            at(ride.departed_at),
            place(&ride.from),
            place(&ride.to)
        )
        .expect("text");
    }
    let of = |named: &[String]| {
        named.iter().map(|of| of.split(' ').next().unwrap_or("")).collect::<Vec<_>>().join(" ")
    };
    for (why, rows) in rides.set_aside() {
        writeln!(text, "{why:?}: {}", of(&rows.named)).expect("text");
    }
    for (what, rows) in rides.remarks() {
        writeln!(text, "({what:?}: {})", of(&rows.named)).expect("text");
    }
    let aside: u64 = rides.set_aside().values().map(|rows| rows.count).sum();
    assert_eq!(rides.rides().count() as u64 + aside, rides.rows(), "every row is accounted for");
    text
}

fn case_08(files: &[&str], expected: Expect) {
    let Some(folder) = field("08-rides-over-the-clock-change") else { return };
    let mut rides = Rides::new(Places::default(), oslo());
    for file in files {
        rides.read(file, File::open(folder.join(file)).expect("a file")).expect("a trip file");
    }
    expected.assert_eq(&describe(&rides));
}

#[test]
fn case_08_autumn() {
    case_08(
        &["autumn.csv"],
        expect![[r#"
        a1: 2025-10-26T00:56:50 Y1 to 2025-10-26T01:01:04 Y2, 254 s
        a2: 2025-10-25T23:50:00 Y1 to 2025-10-26T00:10:00 Y3, 1200 s
        a3: 2025-10-26T00:10:00 Y2 to 2025-10-26T00:25:00 Y3, 900 s
        a4: 2025-10-26T01:40:00 Y3 to 2025-10-26T02:05:00 Y1, 1500 s
        a5: 2025-10-26T00:30:00 Y2 to 2025-10-26T01:20:00 Y2, 3000 s
        a7: 2025-10-25T21:50:00 Y3 to 2025-10-25T22:05:00 Y2, 900 s
        EndsBeforeStart: a6
        (Ambiguous: a2 a3 a4)
    "#]],
    );
}

#[test]
fn case_08_a_duration_decides() {
    let expected = expect![[r#"
        a1: 2025-10-26T00:56:50 Y1 to 2025-10-26T01:01:04 Y2, 254 s
        a2: 2025-10-25T23:50:00 Y1 to 2025-10-26T01:10:00 Y3, 4800 s
        a3: 2025-10-26T00:10:00 Y2 to 2025-10-26T00:25:00 Y3, 900 s
        a4: 2025-10-26T01:40:00 Y3 to 2025-10-26T02:05:00 Y1, 1500 s
        a5: 2025-10-26T00:30:00 Y2 to 2025-10-26T01:20:00 Y2, 3000 s
        a7: 2025-10-25T21:50:00 Y3 to 2025-10-25T22:05:00 Y2, 900 s
        EndsBeforeStart: a6
        (Ambiguous: a3)
    "#]];
    case_08(&["autumn-with-duration.csv"], expected);
}

#[test]
fn case_08_spring() {
    case_08(
        &["spring.csv"],
        expect![[r#"
        b1: 2025-03-30T00:55:00 Y1 to 2025-03-30T01:10:00 Y2, 900 s
        b3: 2025-03-30T01:20:00 Y3 to 2025-03-30T01:35:00 Y1, 900 s
        TimeNeverWas: b2
    "#]],
    );
}

#[test]
fn case_08_an_offset_says_the_same_moments_and_files_that_overlap_add_nothing() {
    case_08(
        &["autumn-with-duration.csv", "with-offset.csv", "autumn.csv"],
        expect![[r#"
        a1: 2025-10-26T00:56:50 Y1 to 2025-10-26T01:01:04 Y2, 254 s
        a2: 2025-10-25T23:50:00 Y1 to 2025-10-26T01:10:00 Y3, 4800 s
        a3: 2025-10-26T00:10:00 Y2 to 2025-10-26T00:25:00 Y3, 900 s
        a4: 2025-10-26T01:40:00 Y3 to 2025-10-26T02:05:00 Y1, 1500 s
        a5: 2025-10-26T00:30:00 Y2 to 2025-10-26T01:20:00 Y2, 3000 s
        a7: 2025-10-25T21:50:00 Y3 to 2025-10-25T22:05:00 Y2, 900 s
        Doubled: a1 a5 a1 a2 a3 a4 a5 a6 a7
        EndsBeforeStart: a6
        (Ambiguous: a3)
    "#]],
    );
    case_08(
        &["autumn.csv", "with-offset.csv", "autumn-with-duration.csv"],
        expect![[r#"
            a1: 2025-10-26T00:56:50 Y1 to 2025-10-26T01:01:04 Y2, 254 s
            a2: 2025-10-25T23:50:00 Y1 to 2025-10-26T01:10:00 Y3, 4800 s
            a3: 2025-10-26T00:10:00 Y2 to 2025-10-26T00:25:00 Y3, 900 s
            a4: 2025-10-26T01:40:00 Y3 to 2025-10-26T02:05:00 Y1, 1500 s
            a5: 2025-10-26T00:30:00 Y2 to 2025-10-26T01:20:00 Y2, 3000 s
            a7: 2025-10-25T21:50:00 Y3 to 2025-10-25T22:05:00 Y2, 900 s
            Doubled: a1 a5 a1 a2 a3 a4 a5 a6 a7
            EndsBeforeStart: a6
            (Ambiguous: a3)
        "#]],
    );
}

#[test]
fn case_09_not_every_row_is_a_ride() {
    let Some(folder) = field("09-not-every-row-is-a-ride") else { return };
    let open = |file: &str| File::open(folder.join(file)).expect("a file");
    let stations = stations(open("stations.csv")).expect("stations");
    let places =
        Places { stations: stations.clone(), not_stations: not_stations("TEST-1 # bench\n\nDEPOT\n") };
    let mut rides = Rides::new(places, oslo());
    rides.read("trips.csv", open("trips.csv")).expect("a trip file");
    assert_eq!(rides.rows(), 17);
    expect![[r#"
        r01: 2025-06-04T05:40:10 5379.10 to 2025-06-04T05:51:02 0042, 652 s
        r02: 2025-06-04T06:02:00 5379.10 to ? ?, no riding time
        r05: 2025-04-20T16:30:00 0042 to ? ?, no riding time
        r07: 2025-06-04T06:31:00 5379.10 to 2025-06-04T06:44:00 59.9261, 10.7745, 780 s
        r08: 2025-06-04T06:33:00 0042 to 2025-06-04T06:52:00 ?, no riding time
        r09: 2025-06-04T06:40:00 5379.10 to 2025-06-04T06:52:20 0042, 740 s
        r10: 2025-06-04T06:45:00 5379.10 to 2025-06-04T06:57:00 0042, 720 s
        r11: 2025-06-04T07:00:00 5379.10 to 2025-06-04T08:11:00 0042, no riding time
        r12: 2025-06-04T07:10:00 5379.10 to 2025-06-04T07:11:30 61, no riding time
        r13: 2025-06-04T07:20:00 0042 to ? ?, no riding time
        r15: 2025-06-04T07:45:00 0042 to 2025-06-04T07:57:00 5379.10, 720 s
        Doubled: r01
        OtherwiseAgain: r02
        NotAStation: r03 r04
        Redocked: r06
        EndsBeforeStart: r14
        (EndInDoubt: r02)
        (TooLong: r05)
        (DurationsDiffer: r11)
        (TooFast: r12)
        (EndUnknown: r08)
        (StillOut: r13)
        (IdCut: r09)
    "#]]
    .assert_eq(&describe(&rides));
    let before: Vec<_> = rides.rides().cloned().collect();
    rides.read("again.csv", open("trips.csv")).expect("a trip file");
    assert_eq!((rides.rides().cloned().collect::<Vec<_>>(), rides.rows()), (before, 34));
    describe(&rides);
    // Without the operator's list, a place that is in no table is told, and is no station either.
    let mut rides = Rides::new(Places { stations, ..Places::default() }, oslo());
    rides.read("trips.csv", open("trips.csv")).expect("a trip file");
    assert!(describe(&rides).contains("StationUnknown: r03 r04\n"));
}

const STATIONS: &str =
    "station_id,name,lat,lng\n7.50,North,59.92,10.75\n007,South,59.91,10.75\n8,East,59.91,10.77\n";

fn check(text: &str, expected: Expect) {
    let places = Places {
        stations: stations(STATIONS.as_bytes()).expect("stations"),
        not_stations: ["BENCH".to_owned(), "Workshop".to_owned()].into(),
    };
    let mut rides = Rides::new(places, oslo());
    rides.read("rides.csv", text.as_bytes()).expect("a trip file");
    expected.assert_eq(&describe(&rides));
}

#[test]
fn the_hour_that_comes_twice_and_the_one_that_never_was() {
    check(
        "ride_id,started_at,ended_at,duration,start_station_id,end_station_id\n\
         once,2025-10-26 02:50:00,2025-10-26 02:05:00,,7.50,007\n\
         twice,2025-10-26 02:20:00,2025-10-26 02:50:00,,7.50,007\n\
         long,2025-10-26 02:20:00,2025-10-26 02:50:00,5400,7.50,007\n\
         never,2025-10-26 04:50:00,2025-10-26 04:05:00,,7.50,007\n\
         skipped,2025-03-30 01:50:00,2025-03-30 03:05:00,900,7.50,007\n\
         inside,2025-03-30 02:30:00,2025-03-30 03:05:00,,7.50,007\n\
         offset,2025-03-30T01:50:00+01:00,2025-03-30T01:05:00Z,,7.50,007\n\
         no-end,2025-06-01 10:00:00,,600,7.50,007\n\
         out,2025-06-01 10:00:00,,,7.50,\n\
         no-start,,2025-06-01 10:00:00,,7.50,007\n\
         no-time,noon,2025-06-01 10:00:00,,7.50,007\n\
         bad-end,2025-06-01 10:00:00,late,,7.50,007\n",
        expect![[r#"
            long: 2025-10-26T00:20:00 7.50 to 2025-10-26T01:50:00 007, 5400 s
            no-end: 2025-06-01T08:00:00 7.50 to 2025-06-01T08:10:00 007, 600 s
            offset: 2025-03-30T00:50:00 7.50 to 2025-03-30T01:05:00 007, 900 s
            once: 2025-10-26T00:50:00 7.50 to 2025-10-26T01:05:00 007, 900 s
            out: 2025-06-01T08:00:00 7.50 to ? ?, no riding time
            skipped: 2025-03-30T00:50:00 7.50 to 2025-03-30T01:05:00 007, 900 s
            twice: 2025-10-26T00:20:00 7.50 to 2025-10-26T00:50:00 007, 1800 s
            EndsBeforeStart: never
            TimeNeverWas: inside
            NoTime: no-start no-time bad-end
            (Ambiguous: twice)
            (StillOut: out)
        "#]],
    );
}

#[test]
fn ends_are_stations_places_or_nowhere() {
    check(
        "Ride ID,Start Time,End Time,Start Station ID,Start Station Name,Start Lat,Start Lng,End Station ID,End Station Name,End Lat,End Lng\n\
         cut,2025-06-01 10:00:00,2025-06-01 10:09:00,7.5,North,59.92,10.75,7,south (temp),59.9101,10.75\n\
         elsewhere,2025-06-01 10:00:00,2025-06-01 10:09:00,7.5,North,59.93,10.75,8,East,,\n\
         loose,2025-06-01 10:00:00,2025-06-01 10:09:00,,,59.915,10.76,8,East,59.91,10.77\n\
         swapped,2025-06-01 10:00:00,2025-06-01 10:09:00,8,East,59.91,10.77,,,10.75,59.91\n\
         bench,2025-06-01 10:00:00,2025-06-01 10:09:00,BENCH,,,,8,East,59.91,10.77\n\
         workshop,2025-06-01 10:00:00,2025-06-01 10:09:00,8,East,59.91,10.77,99,Workshop,59.95,10.77\n\
         unknown,2025-06-01 10:00:00,2025-06-01 10:09:00,8,East,59.91,10.77,99,New,59.95,10.77\n\
         docked,2025-06-01 10:00:00,2025-06-01 10:00:59,8,East,59.91,10.77,8,East,59.91,10.77\n\
         round,2025-06-01 10:00:00,2025-06-01 10:30:00,8,East,59.91,10.77,8,East,59.91,10.77\n\
         fast,2025-06-01 10:00:00,2025-06-01 10:01:00,7.50,North,,,007,South,,\n\
         short row,2025-06-01 10:00:00\n",
        expect![[r#"
            cut: 2025-06-01T08:00:00 7.50 to 2025-06-01T08:09:00 007, 540 s
            fast: 2025-06-01T08:00:00 7.50 to 2025-06-01T08:01:00 007, no riding time
            loose: 2025-06-01T08:00:00 59.915, 10.76 to 2025-06-01T08:09:00 8, 540 s
            round: 2025-06-01T08:00:00 8 to 2025-06-01T08:30:00 8, 1800 s
            short row: 2025-06-01T08:00:00 ? to ? ?, no riding time
            swapped: 2025-06-01T08:00:00 8 to 2025-06-01T08:09:00 ?, no riding time
            NotAStation: bench workshop
            StationUnknown: elsewhere unknown
            Redocked: docked
            (TooFast: fast)
            (EndUnknown: swapped)
            (StartUnknown: short)
            (StillOut: short)
            (IdCut: cut)
        "#]],
    );
}

#[test]
fn rides_without_ids_are_the_same_where_the_row_is() {
    check(
        "started_at,ended_at,start_station_id,end_station_id\n\
         2025-06-01 10:00:00,2025-06-01 10:09:00,8,007\n\
         2025-06-01 10:00:00,2025-06-01 10:09:00,8,007\n\
         2025-06-01 10:00:01,2025-06-01 10:09:00,8,007\n",
        expect![[r#"
            rides.csv:2: 2025-06-01T08:00:00 8 to 2025-06-01T08:09:00 007, 540 s
            rides.csv:4: 2025-06-01T08:00:01 8 to 2025-06-01T08:09:00 007, 539 s
            Doubled: rides.csv:3
        "#]],
    );
}

#[test]
fn what_is_no_table_is_refused_in_words() {
    let read = |text: &str| Rides::new(Places::default(), oslo()).read("x.csv", text.as_bytes());
    let error = read("a,b\n1,2\n").err().map(|error| error.to_string());
    assert_eq!(
        error.as_deref(),
        Some("x.csv: its header has no column started_at (or start_time, starttime, start_date): a,b")
    );
    assert!(matches!(read(""), Err(RideError::NoStart { .. })));
    let refused =
        |text: &str| stations(text.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(refused("station_id,name,lat\n"), "its header must name lng");
    assert_eq!(
        refused("station_id,name,lat,lng\nA,,north,1\n"),
        "line 2: lat is \"north\": must be a number of degrees"
    );
    assert_eq!(
        refused("station_id,name,lat,lng\nA,,91,1\n"),
        "line 2: lat is 91: must lie within -90 and 90"
    );
    assert_eq!(
        refused("station_id,name,lat,lng\nA,,9,1\nA,,9,1\n"),
        "line 3: station_id is A: must stand in the table once"
    );
}
