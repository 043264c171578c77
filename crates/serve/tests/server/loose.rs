//! Bikes that stand at no station: followed through a feed of files or through batches, counted by cells, and ordered for.

use crate::common::{Api, bikes_spec, get, options, post, put, running};
use paceline_engine::bikes::BatteryRules;
use paceline_model::{Instant, Position};
use paceline_plan::forecast::Cell;
use paceline_serve::{AuthOptions, BikesSpec, Clock, GbfsOptions, Server};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The clock of the cases from the field: 2025-06-11T08:00:00Z.
const NOW: Instant = Instant(1_749_628_800_000);
const RESOLUTION: u8 = 9;

/// A region that counts loose bikes, with this feed.
async fn counting<T>(feed: Option<&Path>, clock: Clock, talk: impl AsyncFnOnce(Api) -> T) -> T {
    counting_by(|_| {}, feed, clock, talk).await
}

/// The same by other settings.
async fn counting_by<T>(
    set: impl FnOnce(&mut BikesSpec),
    feed: Option<&Path>,
    clock: Clock,
    talk: impl AsyncFnOnce(Api) -> T,
) -> T {
    let journal = tempfile::tempdir().expect("a directory");
    let mut spec = bikes_spec(journal.path());
    spec.options.cells = Some(RESOLUTION);
    spec.options.feed = feed.map(|feed| feed.to_str().expect("a path").to_owned());
    set(&mut spec);
    let gbfs = toml::from_str::<GbfsOptions>("contact_email = \"feed@town.example\"");
    spec.gbfs = Some(gbfs.expect("settings"));
    let server = Server::of(options(), AuthOptions::default(), spec, clock).await;
    let (said, summary) = running(server.expect("it can be served"), talk).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

fn cell(lat: f64, lon: f64) -> String {
    Cell::around(Position::new(lat, lon).expect("a place"), RESOLUTION).as_hex()
}

/// What stands in each cell: for hire, broken.
async fn cells(api: &Api) -> Vec<(String, u64, u64)> {
    let stations = api.must(get("/v1/stations")).await;
    let cells = stations.as_array().expect("a list").iter().filter(|row| row["spec"]["kind"] == "cell");
    let count = |value: &Value| value.as_u64().expect("it is known");
    cells
        .map(|row| {
            let id = row["id"].as_str().expect("a name").to_owned();
            (id, count(&row["bikes"]), count(&row["bikes_broken"]))
        })
        .collect()
}

/// Asks until it is so.
async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..1_500 {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("half a minute, and it is not so");
}

/// Writes a feed of loose bikes as of now: name, latitude, longitude, what else is said.
fn write(dir: &Path, clock: Clock, bikes: &[(String, f64, f64, Value)]) {
    let vehicle = |(id, lat, lon, more): &(String, f64, f64, Value)| {
        let mut vehicle = json!({
            "vehicle_id": id, "lat": lat, "lon": lon, "is_reserved": false, "is_disabled": false,
            "vehicle_type_id": "bike",
        });
        let fields = vehicle.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("fields").clone());
        vehicle
    };
    let file = |key: &str, rows: Vec<Value>| json!({ "last_updated": clock.now().to_string(), "ttl": 0, "version": "3.0", "data": { key: rows } });
    let kinds =
        vec![json!({ "vehicle_type_id": "bike", "form_factor": "bicycle", "propulsion_type": "human" })];
    for (name, whole) in [
        ("vehicle_types", file("vehicle_types", kinds)),
        ("vehicle_status", file("vehicles", bikes.iter().map(vehicle).collect())),
    ] {
        let (new, old) = (dir.join(format!("{name}.new")), dir.join(format!("{name}.json")));
        std::fs::write(&new, whole.to_string()).expect("it can be written");
        std::fs::rename(new, old).expect("it can be put there");
    }
}

/// So many bikes, a few metres apart.
fn bikes(name: &str, count: u32, (lat, lon): (f64, f64)) -> Vec<(String, f64, f64, Value)> {
    (0..count).map(|at| (format!("{name}{at}"), lat + f64::from(at % 10) * 2e-5, lon, json!({}))).collect()
}

const PARK: (f64, f64) = (59.9210, 10.7410);
const SQUARE: (f64, f64) = (59.9120, 10.7520);

