//! The feed that a bikes region publishes: valid by MobilityData's own schemas of GBFS 3.0, read back by our own reader, made once for as long as
//! it holds, and open to nobody unless its operator says so.

use crate::common::{Api, bikes_spec, get, options, post, put, running};
use paceline_gbfs::{Feed, FeedOptions};
use paceline_model::bikes::{Capacity, FeedReading, NoStock, StationId, StockReading};
use paceline_model::{Millis, RegionId};
use paceline_serve::{AuthOptions, BikesSpec, Clock, GbfsOptions, Server};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::path::Path;

const FILES: [&str; 7] = [
    "gbfs",
    "gbfs_versions",
    "system_information",
    "vehicle_types",
    "station_information",
    "station_status",
    "vehicle_status",
];

fn feed(more: &str) -> GbfsOptions {
    let text = format!("contact_email = \"feed@town.example\"\n{more}");
    toml::from_str::<GbfsOptions>(&text).expect("settings").validate().expect("good ones")
}

/// A region with this feed.
async fn publishing<T>(gbfs: Option<GbfsOptions>, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let dir = tempfile::tempdir().expect("a directory");
    let mut spec = BikesSpec { gbfs, ..bikes_spec(dir.path()) };
    spec.options.cells = Some(9);
    let server = Server::of(options(), AuthOptions::default(), spec, Clock::Real).await;
    let (said, summary) = running(server.expect("it can be served"), talk).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

/// A station with bikes of two kinds, a full one without a name, one without docks that is closed, one that nobody counted, and a depot.
async fn town(api: &Api) {
    let at = |east: f64| json!({ "lat": 59.91, "lon": 10.75 + east });
    for (id, spec) in [
        ("A", json!({ "name": "Harbour & quay", "position": at(0.0), "docks": 20 })),
        ("B", json!({ "position": at(0.01), "docks": 12 })),
        ("C", json!({ "name": "Beach", "position": at(0.02) })),
        ("D", json!({ "name": "New street", "position": at(0.03), "docks": 9 })),
        ("W", json!({ "kind": "depot", "position": at(0.04) })),
    ] {
        api.must(put(&format!("/v1/stations/{id}"), spec)).await;
    }
    let stock = json!([
        { "station": "A", "bikes": 7, "bikes_of_kind": { "ebike": 3, "trike": 1 }, "bikes_broken": 2, "docks_free": 10, "docks_broken": 1 },
        { "station": "B", "bikes": 12, "docks_free": 0 },
        { "station": "C", "bikes": 4, "returning": false },
        { "station": "W", "bikes": 30 },
    ]);
    api.must(post("/v1/stock", stock)).await;
    let bikes = json!([
        { "id": "x1", "position": at(0.005), "kind": "ebike", "range_m": 21_000 },
        { "id": "x2", "position": at(0.006), "kind": "trike", "state": "broken" },
        { "id": "x3", "position": at(0.007), "state": "reserved" },
    ]);
    api.must(post("/v1/bikes", json!({ "bikes": bikes }))).await;
}

const TWO_KINDS: &str =
    "kinds = [{ id = \"bike\" }, { id = \"ebike\", propulsion = \"electric_assist\", range_m_max = 60000 }]";

/// What is wrong with a file by its schema.
fn wrong(name: &str, file: &Value) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/server/gbfs/v3.0/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::draft7::options().should_validate_formats(true).build(&schema);
    let validator = validator.expect("it is a schema");
    validator.iter_errors(file).map(|error| format!("{name}{}: {error}", error.instance_path())).collect()
}

#[tokio::test]
async fn every_file_is_valid_by_the_schemas_of_mobilitydata_with_stations_and_without() {
    for more in ["", TWO_KINDS] {
        publishing(Some(feed(more)), async |api| {
            for name in FILES {
                let file = api.must(get(&format!("/v1/gbfs/{name}.json"))).await;
                assert_eq!(wrong(name, &file), Vec::<String>::new(), "{file}");
            }
        })
        .await;
        publishing(Some(feed(more)), async |api| {
            town(&api).await;
            for name in FILES {
                let file = api.must(get(&format!("/v1/regions/main/gbfs/{name}.json"))).await;
                assert_eq!(wrong(name, &file), Vec::<String>::new(), "{file}");
            }
        })
        .await;
    }
    let broken = json!({ "last_updated": "2026-06-11T08:00:00Z", "ttl": 30, "version": "3.0", "data": { "stations": [{ "station_id": "A" }] } });
    assert!(!wrong("station_status", &broken).is_empty(), "the schemas are no decoration");
}

