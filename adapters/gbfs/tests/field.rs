//! Feeds as they are in the field, cases 01 to 07: what is right of each.

mod common;

use common::{NOW, describe, field, station};
use expect_test::{Expect, expect};
use paceline_gbfs::{
    Document, Feed, FeedOptions, FileKey, FileName, Files, Memory, Movement, Movements, Patience, read,
};
use paceline_model::bikes::{BikeId, BikeKind, BikeState, FeedReading, Oddity, Room};
use paceline_model::{Instant, Millis};
use std::path::Path;

async fn import(folder: &Path, at: Instant) -> FeedReading {
    let place = folder.to_str().expect("a path of text");
    Feed::open(place, &FeedOptions::default()).expect("a feed").next(at).await
}

async fn check(case: &str, expected: Expect) -> Option<FeedReading> {
    let reading = import(&field(case)?, NOW).await;
    expected.assert_eq(&describe(&reading));
    assert!(reading.health.is_fresh(), "{}", reading.health);
    Some(reading)
}

fn ids<'a>(stations: impl Iterator<Item = &'a paceline_model::bikes::StationReading>) -> Vec<&'a str> {
    stations.map(|station| station.id.as_str()).collect()
}

#[tokio::test]
async fn case_01_closed_is_not_empty() {
    let Some(reading) = check(
        "01-closed-is-not-empty",
        expect![[r#"
        S101: SHORT, 0 bikes, room 12, of 12
        S102: 0 bikes, room 0, no rental, no returns, of 15
        S103: 6 bikes, room 4, 0 for hire, no rental, of 10
        S104: 0 bikes, room 0, no rental, no returns, of 20
        S105: 9 bikes, room 0, no returns, of 9
        S106: 0 bikes, room 14, no rental, no returns, of 14
        S107: 0 bikes, room 8, no rental, no returns, of 8
        S108: 5 bikes, room 5, of 10
        S109: FULL, 16 bikes, room 0, of 16
        FlagNotBoolean: S106 S106 S106 S107 S107
    "#]],
    )
    .await
    else {
        return;
    };
    assert_eq!((ids(reading.short()), ids(reading.full())), (vec!["S101"], vec!["S109"]));
    let renting = reading.stations.values().filter(|station| station.is_renting());
    assert_eq!(ids(renting), ["S101", "S105", "S108", "S109"]);
}

#[tokio::test]
async fn case_02_clocks_in_a_feed() {
    let Some(reading) = check(
        "02-clocks-in-a-feed",
        expect![[r#"
        T1: SHORT, 0 bikes, room 10, of 10
        T10: 6 bikes, room 4, of 10
        T2: unknown: nobody says when it was counted, of 10
        T3: SHORT, 0 bikes, room 10, of 10
        T4: SHORT, 0 bikes, room 10, of 10
        T5: unknown: it was counted too long ago, of 10
        T6: unknown: nobody says when it was counted, of 10
        T7: unknown: nobody says when it was counted, of 10
        T8: SHORT, 0 bikes, room 10, of 10
        T9: SHORT, 0 bikes, room 10, of 10
        TimeMissing: T6 T7
        TimeNoTime: T2
        TimeInMillis: T3
        TimeOtherNotation: T8 T9
        TimeAhead: T4
        TimeTooOld: T5
    "#]],
    )
    .await
    else {
        return;
    };
    assert_eq!(station(&reading, "T10").fit_for_hire(), Some(6));
    for station in reading.stations.values().filter_map(|station| station.stock.known()) {
        assert!(
            station.as_of.instant() <= NOW && NOW.since(station.as_of.instant()) < Millis::from_secs(3_600)
        );
    }
}

#[tokio::test]
async fn case_02_nobody_is_frozen_out_of_the_next_poll() {
    let Some(folder) = field("02-clocks-in-a-feed") else { return };
    let file = |path: &str| Document::parse(&std::fs::read(folder.join(path)).expect("a file"));
    let key = |name| FileKey { name, language: "nb".into() };
    let (mut files, mut memory) =
        (Files { version: Some("2.3".into()), ..Files::default() }, Memory::default());
    let status = key(FileName::StationStatus);
    files.put(key(FileName::StationInformation), Ok(file("station_information.json").expect("a file")));
    files.put(status.clone(), Ok(file("station_status.json").expect("a file")));
    let before = read(&files, NOW, &mut memory, Patience::default());
    files.put(status, Ok(file("later/station_status.json").expect("a file")));
    let now = NOW + Millis::from_secs(40);
    let after = read(&files, now, &mut memory, Patience::default());
    for (id, bikes) in [("T2", 4), ("T4", 5), ("T10", 6)] {
        let (before, after) = (&station(&before, id).stock, station(&after, id));
        assert_eq!(after.fit_for_hire(), Some(bikes), "{id}");
        let new = after.stock.known().expect("it is known").as_of;
        assert!(before.known().is_none_or(|before| new.replaces(before.as_of)), "{id}");
    }
    assert_eq!(
        ids(after.short()),
        ids(before.short()).into_iter().filter(|id| *id != "T4").collect::<Vec<_>>()
    );
    assert!(after.health.is_fresh());
}

#[tokio::test]
async fn case_03_two_files_two_lists() {
    let Some(reading) = check(
        "03-two-files-two-lists",
        expect![[r#"
        U1: 3 bikes, room 7, of 10
        U2: unknown: no file says anything of it, no rental, no returns, of 14
        U3: no place: no file says where it is, 0 bikes, room 12, of 12
        U4: SHORT, 0 bikes, room 12, of 12
        U5: 7 bikes, room 9, of 16
        U6: no place: one name with two places, 0 bikes, room 10, of 10
        U7: no place: at 0, 0, 0 bikes, room 10, of 10
        U8: no place: far from everything else of its system, 0 bikes, room 10, of 10
        IdMissing: 
        IdTwice: U4
        IdTwiceDiffering: U5
        TwoPlaces: U6
        NoInformation: U3
        NoStatus: U2
        PlaceNull: U7
        PlaceOffRegion: U8
    "#]],
    )
    .await
    else {
        return;
    };
    assert_eq!((ids(reading.short()), ids(reading.full())), (vec!["U4"], vec![]));
    let told = reading.told.of(Oddity::TwoPlaces).expect("it is told");
    assert!(
        told.notes[0].read.contains("59.91887, 10.77014")
            && told.notes[0].read.contains("59.92193, 10.74561")
    );
}

#[tokio::test]
async fn case_04_numbers_that_do_not_add_up() {
    let Some(reading) = check(
        "04-numbers-that-do-not-add-up",
        expect![[r#"
        V1: FULL, 40 city, room 0, of 10
        V10: 3 city, 5 broken, room 2, of 10
        V11: 4 city, room 12, of 16
        V12: 18 city, no limit
        V13: SHORT, 0 bikes, room 6, of 10
        V2: 3 city, no limit
        V3: unknown: the number of bikes is missing, or none that can be, of 12
        V4: FULL, 13 city, room 0, of 10
        V5: 2 ebike, no limit
        V6: 7 bikes, room 13, of 20
        V7: 6 bikes, room 14, of 20
        V8: 3 city + 2 of unknown kind, room 7, of 12
        V9: 5 city, room 10, of 15
        NumberAsText: V11 V11
        CountNegative: V3
        CapacityNone: V9
        DocksNegative: V4
        DocksBeyond: V2
        MoreThanCapacity: V1 V4
        KindsDiffer: V6 V7
        KindUnknown: V8
    "#]],
    )
    .await
    else {
        return;
    };
    assert_eq!((ids(reading.short()), ids(reading.full())), (vec!["V13"], vec!["V1", "V4"]));
    let fit: u32 = reading.stations.values().filter_map(|station| station.fit_for_hire()).sum();
    let broken: u32 =
        reading.stations.values().filter_map(|station| Some(station.stock.known()?.bikes_broken)).sum();
    assert_eq!((fit, broken), (106, 5));
    let electric = BikeKind::new("ebike").expect("a kind");
    assert!(!station(&reading, "V6").is_short_of(&electric), "kinds are not known");
}

#[tokio::test]
async fn case_05_one_city_two_versions() {
    let expected = expect![[r#"
        W1: 6 city + 2 ebike, room 12, of 20
        W2: 9 city, 1 broken, room 5, of 18
        W3: 4 ebike, no limit
        W4: 3 city, room 9, 0 for hire, no rental, no returns, of 12
        k1c8: ebike, ForHire, Loose(Position { lat_e7: 599207300, lon_e7: 107649600 }), 8400 m
        m4x9: ebike, ForHire, Loose(Position { lat_e7: 599198700, lon_e7: 107624300 }), 31000 m
        q7w2: city, ForHire, Loose(Position { lat_e7: 599190200, lon_e7: 107582100 })
        z5b3: city, Broken, Loose(Position { lat_e7: 599169900, lon_e7: 107611500 })
    "#]];
    let Some(two) = check("05-one-city-two-versions/v2.3", expected).await else { return };
    let three = check(
        "05-one-city-two-versions/v3.0",
        expect![[r#"
        W1: 6 city + 2 ebike, room 12, of 20
        W2: 9 city, 1 broken, room 5, of 18
        W3: 4 ebike, no limit
        W4: 3 city, room 9, 0 for hire, no rental, no returns, of 12
        k1c8: ebike, ForHire, Loose(Position { lat_e7: 599207300, lon_e7: 107649600 }), 8400 m
        m4x9: ebike, ForHire, Loose(Position { lat_e7: 599198700, lon_e7: 107624300 }), 31000 m
        q7w2: city, ForHire, Loose(Position { lat_e7: 599190200, lon_e7: 107582100 })
        z5b3: city, Broken, Loose(Position { lat_e7: 599169900, lon_e7: 107611500 })
    "#]],
    )
    .await
    .expect("it is there");
    assert_eq!((&two.stations, &two.bikes, &two.kinds), (&three.stations, &three.bikes, &three.kinds));
    assert_eq!((&two.names, &two.zone, two.as_of), (&three.names, &three.zone, three.as_of));
    assert_eq!(station(&two, "W1").names.len(), 2);
    let (city, electric) = (BikeKind::new("city").expect("a kind"), BikeKind::new("ebike").expect("a kind"));
    let w2 = station(&two, "W2");
    assert!(w2.is_full_for(&city) && w2.is_short_of(&electric) && !w2.is_full() && !w2.is_short());
    assert_eq!(w2.stock.known().and_then(|stock| stock.room.bikes_of(&electric)), Some(5));
    assert_eq!(
        two.bikes[&BikeId::new("m4x9").expect("a name")].charge.map(|charge| charge.as_percent()),
        Some(52.0)
    );
    assert_eq!(two.loose().filter(|(bike, _)| bike.state == BikeState::ForHire).count(), 3);
}

#[tokio::test]
async fn case_05_odd_headers_give_the_same_stations() {
    let Some(odd) = check(
        "05-one-city-two-versions/odd-headers",
        expect![[r#"
        W1: 6 city + 2 ebike, room 12, of 20
        W2: 9 city, 1 broken, room 5, of 18
        W3: 4 ebike, no limit
        W4: 3 city, room 9, 0 for hire, no rental, no returns, of 12
        FileUnknown: station_forecast
        FilesDisagree: gbfs station_status (nb)
        NoPause: station_status (nb)
        ZoneUnknown: system_information
    "#]],
    )
    .await
    else {
        return;
    };
    let two = import(&field("05-one-city-two-versions/v2.3").expect("it is there"), NOW).await;
    let nameless = |reading: &FeedReading| {
        let mut stations = reading.stations.clone();
        stations.values_mut().for_each(|station| station.names.clear());
        stations
    };
    assert_eq!(nameless(&odd), nameless(&two));
    assert_eq!((odd.zone, two.zone.as_deref()), (None, Some("Europe/Oslo")));
}

#[tokio::test]
async fn case_06_not_every_bike_is_supply() {
    let Some(reading) = check(
        "06-not-every-bike-is-supply",
        expect![[r#"
        X1: 1 city + 2 ebike, 1 broken, room 6, of 10
        X2: SHORT, 0 bikes, room 8, of 8
        d1: city, ForHire, Docked(StationId("X1"))
        d2: ebike, ForHire, Docked(StationId("X1")), 40000 m
        d3: ebike, ForHire, Docked(StationId("X1")), 22000 m
        d4: city, Broken, Docked(StationId("X1"))
        f1: city, ForHire, Loose(Position { lat_e7: 599181100, lon_e7: 107615700 })
        f2: ebike, ForHire, Loose(Position { lat_e7: 599200200, lon_e7: 107663100 }), 21000 m
        k1: city, Broken, Loose(Position { lat_e7: 599189900, lon_e7: 107688400 })
        r1: ebike, Reserved, Loose(Position { lat_e7: 599174500, lon_e7: 107632800 }), 35000 m
        IdMissing: 
        TwoPlaces: p1
        PlaceNull: z1
        BikeNowhere: n1
        BikeAtUnknownStation: u1
    "#]],
    )
    .await
    else {
        return;
    };
    assert_eq!(reading.for_hire(), 5);
    assert_eq!(ids(reading.short()), ["X2"]);
    let stock = station(&reading, "X1").stock.known().expect("it is known");
    assert_eq!((stock.bikes.total(), stock.bikes_broken, &stock.room), (3, 1, &Room::docks(6)));
}

#[tokio::test]
async fn case_07_jitter_is_not_a_trip() {
    let Some(folder) = field("07-jitter-is-not-a-trip") else { return };
    let (mut files, mut memory, mut movements) = (Files::default(), Memory::default(), Movements::default());
    let (mut said, mut stood) = (Vec::new(), Vec::new());
    for poll in 0..8 {
        for (name, file) in [
            (FileName::VehicleTypes, "vehicle_types.json".to_owned()),
            (FileName::VehicleStatus, format!("vehicle_status-{poll}.json")),
        ] {
            let bytes = std::fs::read(folder.join(file)).expect("a file");
            let key = FileKey { name, language: "und".into() };
            files.put(key, Ok(Document::parse(&bytes).expect("a file")));
        }
        let now = NOW + Millis::from_secs(120 * poll);
        let reading = read(&files, now, &mut memory, Patience::default());
        assert!(reading.health.is_fresh(), "{}", reading.health);
        said.extend(movements.observe(&reading));
        stood.extend(
            movements.standing().filter(|bike| bike.id.as_str() == "6f1e09c2").map(|bike| bike.at.lon()),
        );
    }
    let said: Vec<String> = said
        .iter()
        .map(|movement| match movement {
            Movement::Departed(seen) => format!("{} left", seen.bike),
            Movement::Arrived(seen) => format!("{} came", seen.bike),
            Movement::Became { bike, from, to } => format!("{} was {from:?}, is {to:?}", bike.bike),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(said, ["aa10c7f4 was ForHire, is Broken", "c41b7d90 left", "e77a2f15 came"]);
    assert_eq!(stood.len(), 8);
    let east_bank = 10.755_36;
    assert!(stood.iter().all(|lon| *lon > east_bank), "{stood:?}");
}