#[tokio::test]
async fn bikes_that_a_feed_moves_are_ordered_for_and_the_crew_is_told_which() {
    let dir = tempfile::tempdir().expect("a directory");
    // Ten seconds between two polls of files pass in half a second.
    let clock = Clock::scaled(NOW, 20.0);
    let mut stand = bikes("p", 120, PARK);
    stand.extend(bikes("s", 1, SQUARE));
    stand.push(("r".into(), SQUARE.0, SQUARE.1, json!({ "is_reserved": true })));
    write(dir.path(), clock, &stand);
    counting(Some(dir.path()), clock, async |api| {
        let (park, square) = (cell(PARK.0, PARK.1), cell(SQUARE.0, SQUARE.1));
        let found = until(async || Some(cells(&api).await).filter(|cells| cells.len() == 2)).await;
        let mut expected = vec![(park.clone(), 120, 0), (square.clone(), 1, 0)];
        expected.sort();
        assert_eq!(found, expected, "a reserved bike is none");
        assert_eq!(api.must(get("/v1/hotspots")).await, json!([]), "nobody asks for any");
        let at = json!({ "lat": SQUARE.0, "lon": SQUARE.1 });
        let wanted = json!({ "kind": "cell", "name": "The square", "position": at, "target": { "least": 2, "low": 4, "high": 6 } });
        api.must(put(&format!("/v1/stations/{square}"), wanted)).await;
        let van = json!({ "capacity": 20, "position": { "lat": PARK.0, "lon": PARK.1 } });
        api.must(put("/v1/vans/u", van)).await;
        let stops = until(async || {
            let van = api.must(get("/v1/vans/u")).await;
            Some(van["stops"].clone()).filter(|stops| stops.as_array().is_some_and(|stops| stops.len() == 2))
        })
        .await;
        assert_eq!((&stops[0]["task"], &stops[0]["station"]), (&json!("collect"), &json!(park)));
        assert_eq!((&stops[1]["task"], &stops[1]["name"]), (&json!("deliver"), &json!("The square")));
        let told = stops[0]["loose_bikes"].as_array().expect("a list");
        assert_eq!((told.len(), &told[0]["id"], &told[0]["position"]["lat"]), (100, &json!("p0"), &json!(PARK.0)), "of 120");
        assert_eq!(stops[1]["loose_bikes"], json!([]), "nothing is fetched there");
        // Riders bring enough: the order is needed no longer, and neither is what was to be fetched for it.
        stand.extend(bikes("n", 4, (SQUARE.0 + 1e-4, SQUARE.1)));
        write(dir.path(), clock, &stand);
        until(async || {
            let orders = api.must(get("/v1/work-orders?phase=withdrawn")).await;
            Some(()).filter(|()| orders.as_array().is_some_and(|orders| orders.len() == 2))
        })
        .await;
        let why = api.must(get(&format!("/v1/stations/{square}/explain"))).await;
        assert_eq!((&why["station"]["bikes"], &why["station"]["spec"]["name"]), (&json!(5), &json!("The square")));
        assert_eq!(why["station"]["loose_bikes"].as_array().map(Vec::len), Some(5));
        let feed = api.must(get("/v1/gbfs/vehicle_status.json")).await;
        assert_eq!(feed["data"]["vehicles"].as_array().map(Vec::len), Some(125), "{feed}");
        let batch = api.say(post("/v1/bikes", json!({ "bikes": [] }))).await;
        assert!(batch.body.to_string().contains("must be left to the region's feed"), "{}", batch.body);
        let stations = api.must(get("/v1/gbfs/station_information.json")).await;
        assert_eq!(stations["data"]["stations"], json!([]), "a cell is no station of riders");
    })
    .await;
}

/// The folder of a case from the field; `None`, said aloud, where they are not here.
fn field(case: &str) -> Option<PathBuf> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../../shared/field/bikes", case].iter().collect();
    if !path.is_dir() {
        println!("LEFT OUT: {} is not here", path.display());
        return None;
    }
    Some(path)
}