#[tokio::test]
async fn what_is_known_is_published_and_what_is_not_is_left_out() {
    publishing(Some(feed(TWO_KINDS)), async |api| {
        town(&api).await;
        let status = api.must(get("/v1/gbfs/station_status.json")).await;
        let of = |id: &str| {
            let rows = status["data"]["stations"].as_array().expect("a list");
            rows.iter().find(|row| row["station_id"] == id).cloned()
        };
        let first = of("A").expect("it was counted");
        assert_eq!(first["num_vehicles_available"], 7);
        let kinds =
            json!([{ "vehicle_type_id": "bike", "count": 4 }, { "vehicle_type_id": "ebike", "count": 3 }]);
        assert_eq!(
            first["vehicle_types_available"], kinds,
            "a kind that is not published counts as the first"
        );
        assert_eq!((&first["num_docks_available"], &first["num_docks_disabled"]), (&json!(10), &json!(1)));
        let beach = of("C").expect("it was counted");
        assert_eq!((beach.get("num_docks_available"), &beach["is_returning"]), (None, &json!(false)));
        assert_eq!((of("D"), of("W")), (None, None), "nobody counted it, and riders come to no depot");
        let loose = api.must(get("/v1/gbfs/vehicle_status.json")).await;
        let bikes = loose["data"]["vehicles"].as_array().expect("a list");
        let said: Vec<Value> = bikes
            .iter()
            .map(|bike| {
                let (id, kind) = (&bike["vehicle_id"], &bike["vehicle_type_id"]);
                json!([id, kind, bike["is_disabled"], bike["current_range_meters"]])
            })
            .collect();
        let expected = [json!(["x1", "ebike", false, 21_000]), json!(["x2", "bike", true, null])];
        assert_eq!(said, expected, "a reserved one is nobody's to take");
        let information = api.must(get("/v1/gbfs/station_information.json")).await;
        let names: Vec<&str> = information["data"]["stations"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|row| row["name"][0]["text"].as_str())
            .collect();
        assert_eq!(names, ["Harbour & quay", "B", "Beach", "New street"]);
    })
    .await;
}

async fn read_back(api: &Api) -> FeedReading {
    let mut feed =
        Feed::open(&format!("{}/v1/gbfs/gbfs.json", api.base), &FeedOptions::default()).expect("an address");
    feed.next(Clock::Real.now()).await
}

#[tokio::test]
async fn our_own_reader_reads_back_what_the_region_knows() {
    publishing(Some(feed(TWO_KINDS)), async |api| {
        town(&api).await;
        let reading = read_back(&api).await;
        assert!(reading.health.is_fresh(), "{}: {:?}", reading.health, reading.told);
        let station = |id: &str| &reading.stations[&StationId::new(id).expect("a name")];
        for (id, bikes, broken, free) in [("A", 7, 2, Some(10)), ("B", 12, 0, Some(0)), ("C", 4, 0, None)] {
            let stock = station(id).stock.known().expect("it was counted");
            assert_eq!(
                (stock.bikes.total(), stock.bikes_broken, stock.room.bikes()),
                (bikes, broken, free),
                "{id}"
            );
        }
        assert_eq!(station("D").stock, StockReading::Unknown(NoStock::NotSaid));
        assert_eq!(
            (&station("A").capacity, &station("C").capacity),
            (&Capacity::Docks(20), &Capacity::Unlimited)
        );
        assert!(!station("C").service.returning && station("A").service.returning);
        let loose: Vec<String> =
            reading.loose().map(|(bike, _)| format!("{} {:?}", bike.id, bike.state)).collect();
        assert_eq!(loose, ["x1 ForHire", "x2 Broken"]);
        assert_eq!(reading.stations.len(), 4);
        assert_eq!(reading.kinds.len(), 2, "{:?}", reading.kinds);
    })
    .await;
}

