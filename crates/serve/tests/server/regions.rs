//! Two regions in one process: each has its name, its journal, its streams and its restart, and neither knows of the other.

use crate::common::events::Events;
use crate::common::{
    Api, bound, corner, get, options, order, post, put, running, town, vehicle, with_admin_of, with_server,
};
use expect_test::expect;
use paceline_engine::FleetOptions;
use paceline_journal::LogAddress;
use paceline_model::RegionId;
use paceline_plan::PolicySpec;
use paceline_serve::{AuthOptions, Clock, RegionSpec, Server};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

fn region(name: &str, dir: &Path) -> RegionSpec {
    let name_checked = RegionId::new(name).expect("a good name");
    RegionSpec::new(name_checked, FleetOptions::default(), town(), &dir.join(name))
}

/// Serves regions `main` and `east`, whose journals lie in `dir`, while `talk` goes on.
async fn with_two<T>(dir: &Path, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let server = bound(options(), &dir.join("main")).await;
    let server = server.with_region(region("east", dir)).expect("a second region");
    let (said, summary) = running(server, talk).await;
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
        assert_eq!(world(&api, "main").await.1, 1);
    })
    .await;
    for region in ["main", "east"] {
        let files = std::fs::read_dir(dir.path().join(region)).expect("a journal of its own");
        assert!(files.count() > 0, "{region} wrote nothing");
    }
}

#[tokio::test]
async fn figures_readiness_and_problems_are_about_all_regions() {
    let dir = tempfile::tempdir().expect("a directory");
    with_two(dir.path(), async |api| {
        let regions = api.must(get("/v1/regions")).await;
        let (main, east) =
            (json!({ "region": "main", "kind": "fleet" }), json!({ "region": "east", "kind": "fleet" }));
        assert_eq!(regions, json!([main, east]));
        api.must(put("/v1/regions/east/vehicles/v1", vehicle(corner(1, 0)))).await;
        api.must(post("/v1/regions/east/orders", order("o1"))).await;
        let shown = api.must(get("/metrics")).await;
        let shown = shown.as_str().expect("text");
        let rows = ["orders_placed_total{region=\"main\"} 0", "orders_placed_total{region=\"east\"} 1"];
        assert!(rows.iter().all(|row| shown.contains(&format!("paceline_{row}\n"))), "{shown}");
        assert_eq!(shown.matches("# TYPE paceline_orders_placed counter").count(), 1, "one head for both");
        let alone = api.must(get("/v1/regions/east/metrics")).await;
        assert!(
            alone.as_str().is_some_and(|text| text.contains(rows[1]) && !text.contains("main")),
            "{alone}"
        );
        for path in ["/readyz", "/v1/regions/east/readyz", "/v1/problems", "/errors/E0110", "/openapi.json"] {
            api.must(get(path)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn options_of_all_regions_are_read_again_and_adopted_or_none() {
    let dir = tempfile::tempdir().expect("a directory");
    // Main's are always sound, and new; those of east break a rule until they are mended.
    let mended = Arc::new(AtomicBool::new(false));
    let spec = |name: &str, mended: Arc<AtomicBool>| {
        let mut spec = region(name, dir.path());
        spec.read_options = Some(Arc::new(move || {
            let policy = PolicySpec::parse("nearest").expect("a policy");
            let snap_m_max = if mended.load(Relaxed) { 400 } else { 0 };
            Ok(FleetOptions { policy, snap_m_max, ..FleetOptions::default() })
        }));
        spec
    };
    let server =
        Server::of(options(), AuthOptions::default(), spec("main", Arc::new(true.into())), Clock::Real).await;
    let server = server.and_then(|server| server.with_region(spec("east", mended.clone())));
    with_admin_of(server.expect("two regions"), async |api, admin| {
        let refused = admin.say(post("/v1/admin/reload", Value::Null)).await;
        expect!["422 E0101 regions.east.fleet.snap_m_max is 0: must lie within 1 and 100000"].assert_eq(&refused.to_string());
        for region in ["main", "east"] {
            assert_eq!(world(&api, region).await.0, 0, "{region} adopted nothing");
        }
        mended.store(true, Relaxed);
        let adopted = admin.must(post("/v1/admin/reload", Value::Null)).await;
        expect![[r#"{"changed":true,"regions":[{"changed":true,"region":"main","version":1},{"changed":true,"region":"east","version":1}]}"#]].assert_eq(&adopted.to_string());
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
    let shared =
        RegionSpec { journal: LogAddress::from(&dir.path().join("other")), ..region("east", dir.path()) };
    assert!(server.with_region(shared).is_err(), "one writer for each journal");
}
