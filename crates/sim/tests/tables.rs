//! Trips, fleets and chargers as people have them: other columns, zones, times, kinds, and what is not played, by reason.

mod common;

use common::Town;
use expect_test::expect;
use paceline_sim::day::{Day, Draw, counted};
use paceline_sim::{RunOptions, Scenario, report, run};
use std::fmt::Write as _;

const EVERYTHING: Draw = Draw { vehicles: None, demand_scale: 1.0, seed: 1, from: None, until: None };

/// The town with another file of trips, and other rules.
struct Other(Town);

impl Other {
    fn with(trips: &str, rules: impl Fn(&str) -> String) -> Self {
        let mut town = Town::new();
        std::fs::write(town.dir.path().join("trips.csv"), trips).expect("a writable folder");
        let path = town.dir.path().join("town.toml");
        town.scenario = Scenario::parse(&rules(common::RULES), &path).expect("a scenario");
        Self(town)
    }
    fn write(self, name: &str, text: &str) -> Self {
        std::fs::write(self.0.dir.path().join(name), text).expect("a writable folder");
        self
    }
    fn day(&self) -> Result<Day, String> {
        let day = Day::draw(&self.0.scenario, &self.0.roads, &EVERYTHING);
        day.map_err(|error| {
            let folder = format!("{}/", self.0.dir.path().display());
            error.to_string().replace(&folder, "")
        })
    }
}

fn same(rules: &str) -> String {
    rules.to_owned()
}

#[test]
fn records_of_new_york_and_chicago_are_read_by_their_own_columns() {
    let new_york = "VendorID,tpep_pickup_datetime,passenger_count,pickup_longitude,pickup_latitude,dropoff_longitude,dropoff_latitude\n\
        2,2026-03-01 08:01:00,2,-74.0,40.0,-73.99,40.01\n";
    let chicago = "Trip ID,Trip Start Timestamp,Pickup Centroid Latitude,Pickup Centroid Longitude,Dropoff Centroid Latitude,Dropoff Centroid Longitude\n\
        abc,03/01/2026 08:01:00 AM,40.0,-74.0,40.01,-73.99\n";
    for (file, party, name) in [(new_york, 2, None), (chicago, 1, Some("abc"))] {
        let day = Other::with(file, same).day().expect("a day");
        let trip = &day.trips[0];
        assert_eq!(trip.at.to_string(), "2026-03-01T08:01:00.000Z");
        assert_eq!((trip.pickup.lat(), trip.dropoff.lon()), (40.0, -73.99));
        assert_eq!((trip.party, trip.id.as_ref().map(|id| id.as_str())), (party, name));
    }
}

#[test]
fn zones_stand_for_their_places() {
    let trips =
        "request_datetime,PULocationID,DOLocationID\n2026-03-01 08:01:00,4,12\n2026-03-01 08:02:00,4,265\n";
    let rules = |rules: &str| {
        rules.replace("trips = \"trips.csv\"", "trips = { file = \"trips.csv\", zones = \"zones.csv\" }")
    };
    let zones = "LocationID,lat,lon\n4,40.0,-74.0\n12,40.01,-73.99\n";
    let day = Other::with(trips, rules).write("zones.csv", zones).day().expect("a day");
    assert_eq!((day.trips.len(), day.trips[0].dropoff.lat()), (1, 40.01));
    let counts = counted(&day.notes.left_out);
    assert_eq!(
        (counts[0].reason.as_str(), counts[0].value.as_str()),
        ("DOLocationID must be a zone of the scenario's file of zones", "265")
    );
}