#[tokio::test]
async fn a_file_holds_for_its_time_and_a_reader_that_has_it_is_told_so() {
    let ttl = "ttl = \"300 s\"\npublic = true";
    publishing(Some(feed(ttl)), async |api| {
        town(&api).await;
        let path = "/v1/gbfs/station_status.json";
        let first = api.send(get(path)).await;
        let tag = first.headers()["etag"].to_str().expect("text").to_owned();
        let holds = first.headers()["cache-control"].to_str().expect("text").to_owned();
        let seconds: u32 = holds.strip_prefix("public, max-age=").expect(&holds).parse().expect("a number");
        assert!((290..=300).contains(&seconds), "{holds}");
        assert_eq!(first.headers()["access-control-allow-origin"], "*");
        let body = first.text().await.expect("text");
        let again = api.send(get(path).header("if-none-match", &format!("\"other\", {tag}"))).await;
        assert_eq!(
            (again.status(), again.headers()["etag"].to_str().ok()),
            (StatusCode::NOT_MODIFIED, Some(&*tag))
        );
        api.must(post("/v1/stock", json!([{ "station": "A", "bikes": 1, "docks_free": 16 }]))).await;
        let later = api.send(get(path).header("if-none-match", "\"other\"")).await;
        assert_eq!((later.status(), later.text().await.expect("text")), (StatusCode::OK, body), "it holds");
    })
    .await;
    let short = GbfsOptions { ttl: Millis(1_000), ..feed("") };
    publishing(Some(short), async |api| {
        let path = "/v1/gbfs/station_status.json";
        let private = api.send(get(path)).await;
        assert!(private.headers()["cache-control"].to_str().is_ok_and(|holds| holds.starts_with("private")));
        assert!(private.headers().get("access-control-allow-origin").is_none());
        town(&api).await;
        let counted = async || api.must(get(path)).await["data"]["stations"].as_array().map_or(0, Vec::len);
        while counted().await < 3 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn links_lead_back_to_where_the_server_is_asked_or_to_where_it_is_said_to_be() {
    let links = async |api: &Api| -> Vec<String> {
        let index = api.must(get("/v1/gbfs/gbfs.json")).await;
        let feeds = index["data"]["feeds"].as_array().expect("a list").clone();
        feeds.iter().filter_map(|feed| feed["url"].as_str().map(str::to_owned)).collect()
    };
    publishing(Some(feed("")), async |api| {
        let found = links(&api).await;
        assert_eq!(found.len(), FILES.len());
        for url in found {
            let path = url.strip_prefix(&api.base).unwrap_or_else(|| panic!("{url} is elsewhere"));
            assert!(path.starts_with("/v1/regions/main/gbfs/"), "{url}");
            assert_eq!(api.send(get(path)).await.status(), StatusCode::OK, "{url}");
        }
    })
    .await;
    publishing(Some(feed("url = \"https://bikes.example\"")), async |api| {
        let found = links(&api).await;
        assert!(
            found.iter().all(|url| url.starts_with("https://bikes.example/v1/regions/main/gbfs/")),
            "{found:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn without_settings_nothing_is_published_and_bad_ones_do_not_start() {
    publishing(None, async |api| {
        let said = api.say(get("/v1/gbfs/gbfs.json")).await;
        assert_eq!((said.status, &said.body["code"]), (StatusCode::NOT_FOUND, &json!("E0201")));
        assert!(
            said.body["detail"].as_str().is_some_and(|why| why.contains("[regions.NAME.gbfs]")),
            "{}",
            said.body
        );
    })
    .await;
    let dir = tempfile::tempdir().expect("a directory");
    let gbfs = Some(GbfsOptions { timezone: "Europe/Atlantis".into(), ..feed("") });
    let spec = BikesSpec { name: RegionId::new("main").expect("a name"), gbfs, ..bikes_spec(dir.path()) };
    let refused =
        Server::of(options(), AuthOptions::default(), spec, Clock::Real).await.err().expect("it is refused");
    assert!(refused.to_string().contains("timezone is Europe/Atlantis"), "{refused}");
}