#[tokio::test]
async fn case_06_not_every_bike_is_supply() {
    let Some(folder) = field("06-not-every-bike-is-supply") else { return };
    counting(Some(&folder), Clock::scaled(NOW, 1.0), async |api| {
        let van = json!({ "capacity": 20, "aboard": 10, "position": { "lat": 59.918, "lon": 10.762 } });
        api.must(put("/v1/vans/u", van)).await;
        let found = until(async || Some(cells(&api).await).filter(|cells| cells.len() >= 3)).await;
        let of = |lat, lon| {
            let id = cell(lat, lon);
            found.iter().find(|(known, ..)| *known == id).map(|(_, bikes, broken)| (*bikes, *broken))
        };
        let (for_hire, broken): (u64, u64) =
            found.iter().fold((0, 0), |sum, (_, bikes, broken)| (sum.0 + bikes, sum.1 + broken));
        assert_eq!((for_hire, broken), (2, 1), "f1 and f2, and k1 for repair: {found:?}");
        assert!(of(59.91811, 10.76157).is_some_and(|(bikes, _)| bikes >= 1), "f1");
        assert!(of(59.91899, 10.76884).is_some_and(|(_, broken)| broken == 1), "k1");
        let orders = until(async || {
            let orders = api.must(get("/v1/work-orders?phase=issued")).await;
            orders.as_array().filter(|orders| !orders.is_empty()).cloned()
        })
        .await;
        let at: Vec<&Value> = orders.iter().map(|order| &order["station"]).collect();
        assert_eq!(at, [&json!("X2")], "no order rests on a bike that is in doubt");
    })
    .await;
}