#[test]
fn columns_of_any_name_are_told() {
    let trips = "wann;x\nwann,von_lat,von_lon,nach_lat,nach_lon,leute\n";
    let header = trips.lines().nth(1).expect("a header");
    let trips = format!("{header}\n2026-03-01T08:01:00Z,40,-74,40.01,-73.99,3\n");
    let told = "trips = { file = \"trips.csv\", columns = { at = \"wann\", pickup_lat = \"von_lat\", pickup_lon = \"von_lon\", \
        dropoff_lat = \"nach_lat\", dropoff_lon = \"NACH_LON\", party = \"leute\" } }";
    let day = Other::with(&trips, |rules| rules.replace("trips = \"trips.csv\"", told)).day().expect("a day");
    assert_eq!(day.trips[0].party, 3);
    let wrong = told.replace("leute", "personen");
    let said = Other::with(&trips, |rules| rules.replace("trips = \"trips.csv\"", &wrong)).day().map(drop);
    expect![[r#"Err("trips.csv, line 1: columns.party is personen: must be one of wann, von_lat, von_lon, nach_lat, nach_lon, leute")"#]]
        .assert_eq(&format!("{said:?}"));
}

#[test]
fn columns_that_are_missing_are_named_all_at_once() {
    let said = Other::with("departure_time,o_lat\n", same).day().map(drop);
    expect![[r#"Err("trips.csv, line 1: no column for pickup_lon (called o_lon or pickup_longitude or pickup_centroid_longitude or Pickup Centroid Longitude), for dropoff_lat (called d_lat or dropoff_latitude or dropoff_centroid_latitude or Dropoff Centroid Latitude), for dropoff_lon (called d_lon or dropoff_longitude or dropoff_centroid_longitude or Dropoff Centroid Longitude): there are departure_time, o_lat")"#]]
        .assert_eq(&format!("{said:?}"));
}

#[test]
fn a_day_without_a_trip_is_refused_and_says_what_became_of_those_in_the_file() {
    let head = "departure_time,o_lat,o_lon,d_lat,d_lon,passengers\n";
    let said = |trips: &str| Other::with(trips, same).day().map(drop).expect_err("it must be refused");
    expect!["trips.csv, line 1: the file is empty: a header line is wanted, and rows"].assert_eq(&said(""));
    expect!["trips.csv, line 2: there is no trip in it"].assert_eq(&said(head));
    let other_day = format!(
        "{head}2026-02-01 08:01:00,40,-74,40.01,-73.99,1\n2026-02-01 08:02:00,40,-74,40.01,-73.99,1\n"
    );
    expect!["trips.csv, line 2: not one of 2 trips can be played: 2 because departure_time must be from the scenario's start, 2026-03-01T08:00:00, to before its end, 2026-03-01T08:30:00 (line 2: 2026-02-01 08:01:00)"]
        .assert_eq(&said(&other_day));
}

#[test]
fn what_is_not_played_is_counted_by_reason_in_the_table_and_the_report() {
    let mut trips = String::from("request_id,departure_time,o_lat,o_lon,d_lat,d_lon,passengers\n");
    for number in 0..20 {
        _ = writeln!(trips, "r{number},2026-03-01 08:{number:02}:00,40.001,-74,40.01,-73.99,1");
    }
    trips += "swapped,2026-03-01 08:01:00,-74,40,40.01,-73.99,1\n\
        nobody,2026-03-01 08:01:00,40,-74,40.01,-73.99,0\n\
        sea,2026-03-01 08:01:00,40,-75,40.01,-73.99,1\n\
        r3,2026-03-01 08:01:00,40,-74,40.01,-73.99,1\n";
    let other = Other::with(&trips, same);
    let outcome = run(&other.0.scenario, &other.0.roads, &RunOptions::default(), &mut |_| {}).expect("a run");
    let kpis = &outcome.kpis;
    assert_eq!((kpis.orders, kpis.refused), (23, 3), "{:?}", kpis.left_out);
    expect![[r#"
        Not played: 2 trips, for pickup must lie within 500 m of a road of this region; the first in line 22: -74, 40.
        Not played: 1 trip, for id must be of no other order; it stands in line 5: r3.
        Not played: 1 trip, for passengers must be a whole number from 1 to 64; it stands in line 23: 0."#]]
    .assert_eq(&report::left_out(kpis).join("\n"));
    let page = report::render(&other.0.scenario, &other.0.roads, &[outcome]).expect("a report");
    assert!(page.contains("passengers must be a whole number"));
}

#[test]
fn vehicles_have_the_names_kinds_seats_and_attributes_of_their_file() {
    let rules = |rules: &str| {
        let van = "[kinds.van]\nseats = 8\nattributes = [\"wheelchair\"]\nbattery_kwh = 9.0\nconsumption_wh_per_km = 250.0\ncharge_kw_max = 20.0\n\n[fleet]";
        rules.replace("vehicles = 20", "vehicles = 2").replace("[fleet]", van)
    };
    let fleet = "vehicle_id,lat,lon,initial_soc,vehicle_kind,seats,attributes\nanna,40.001,-74,0.5,,2,child-seat; quiet\nbert,40.001,-74,0.5,van,,\n";
    let trips = "departure_time,o_lat,o_lon,d_lat,d_lon,passengers,attributes\n2026-03-01 08:01:00,40.001,-74,40.01,-73.99,1,wheelchair\n";
    let other = Other::with(trips, rules).write("fleet.csv", fleet);
    let day = other.day().expect("a day");
    let seen = day.vehicles.iter().map(|vehicle| {
        let attributes: Vec<&str> = vehicle.spec.attributes.iter().map(|tag| tag.as_str()).collect();
        (
            vehicle.spec.id.as_str(),
            vehicle.spec.seats,
            vehicle.spec.powertrain.capacity.0,
            attributes.join(" "),
        )
    });
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [
            ("anna", 2, 6_000_000, "child-seat quiet".to_owned()),
            ("bert", 8, 9_000_000, "wheelchair".to_owned())
        ]
    );
    let outcome = run(&other.0.scenario, &other.0.roads, &RunOptions::default(), &mut |_| {}).expect("a run");
    assert_eq!(outcome.kpis.served, 1, "the van fetches who asks for it");
    let mistakes = [
        ("anna,40.001,-74,80,,2,", "fleet.csv, line 2: initial_soc is 80: must lie within 0 and 1"),
        (
            "anna,40.001,-74,0.5,lorry,,",
            "fleet.csv, line 2: vehicle_kind is lorry: must be one of the scenario's kinds (van)",
        ),
        (
            "anna,40.001,-74,0.5,,,\nanna,40.001,-74,0.5,,,",
            "fleet.csv, line 3: vehicle_id is anna: must be of no other vehicle",
        ),
    ];
    for (line, expected) in mistakes {
        let header = fleet.lines().next().expect("a header");
        let said =
            Other::with(trips, rules).write("fleet.csv", &format!("{header}\n{line}\n")).day().map(drop);
        assert_eq!(said, Err(expected.to_owned()));
    }
}

#[test]
fn more_vehicles_than_a_region_takes_are_refused() {
    let town = Town::new();
    let draw = Draw { vehicles: Some(200_001), ..EVERYTHING };
    let said =
        Day::draw(&town.scenario, &town.roads, &draw).map(drop).expect_err("it must be refused").to_string();
    assert!(said.contains("vehicles is 200001: must lie within 0 and 200000"), "{said}");
}

#[test]
fn nobody_need_charge() {
    let rules = |rules: &str| {
        let (before, rest) = rules.split_once("[chargers]").expect("a section");
        format!("{before}[vehicle]{}", rest.split_once("[vehicle]").expect("the next").1)
    };
    let town = Town::new();
    let trips = std::fs::read_to_string(town.dir.path().join("trips.csv")).expect("trips");
    let other = Other::with(&trips, rules);
    assert!(other.day().expect("a day").chargers.is_empty());
    let outcome = run(&other.0.scenario, &other.0.roads, &RunOptions::default(), &mut |_| {}).expect("a run");
    assert!(outcome.kpis.served > 0 && outcome.kpis.charges == 0);
}

#[test]
fn a_charger_that_is_named_twice_is_named_with_its_line() {
    let sites = "station_id,lat,lon,charger_count,charger_id\ns1,40.001,-74,2,FAST\ns2,40.001,-74,2,FAST\ns1,40.002,-74,2,FAST\n";
    let town = Town::new();
    let trips = std::fs::read_to_string(town.dir.path().join("trips.csv")).expect("trips");
    let said = Other::with(&trips, same).write("sites.csv", sites).day().map(drop);
    assert_eq!(said, Err("sites.csv, line 4: station_id is s1: must be of no other charger site".to_owned()));
}

#[test]
fn a_vehicle_serves_within_its_shift_and_brings_its_riders_home_before_it_goes() {
    let fleet = "vehicle_id,lat,lon,initial_soc,shift_start,shift_end\nearly,40.001,-74,0.9,,08:10\nlate,40.001,-74,0.9,08:20,\n";
    let head = "request_id,departure_time,o_lat,o_lon,d_lat,d_lon,passengers\n";
    let trip =
        |name: &str, minute: u32| format!("{name},2026-03-01 08:{minute:02}:00,40.001,-74,40.015,-73.98,1\n");
    let trips = format!("{head}{}{}{}", trip("a", 9), trip("b", 12), trip("c", 21));
    let rules = |rules: &str| {
        let sure =
            rules.replace("accept = 0.8", "accept = 1.0").replace("cancel_share = 0.1", "cancel_share = 0.0");
        sure.replace("vehicles = 20", "vehicles = 2")
            .replace("per_vehicle_day = ", "per_vehicle_day = 0.0 # ")
    };
    let other = Other::with(&trips, rules).write("fleet.csv", fleet);
    let outcome = run(&other.0.scenario, &other.0.roads, &RunOptions::default(), &mut |_| {}).expect("a run");
    let kpis = &outcome.kpis;
    assert_eq!((kpis.served, kpis.timed_out), (2, 1), "nobody is there for b between ten and twenty past");
    let wrong = fleet.replace("08:10", "ten");
    let said = Other::with(&trips, rules).write("fleet.csv", &wrong).day().map(drop);
    assert_eq!(
        said,
        Err("fleet.csv, line 2: shift_end is ten: must be a time of day such as 06:30".to_owned())
    );
}

/// A day of New York's records as they are published: local times in microseconds, zones, parties with gaps.
#[cfg(feature = "parquet")]
fn records(path: &std::path::Path) -> parquet::errors::Result<()> {
    use parquet::data_type::{DoubleType, Int32Type, Int64Type};
    let schema = "message trips { REQUIRED INT64 tpep_pickup_datetime (TIMESTAMP(MICROS, false)); OPTIONAL DOUBLE passenger_count;
        REQUIRED INT32 PULocationID; REQUIRED INT32 DOLocationID; }";
    let schema = std::sync::Arc::new(parquet::schema::parser::parse_message_type(schema)?);
    let file = std::fs::File::create(path)?;
    let mut file = parquet::file::writer::SerializedFileWriter::new(file, schema, std::sync::Arc::default())?;
    let mut group = file.next_row_group()?;
    let mut written = 0;
    while let Some(mut column) = group.next_column()? {
        let local = jiff::civil::datetime(2026, 3, 1, 8, 1, 0, 0);
        let at =
            jiff::tz::TimeZone::UTC.to_timestamp(local).map(|at| at.as_microsecond()).unwrap_or_default();
        match written {
            0 => drop(column.typed::<Int64Type>().write_batch(&[at, at], None, None)?),
            1 => drop(column.typed::<DoubleType>().write_batch(&[2.0], Some(&[1, 0]), None)?),
            _ => drop(column.typed::<Int32Type>().write_batch(&[4, 12], None, None)?),
        }
        column.close()?;
        written += 1;
    }
    group.close()?;
    file.close()?;
    Ok(())
}

#[cfg(feature = "parquet")]
#[test]
fn records_of_new_york_are_read_as_they_are_published() {
    let rules = |rules: &str| {
        let trips = "trips = { file = \"trips.parquet\", zones = \"zones.csv\" }";
        rules.replace("trips = \"trips.csv\"", trips).replace("[fleet]", "[fleet]\ntime_zone = \"UTC\"")
    };
    let zones = "LocationID,lat,lon\n4,40.001,-74.0\n12,40.01,-73.99\n";
    let other = Other::with("", rules).write("zones.csv", zones);
    records(&other.0.dir.path().join("trips.parquet")).expect("a writable folder");
    let day = other.day().expect("a day");
    let seen: Vec<(String, u8, f64)> =
        day.trips.iter().map(|trip| (trip.at.to_string(), trip.party, trip.pickup.lat())).collect();
    let at = "2026-03-01T08:01:00.000Z";
    assert_eq!(seen, [(at.to_owned(), 2, 40.001), (at.to_owned(), 1, 40.01)]);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so() {
    let rules = |rules: &str| rules.replace("trips.csv", "trips.parquet");
    let said = Other::with("", rules)
        .write("trips.parquet", "PAR1")
        .day()
        .map(drop)
        .expect_err("it must be refused");
    assert_eq!(
        said,
        "trips.parquet, line 1: this build reads no Parquet: build with the feature parquet, or bring CSV"
    );
}
