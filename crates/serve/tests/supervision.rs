//! What the server does when something of it breaks: one thing fails, the rest goes on, nothing is left.

mod common;

use common::{Api, corner, get, options, order, place, post, town};
use paceline_engine::FleetOptions;
use paceline_plan::PolicySpec;
use paceline_serve::{Clock, Server, Summary, TestHooks};
use paceline_supervise::LoadShedderOptions;
use reqwest::StatusCode;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Serves with hooks while `talk` goes on; returns how it ended.
async fn hooked(load_shedder: LoadShedderOptions, talk: impl AsyncFnOnce(Api, TestHooks)) -> Summary {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let policy = PolicySpec::parse("nearest").expect("a policy of that name");
    let fleet = FleetOptions { policy, ..FleetOptions::default() };
    let server =
        Server::bind(options(), fleet, town(), dir.path(), Clock::Real).await.expect("it can be served");
    let (api, hooks) = (Api::at(server.url()), TestHooks::default());
    let server = server.with_test_hooks(hooks.clone(), load_shedder);
    let (end, ended) = oneshot::channel::<()>();
    let talk = async {
        talk(api, hooks).await;
        drop(end);
    };
    let shutdown = async { drop(ended.await) };
    tokio::join!(talk, server.run(shutdown)).1
}

/// Asks a part to panic at its next turn.
fn plant(hooks: &TestHooks, part: &'static str) {
    hooks.panics.lock().expect("nobody panics with it").insert(part);
}

fn panicked(hooks: &TestHooks) {
    assert!(hooks.panics.lock().expect("nobody panics with it").is_empty(), "it did panic");
}

async fn places(api: &Api, id: &str) -> (StatusCode, Option<String>) {
    let answer = api.send(post("/v1/orders", order(id))).await;
    let after = answer.headers().get("retry-after").map(|after| after.to_str().expect("a number").to_owned());
    (answer.status(), after)
}

#[expect(clippy::disallowed_methods, reason = "the timings are what the test shows")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leak_makes_it_shed_orders_while_rides_continue_and_it_recovers_by_itself() {
    // As in production, but for the first five seconds.
    let load_shedder =
        LoadShedderOptions { learn_after: Duration::from_secs(1), ..LoadShedderOptions::default() };
    let summary = hooked(load_shedder, async |api, hooks| {
        api.vehicle("v1", corner(0, 0)).await;
        assert_eq!(places(&api, "ridden").await.0, StatusCode::CREATED);
        api.until("/v1/orders/ridden", "phase", "assigned").await;
        tokio::time::sleep(Duration::from_secs(3)).await;

        let planted = now();
        hooks.leaked.send_replace(200);
        let mut tries = 0;
        let after = loop {
            tries += 1;
            match places(&api, &format!("o{tries}")).await {
                (StatusCode::CREATED, _) => tokio::time::sleep(Duration::from_millis(50)).await,
                (status, after) => {
                    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
                    break after.expect("it says when to come back");
                }
            }
        };
        let shed = planted.elapsed();
        println!("shed {shed:.1?} after the leak was planted; Retry-After: {after} s");
        assert!(shed < Duration::from_secs(4), "{shed:?}");

        let row = json!([{ "vehicle": "v1", "lat": corner(0, 0).lat(), "lon": corner(0, 0).lon(),
            "battery_percent": 70.0 }]);
        api.must(post("/v1/telemetry", row)).await;
        api.must(post("/v1/vehicles/v1/arrived", json!({ "order": "ridden" }))).await;
        api.must(post("/v1/vehicles/v1/picked-up", json!({ "order": "ridden" }))).await;
        println!("while shedding: telemetry taken, the trip continues");

        let contained = now();
        hooks.leaked.send_replace(0);
        // Probing lets a trickle through; all are admitted when ten in a row come in.
        let mut in_a_row = 0;
        while in_a_row < 10 {
            tries += 1;
            let taken = places(&api, &format!("o{tries}")).await.0 == StatusCode::CREATED;
            in_a_row = if taken { in_a_row + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(contained.elapsed() < Duration::from_secs(20), "still shedding after 20 s");
        }
        println!("recovered {:.1?} after the leak was contained", contained.elapsed());
    })
    .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    assert_eq!(summary.tasks_left, 0);
}

