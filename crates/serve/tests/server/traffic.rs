//! Traffic reports over HTTP: what is told holds at once, what is refused changes nothing.

use crate::common::{Api, corner, get, options, order, place, post, with_server};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn until() -> String {
    (crate::common::now() + paceline_model::Millis::from_secs(600)).to_string()
}

async fn seconds(api: &Api) -> f64 {
    let question = json!({ "from": place(corner(0, 0)), "to": place(corner(0, 3)) });
    let way = api.must(post("/v1/road/route", question)).await;
    way["properties"]["time_s"].as_f64().expect("seconds")
}

/// All edges of the town: the refusal of one too many names the last.
async fn edges(api: &Api) -> Vec<u64> {
    let report = json!({ "reports": [{ "edge": 999_999, "kmh": 1.0, "until": until() }] });
    let said = api.say(post("/v1/traffic", report)).await.to_string();
    let last = said.rsplit(' ').next().and_then(|last| last.parse().ok()).expect("the last edge");
    (0..=last).collect()
}

#[tokio::test]
async fn a_told_speed_holds_at_once_and_rides_are_still_dispatched() {
    with_server(options(), async |api: Api| {
        let before = seconds(&api).await;
        let reports: Vec<Value> =
            (0..10).map(|edge| json!({ "edge": edge, "kmh": 2.0, "until": until() })).collect();
        let told = api.must(post("/v1/traffic", json!({ "reports": reports }))).await;
        assert_eq!(told["edges"], 10);
        assert!(seconds(&api).await >= before);
        api.vehicle("v1", corner(0, 0)).await;
        api.must(post("/v1/orders", order("o1"))).await;
        api.until("/v1/orders/o1", "phase", "assigned").await;
    })
    .await;
}

#[tokio::test]
async fn where_every_road_is_slow_every_drive_is_and_where_all_are_closed_there_is_no_way() {
    let options = paceline_serve::ServeOptions { body_bytes_max: 1 << 20, ..options() };
    with_server(options, async |api: Api| {
        let (before, edges) = (seconds(&api).await, edges(&api).await);
        assert!(edges.len() > 50);
        let all = |kmh: Value| {
            let report = |edge: &u64| json!({ "edge": edge, "kmh": kmh, "until": until() });
            json!({ "reports": edges.iter().map(report).collect::<Vec<_>>() })
        };
        api.must(post("/v1/traffic", all(json!(5.0)))).await;
        assert!(seconds(&api).await > before * 2.0);
        api.must(post("/v1/traffic", all(Value::Null))).await;
        let question = json!({ "from": place(corner(0, 0)), "to": place(corner(5, 3)) });
        let said = api.say(post("/v1/road/route", question)).await;
        expect!["422 E0109 No open road leads from the start to the end."].assert_eq(&said.to_string());
        // The region takes new travel times over at its next tick.
        let mut placed = api.say(post("/v1/orders", order("o0"))).await;
        for number in 1..100 {
            if placed.status.is_client_error() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            placed = api.say(post("/v1/orders", order(&format!("o{number}")))).await;
        }
        expect!["422 E0109 dropoff is 40.002698, -73.997652: must be joined with pickup by open roads"]
            .assert_eq(&placed.to_string());
        assert_eq!(placed.body["errors"][0]["field"], "dropoff");
    })
    .await;
}

async fn refused(reports: Value, expected: Expect) {
    with_server(options(), async |api: Api| {
        let before = seconds(&api).await;
        let said = api.say(post("/v1/traffic", json!({ "reports": reports }))).await;
        expected.assert_eq(&said.to_string());
        assert!(said.status.is_client_error());
        assert!(api.must(get(said.body["type"].as_str().expect("a page"))).await.is_string());
        assert_eq!(seconds(&api).await, before, "the old metric stays");
    })
    .await;
}

#[tokio::test]
async fn a_speed_that_is_negative() {
    let good = json!({ "edge": 0, "kmh": 1.0, "until": until() });
    refused(
        json!([good, { "edge": 1, "kmh": -5.0, "until": until() }]),
        expect!["422 E0101 reports[1].kmh is -5: must lie within 0.5 and 250"],
    )
    .await;
}
#[tokio::test]
async fn a_speed_of_an_edge_that_is_not_there() {
    refused(
        json!([{ "edge": 999_999, "kmh": 5.0, "until": until() }]),
        expect!["422 E0101 reports[0].edge is 999999: must be an edge of this network, 0 to 215"],
    )
    .await;
}
#[tokio::test]
async fn a_speed_of_a_way_that_is_not_there() {
    refused(
        json!([{ "way": 7, "kmh": 5.0, "until": until() }]),
        expect!["422 E0101 reports[0].way is 7: must be a way that a street of this network runs along"],
    )
    .await;
}
#[tokio::test]
async fn a_speed_of_nothing() {
    refused(
        json!([{ "kmh": 5.0, "until": until() }]),
        expect!["422 E0101 reports[0].edge is left out: must be given, or way instead"],
    )
    .await;
}
#[tokio::test]
async fn a_batch_without_reports() {
    refused(json!([]), expect!["422 E0101 reports is 0 reports: must have between 1 and 10000 reports"])
        .await;
}

#[test]
fn the_page_lists_every_refusal() {
    let (tests, page) = (include_str!("traffic.rs"), include_str!("../../../../docs/bad-input.md"));
    let after = tests.split("async fn refused").nth(1).expect("refusals");
    let names = after.lines().filter_map(|line| line.strip_prefix("async fn ")?.split_once("() {"));
    let unlisted: Vec<&str> =
        names.map(|(name, _)| name).filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(unlisted.is_empty(), "docs/bad-input.md does not name {unlisted:?}");
}
