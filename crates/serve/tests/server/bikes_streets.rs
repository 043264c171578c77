//! A bikes region with streets: vans drive along them, as fast as is said of them now.

use crate::common::{Api, bikes_spec, corner, get, options, place, post, put, running, town, with_bikes};
use expect_test::expect;
use paceline_serve::{AuthOptions, BikesSpec, Clock, ServeOptions, Server};
use serde_json::{Value, json};
use std::time::Duration;

/// The drive of the only van to the order that it is told, as it was reckoned then.
async fn drive_s(api: &Api, order: &str) -> u64 {
    let path = format!("/v1/work-orders/{order}/explain");
    loop {
        let why = api.must(get(&path)).await;
        if let Some(seconds) = why["arrives_in_s"].as_u64() {
            return seconds;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_van_is_as_late_as_its_streets_are_slow() {
    let dir = tempfile::tempdir().expect("a directory");
    let spec = BikesSpec { roads: Some(town()), ..bikes_spec(dir.path()) };
    let options = ServeOptions { body_bytes_max: 1 << 20, ..options() };
    let server =
        Server::of(options, AuthOptions::default(), spec, Clock::Real).await.expect("it can be served");
    running(server, async |api| {
        let (depot, stations) = (corner(0, 0), [("A", corner(0, 3)), ("B", corner(3, 0))]);
        for (name, at) in stations {
            let spec = json!({ "name": name, "position": place(at), "docks": 20 });
            api.must(put(&format!("/v1/stations/{name}"), spec)).await;
        }
        let van = json!({ "capacity": 20, "position": place(depot), "aboard": 20 });
        api.must(put("/v1/vans/v", van)).await;
        let route = json!({ "from": place(depot), "to": place(corner(0, 3)) });
        let way = api.must(post("/v1/road/route", route)).await;
        let by_road = way["properties"]["time_s"].as_f64().expect("seconds");
        api.must(post("/v1/stock", json!([{ "station": "A", "bikes": 0, "docks_free": 20 }]))).await;
        let first = drive_s(&api, "wo-1").await;
        assert_eq!(first, by_road as u64, "it drives along the streets");

        let until = (crate::common::now() + paceline_model::Millis::from_secs(600)).to_string();
        let report = |edge: usize| json!({ "edge": edge, "kmh": 2.0, "until": until });
        let reports: Vec<Value> = (0..town().edge_count()).map(report).collect();
        api.must(post("/v1/traffic", json!({ "reports": reports }))).await;
        let done = json!({ "report": "r1", "word": { "done": { "work_order": "wo-1", "bikes": 10, "docks_broken": 0 } } });
        api.must(post("/v1/vans/v/reports", done)).await;
        api.must(post("/v1/stock", json!([{ "station": "B", "bikes": 0, "docks_free": 20 }]))).await;
        let second = drive_s(&api, "wo-2").await;
        assert!(second > 5 * first, "{second} s after {first} s");
        let drawn = api.must(get("/v1/roads")).await;
        assert!(drawn["streets"].as_array().is_some_and(|streets| !streets.is_empty()), "{drawn}");
    })
    .await;
}

#[tokio::test]
async fn a_region_without_streets_says_so() {
    let dir = tempfile::tempdir().expect("a directory");
    with_bikes(dir.path(), async |api| {
        let said = api.say(get("/v1/traffic")).await;
        expect!["404 E0104 This region knows no streets: its roads are not configured."]
            .assert_eq(&said.to_string());
    })
    .await;
}