#[tokio::test]
async fn case_07_a_bike_that_jitters_over_the_river_makes_no_cell_gain_or_lose_one() {
    let Some(folder) = field("07-jitter-is-not-a-trip") else { return };
    let late = Instant(NOW.0 + 900_000);
    counting(None, Clock::scaled(late, 1.0), async |api| {
        let (east, south) = (cell(59.92011, 10.7558), cell(59.91752, 10.76184));
        let at = json!({ "lat": 59.92011, "lon": 10.7558 });
        let wanted = json!({ "kind": "cell", "position": at, "target": { "least": 1, "low": 1, "high": 4 } });
        api.must(put(&format!("/v1/stations/{east}"), wanted)).await;
        let van = json!({ "capacity": 20, "aboard": 10, "position": { "lat": 59.918, "lon": 10.762 } });
        api.must(put("/v1/vans/u", van)).await;
        let mut seen = Vec::new();
        for poll in 0..8 {
            let text = std::fs::read(folder.join(format!("vehicle_status-{poll}.json"))).expect("a file");
            let file: Value = serde_json::from_slice(&text).expect("JSON");
            let bike = |bike: &Value| {
                let state = if bike["is_disabled"] == true { "broken" } else { "for_hire" };
                let position = json!({ "lat": bike["lat"], "lon": bike["lon"] });
                json!({ "id": bike["vehicle_id"], "position": position, "state": state })
            };
            let bikes: Vec<Value> =
                file["data"]["vehicles"].as_array().expect("a list").iter().map(bike).collect();
            let as_of = Instant(NOW.0 + 120_000 * poll).to_string();
            api.must(post("/v1/bikes", json!({ "as_of": as_of, "bikes": bikes }))).await;
            seen.push(cells(&api).await);
        }
        let of = |id: &str| -> Vec<u64> {
            let count = |cells: &Vec<(String, u64, u64)>| {
                cells.iter().find(|(known, ..)| known == id).map_or(0, |(_, bikes, _)| *bikes)
            };
            seen.iter().map(count).collect()
        };
        let counts = of(&east);
        assert!(counts.iter().all(|bikes| *bikes == counts[0] && *bikes >= 1), "it stood there: {counts:?}");
        let (first, last) = (of(&south)[0], of(&south)[7]);
        assert!(last < first, "c41b7d90 left for good, and aa10c7f4 is for repair: {first}, {last}");
        let all = |poll: usize| seen[poll].iter().map(|(_, bikes, _)| bikes).sum::<u64>();
        assert_eq!(
            (0..8).map(all).collect::<Vec<_>>(),
            [5, 5, 5, 5, 3, 4, 4, 4],
            "one left, one came, one broke"
        );
        assert_eq!(api.must(get("/v1/work-orders")).await, json!([]), "nothing is short");
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_taken_whole_or_not_at_all_and_says_what_is_wrong_with_it() {
    counting(None, Clock::Real, async |api| {
        let at = json!({ "lat": SQUARE.0, "lon": SQUARE.1 });
        let bike = |id: &str| json!({ "id": id, "position": at });
        let bad = json!({ "bikes": [bike("a"), { "id": "b", "position": { "lat": 91.0, "lon": 0.0 } }, bike("a")] });
        let said = api.say(post("/v1/bikes", bad)).await;
        assert_eq!((said.status, &said.body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("E0101")), "{}", said.body);
        let text = said.body.to_string();
        assert!(text.contains("bikes[1].position") && text.contains("bikes[2].id"), "{text}");
        assert_eq!(cells(&api).await, [], "nothing of it is taken");
        let many: Vec<Value> = (0..11).map(|at| bike(&format!("m{at}"))).collect();
        let refused = api.say(post("/v1/bikes", json!({ "bikes": many }))).await;
        assert!(refused.body.to_string().contains("11 bikes"), "{}", refused.body);
        assert_eq!(cells(&api).await, [], "nothing of it either");
        let taken = api.must(post("/v1/bikes", json!({ "bikes": [bike("a"), bike("b")] }))).await;
        assert_eq!((&taken["bikes"], &taken["cells"]), (&json!(2), &json!(1)));
        let old = json!({ "as_of": "2020-01-01T00:00:00Z", "bikes": [] });
        let refused = api.say(post("/v1/bikes", old)).await;
        assert!(refused.body.to_string().contains("must be as of the last batch or later"), "{}", refused.body);
        let id = cell(SQUARE.0, SQUARE.1);
        for (path, spec, what) in [
            ("/v1/stations/harbour".to_owned(), json!({ "kind": "cell", "position": at }), "H3 cell of resolution 9"),
            (format!("/v1/stations/{id}"), json!({ "kind": "cell", "position": { "lat": 59.8, "lon": 10.7 } }), "must lie in cell"),
            (format!("/v1/stations/{id}"), json!({ "kind": "cell", "position": at, "docks": 3 }), "docks is 3"),
        ] {
            let refused = api.say(put(&path, spec)).await;
            assert!(refused.body.to_string().contains(what), "{}", refused.body);
        }
    })
    .await;
    let dir = tempfile::tempdir().expect("a directory");
    crate::common::with_bikes(dir.path(), async |api| {
        let said = api.say(post("/v1/bikes", json!({ "bikes": [] }))).await;
        assert!(said.body.to_string().contains("set `cells` of its section"), "{}", said.body);
        let at = json!({ "lat": SQUARE.0, "lon": SQUARE.1 });
        let path = format!("/v1/stations/{}", cell(SQUARE.0, SQUARE.1));
        let said = api.say(put(&path, json!({ "kind": "cell", "position": at }))).await;
        assert!(said.body.to_string().contains("set `cells` of its section"), "{}", said.body);
    })
    .await;
}

#[tokio::test]
async fn low_batteries_on_the_street_are_changed_by_a_crew_that_is_told_which() {
    let rules = BatteryRules { worth: 5.0, ..BatteryRules::default() };
    let spec = |spec: &mut BikesSpec| spec.options.batteries = Some(rules);
    counting_by(spec, None, Clock::scaled(NOW, 20.0), async |api| {
        let (corner, place) = (cell(SQUARE.0, SQUARE.1), json!({ "lat": SQUARE.0, "lon": SQUARE.1 }));
        let bike = |id: &str, charge: f64| json!({ "id": id, "position": place, "charge_percent": charge });
        let batch = |charges: [f64; 3]| {
            let bikes = [("a", charges[0]), ("b", charges[1]), ("c", charges[2])];
            json!({ "bikes": bikes.map(|(id, charge)| bike(id, charge)) })
        };
        api.must(post("/v1/bikes", batch([80.0, 15.0, 2.0]))).await;
        let stands = api.must(get(&format!("/v1/stations/{corner}"))).await;
        assert_eq!((&stands["bikes"], &stands["batteries_low"], &stands["batteries_flat"]), (&json!(2), &json!(2), &json!(1)));
        let hotspots = api.must(get("/v1/hotspots")).await;
        assert_eq!((&hotspots[0]["what"], &hotspots[0]["batteries_low"]), (&json!("low_batteries"), &json!(2)));
        let van = json!({ "capacity": 20, "position": place, "batteries": { "most": 5, "charged": 6 } });
        let refused = api.say(put("/v1/vans/u", van)).await;
        assert!(refused.body.to_string().contains("batteries.charged is 6"), "{}", refused.body);
        let van = json!({ "capacity": 20, "position": place, "batteries": { "most": 5, "charged": 5 } });
        api.must(put("/v1/vans/u", van)).await;
        let stops = until(async || {
            let van = api.must(get("/v1/vans/u")).await;
            Some(van["stops"].clone()).filter(|stops| stops.as_array().is_some_and(|stops| !stops.is_empty()))
        })
        .await;
        let low = stops[0]["low_bikes"].as_array().expect("a list");
        let named: Vec<(&Value, &Value)> = low.iter().map(|bike| (&bike["id"], &bike["charge_percent"])).collect();
        assert_eq!(named, [(&json!("b"), &json!(15.0)), (&json!("c"), &json!(2.0))]);
        assert_eq!((&stops[0]["task"], &stops[0]["bikes"]["most"]), (&json!("swap_battery"), &json!(2)));
        let done = json!({ "report": "r1", "word": { "done": { "work_order": stops[0]["work_order"], "bikes": 2 } } });
        api.must(post("/v1/vans/u/reports", done.clone())).await;
        api.must(post("/v1/vans/u/reports", done)).await;
        let van = api.must(get("/v1/vans/u")).await;
        assert_eq!(van["batteries"], json!({ "most": 5, "charged": 3 }), "a word counts once");
        let stands = api.must(get(&format!("/v1/stations/{corner}"))).await;
        assert_eq!((&stands["bikes"], &stands["batteries_low"], &stands["hotspot"]), (&json!(3), &json!(0), &Value::Null));
        // The next batch may be as old as the clock's tick.
        tokio::time::sleep(Duration::from_millis(50)).await;
        api.must(post("/v1/bikes", batch([80.0, 100.0, 100.0]))).await;
        assert_eq!(api.must(get("/v1/hotspots")).await, json!([]));
    })
    .await;
}

/// Writes a feed of one station with four bikes for hire and a broken one, each by its name.
fn write_station(dir: &Path, clock: Clock) {
    write(dir, clock, &[]);
    let file = |key: &str, rows: Value| json!({ "last_updated": clock.now().to_string(), "ttl": 0, "version": "3.0", "data": { key: rows } });
    let vehicle = |id: &str, kind: &str, range: u32, disabled: bool| {
        json!({ "vehicle_id": id, "station_id": "S", "is_reserved": false, "is_disabled": disabled,
            "vehicle_type_id": kind, "current_range_meters": range })
    };
    let kind = |id: &str, propulsion: &str| json!({ "vehicle_type_id": id, "form_factor": "bicycle", "propulsion_type": propulsion, "max_range_meters": 60_000 });
    for (name, whole) in [
        (
            "vehicle_types",
            file("vehicle_types", json!([kind("bike", "human"), kind("ebike", "electric_assist")])),
        ),
        (
            "station_information",
            file(
                "stations",
                json!([{ "station_id": "S", "name": [{ "text": "S", "language": "en" }],
            "lat": SQUARE.0, "lon": SQUARE.1, "capacity": 20 }]),
            ),
        ),
        (
            "station_status",
            file(
                "stations",
                json!([{ "station_id": "S", "num_vehicles_available": 4, "num_docks_available": 15,
            "num_vehicles_disabled": 1, "is_installed": true, "is_renting": true, "is_returning": true,
            "last_reported": clock.now().to_string() }]),
            ),
        ),
        (
            "vehicle_status",
            file(
                "vehicles",
                json!([
                    vehicle("full", "ebike", 40_000, false),
                    vehicle("low", "ebike", 5_000, false),
                    vehicle("flat", "ebike", 300, false),
                    vehicle("dead", "ebike", 0, true),
                    vehicle("pedals", "bike", 0, false)
                ]),
            ),
        ),
    ] {
        std::fs::write(dir.join(format!("{name}.json")), whole.to_string()).expect("it can be written");
    }
}

#[tokio::test]
async fn bikes_at_stations_of_a_feed_are_judged_by_their_range_and_those_without_a_battery_are_not() {
    let dir = tempfile::tempdir().expect("a directory");
    let clock = Clock::scaled(NOW, 20.0);
    write_station(dir.path(), clock);
    let rules =
        BatteryRules { low_range_m: Some(8_000), flat_range_m: Some(1_000), ..BatteryRules::default() };
    let spec = |spec: &mut BikesSpec| spec.options.batteries = Some(rules);
    counting_by(spec, Some(dir.path()), clock, async |api| {
        let low = until(async || {
            let hotspots = api.must(get("/v1/hotspots")).await;
            Some(hotspots[0].clone()).filter(|hotspot| hotspot["what"] == "low_batteries")
        })
        .await;
        assert_eq!(
            (&low["station"], &low["batteries_low"], &low["bikes"]),
            (&json!("S"), &json!(3), &json!(3))
        );
        let why = api.must(get("/v1/stations/S/explain")).await["words"].to_string();
        assert!(why.contains("3 batteries are low, 1 of them too low to ride on"), "{why}");
    })
    .await;
}
