//! Two regions in one process: each has its name, its journal, its streams and its restart, and neither knows of the other.

mod common;

use common::events::Events;
use common::{Api, bound, corner, get, options, order, post, put, town, vehicle, with_server};
use expect_test::expect;
use paceline_engine::FleetOptions;
use paceline_model::RegionId;
use paceline_serve::{RegionSpec, Summary, TrafficOptions};
use serde_json::Value;
use std::path::Path;
use tokio::sync::oneshot;

fn region(name: &str, dir: &Path) -> RegionSpec {
    RegionSpec {
        name: RegionId::new(name).expect("a good name"),
        fleet: FleetOptions::default(),
        roads: town(),
        journal: dir.join(name),
        traffic: TrafficOptions::default(),
        values: None,
        read_options: None,
    }
}

/// Serves regions `main` and `east`, whose journals lie in `dir`, while `talk` goes on.
async fn with_two<T>(dir: &Path, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let server = bound(options(), &dir.join("main")).await;
    let server = server.with_region(region("east", dir)).expect("a second region");
    let api = Api::at(server.local_address());
    let (end, ended) = oneshot::channel();
    let talk = async {
        let said = talk(api).await;
        _ = end.send(());
        said
    };
    let (said, summary): (T, Summary) = tokio::join!(talk, server.run(async { _ = ended.await }));
    assert!(summary.closed.is_clean(), "{summary:?}");
    said
}

async fn world(api: &Api, region: &str) -> (Value, Value, Value) {
    let world = api.must(get(&format!("/v1/regions/{region}/world"))).await;
    (world["version"].clone(), world["vehicles"].clone(), world["digest"].clone())
}

#[tokio::test]
async fn a_region_keeps_to_itself_over_a_restart() {
    let dir = tempfile::tempdir().expect("a directory");
    let east = with_two(dir.path(), async |api| {
        let mut stream = Events::of_region(&api, "east").await;
        api.must(put("/v1/regions/main/vehicles/v1", vehicle(corner(0, 0)))).await;
        api.must(put("/v1/regions/east/vehicles/v1", vehicle(corner(1, 0)))).await;
        let placed = api.send(post("/v1/regions/east/orders", order("o1"))).await;
        assert_eq!(placed.headers()["location"], "/v1/regions/east/orders/o1");
        api.until("/v1/regions/east/orders/o1", "phase", "assigned").await;
        let unknown = api.say(get("/v1/regions/main/orders/o1")).await;
        assert_eq!(unknown.body["code"], "E0201", "{unknown}");
        // The vehicle of `main` is on no stream but its own.
        for version in 1..=4 {
            let change = loop {
                let event = stream.next().await.expect("the stream goes on");
                if event.name == "change" {
                    break event;
                }
            };
            assert_eq!(change.id, Some(version));
        }
        assert_eq!(world(&api, "main").await.1, 1);
        world(&api, "east").await
    })
    .await;
    with_two(dir.path(), async |api| {
        assert_eq!(world(&api, "east").await, east, "its journal gave it back");
        api.must(get("/readyz")).await;
        let figures = api.must(get("/v1/regions/east/metrics")).await;
        assert!(figures.as_str().is_some_and(|text| text.contains("paceline_version")));
    })
    .await;
}

#[tokio::test]
async fn a_path_that_does_not_say_which_region() {
    let dir = tempfile::tempdir().expect("a directory");
    with_two(dir.path(), async |api| {
        let said = api.say(post("/v1/orders", order("o1"))).await;
        expect![
            "409 E0110 There are several regions: main, east. Address one of them by /v1/regions/{region}/..."
        ]
        .assert_eq(&said.to_string());
        let said = api.say(get("/v1/regions/west/world")).await;
        expect!["404 E0201 no region is called west"].assert_eq(&said.to_string());
        let said = api.say(get("/v1/regions/east/no-such-path")).await;
        expect!["404 E0104 Nothing is served here."].assert_eq(&said.to_string());
    })
    .await;
}

#[tokio::test]
async fn the_only_region_answers_with_and_without_its_name() {
    with_server(options(), async |api| {
        api.must(put("/v1/regions/main/vehicles/v1", vehicle(corner(0, 0)))).await;
        assert_eq!(api.must(get("/v1/vehicles/v1")).await["id"], "v1");
    })
    .await;
}

#[tokio::test]
async fn a_name_or_a_journal_that_another_region_has_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = bound(options(), &dir.path().join("main")).await;
    let again = server.with_region(region("main", dir.path())).err().expect("the name is taken");
    assert!(again.to_string().contains("must be another name"), "{again}");
    let server = bound(options(), &dir.path().join("other")).await;
    let shared = RegionSpec { journal: dir.path().join("other"), ..region("east", dir.path()) };
    assert!(server.with_region(shared).is_err(), "one writer for each journal");
}