#[tokio::test]
async fn a_panic_in_a_handler_ends_its_connection_and_nothing_else() {
    let summary = hooked(LoadShedderOptions::default(), async |api, _| {
        let other = api.clone();
        assert!(api.try_send(get("/test/panic")).await.is_err(), "that connection is gone");
        assert_eq!(other.must(get("/healthz")).await, "ok");
        assert_eq!(places(&api, "o1").await.0, StatusCode::CREATED);
    })
    .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    assert_eq!(summary.tasks_left, 0);
}

#[tokio::test]
async fn a_panic_in_a_solver_costs_one_round() {
    let summary = hooked(LoadShedderOptions::default(), async |api, hooks| {
        plant(&hooks, "solver");
        api.vehicle("v1", corner(0, 0)).await;
        assert_eq!(places(&api, "o1").await.0, StatusCode::CREATED);
        api.until("/v1/orders/o1", "phase", "assigned").await;
        panicked(&hooks);
        let metrics = api.must(get("/metrics")).await;
        assert!(
            metrics.as_str().unwrap().contains("paceline_rounds_degraded_total{region=\"main\"} 1"),
            "{metrics}"
        );
    })
    .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    assert_eq!(summary.tasks_left, 0);
}

#[tokio::test]
async fn a_panic_in_the_read_model_holds_reads_up_and_loses_nothing() {
    let summary = hooked(LoadShedderOptions::default(), async |api, hooks| {
        api.vehicle("v1", corner(0, 0)).await;
        assert_eq!(places(&api, "before").await.0, StatusCode::CREATED);
        plant(&hooks, "view");
        // Its rows are among those that are lost.
        assert_eq!(places(&api, "during").await.0, StatusCode::CREATED);
        for order in ["before", "during"] {
            assert_eq!(api.must(get(&format!("/v1/orders/{order}"))).await["id"], order);
        }
        panicked(&hooks);
        api.until("/v1/orders/before", "phase", "assigned").await;
        api.must(post("/v1/vehicles/v1/arrived", json!({ "order": "before" }))).await;
        assert_eq!(api.must(get("/v1/vehicles/v1")).await["job"], "at_pickup");
    })
    .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    assert_eq!(summary.tasks_left, 0);
}

#[tokio::test]
async fn a_panic_in_road_or_traffic_service_costs_the_request_under_way_while_trips_and_reads_go_on() {
    let summary = hooked(LoadShedderOptions::default(), async |api, hooks| {
        api.vehicle("v1", corner(0, 0)).await;
        assert_eq!(places(&api, "o1").await.0, StatusCode::CREATED);
        api.until("/v1/orders/o1", "phase", "assigned").await;
        let route =
            || post("/v1/road/route", json!({ "from": place(corner(0, 0)), "to": place(corner(3, 4)) }));
        let until = (common::now() + paceline_model::Millis::from_secs(600)).to_string();
        let report =
            || post("/v1/traffic", json!({ "reports": [{ "edge": 1, "kmh": 9.0, "until": until }] }));
        plant(&hooks, "road-service");
        let lost = api.say(route()).await;
        assert_eq!(lost.status, StatusCode::SERVICE_UNAVAILABLE, "{lost}");
        plant(&hooks, "traffic-service");
        api.must(post("/v1/vehicles/v1/arrived", json!({ "order": "o1" }))).await;
        assert_eq!(api.must(get("/v1/orders/o1")).await["phase"], "arrived");
        // It takes its turn by itself, or with the report, which is then lost.
        _ = api.say(report()).await;
        panicked(&hooks);
        api.must(route()).await;
        api.must(report()).await;
        assert_eq!(api.must(get("/v1/traffic")).await["reported"], 1);
        api.must(post("/v1/vehicles/v1/picked-up", json!({ "order": "o1" }))).await;
    })
    .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    assert_eq!(summary.tasks_left, 0);
}
