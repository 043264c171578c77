//! What has not the shape that is meant: names, paths, queries, headers, outlines; and what is passed over instead of refused.

use super::{inhabit, order_with, refused};
use crate::common::{corner, delete, get, now, options, place, post, put, with_server};
use expect_test::expect;
use paceline_api::Place;
use paceline_model::Instant;
use serde_json::{Value, json};

#[tokio::test]
async fn an_id_that_paths_fold_away() {
    let said =
        || expect!["422 E0101 id is ..: must not be . or .., which browsers and proxies fold away in a path"];
    refused(order_with("id", ".."), said()).await;
}
#[tokio::test]
async fn an_array_where_an_object_is_meant() {
    let at = place(corner(0, 0));
    let flat = json!([at["lat"], at["lon"]]);
    let array = post("/v1/orders", json!([null, flat, flat]));
    refused(array, expect!["400 E0103 invalid type: a list, expected an object at line 1 column 0"]).await;
    let expected = expect!["400 E0103 pickup: invalid type: a list, expected an object at line 1 column 66"];
    refused(order_with("pickup", flat), expected).await;
}
#[tokio::test]
async fn a_name_in_the_path_that_is_no_text() {
    for path in ["/v1/orders/%ff", "/v1/vehicles/%FF", "/errors/%ff"] {
        refused(get(path), expect!["400 E0103 the path: a name in it is not UTF-8"]).await;
    }
}
#[tokio::test]
async fn a_query_that_cannot_be_read() {
    let rule = || expect!["400 E0103 the query: limit: must be a whole number that is not negative"];
    refused(get("/v1/vehicles?limit=-1"), rule()).await;
    refused(get("/v1/vehicles?limit=abc"), rule()).await;
    refused(get("/v1/vehicles?limit=0"), expect!["422 E0101 limit is 0: must lie within 1 and 1000"]).await;
    refused(
        get("/v1/vehicles?state=free"),
        expect!["400 E0103 the query: state: unknown field `state`, expected one of `job`, `after`, `limit`"],
    )
    .await;
    let rule = expect!["400 E0103 the query: last_event_id: must be a whole number that is not negative"];
    refused(get("/v1/stream?last_event_id=abc"), rule).await;
}
#[tokio::test]
async fn an_area_that_is_no_area() {
    let area = |ring: Value| put("/v1/geofences/g1", json!({ "type": "Polygon", "coordinates": [ring] }));
    let bow = area(json!([[-74.03, 40.69], [-73.90, 40.88], [-73.90, 40.69], [-74.03, 40.89]]));
    refused(bow, expect!["422 E0101 coordinates[0] is an outline whose edges from [-74.03, 40.69] and from [-73.9, 40.69] meet: must not cross or touch itself"]).await;
    let line = area(json!([[-74.0, 40.7], [-73.9, 40.8], [-73.95, 40.75]]));
    refused(
        line,
        expect!["422 E0101 coordinates[0] is 3 corners without an area between them: must enclose an area"],
    )
    .await;
    // The town with latitude and longitude exchanged: no street comes near it.
    let swapped = area(json!([[40.0, -74.0], [40.0, -73.9], [40.1, -73.9]]));
    refused(swapped, expect!["422 E0101 coordinates is an area of latitudes -74 to -73.9 and longitudes 40 to 40.1: must come within 500 m of a road of this region"]).await;
    let across = area(json!([[179, -18], [-179, -18], [-179, -16], [179, -16]]));
    refused(across, expect!["422 E0101 coordinates[0] is an edge from [179, -18] to [-179, -18]: must not cross the date line: cut it there and define two areas"]).await;
}

/// A vehicle's word of where it is, as it may be sent in a batch.
fn report(vehicle: &str, at: Place) -> Value {
    json!({ "vehicle": vehicle, "lat": at.lat, "lon": at.lon, "battery_percent": 50 })
}

#[tokio::test]
async fn readings_of_vehicles_that_nobody_registered_are_passed_over_and_the_answer_names_them() {
    with_server(options(), async |api| {
        inhabit(&api).await;
        let row = |vehicle: &str| report(vehicle, corner(0, 0).into());
        let batch = |rows: Vec<Value>| post("/v1/telemetry", rows.into());
        let said = api.must(batch(vec![row("v1"), row("V1"), row("ghost")])).await;
        assert_eq!((&said["taken"], &said["unknown"]), (&json!(3), &json!(2)), "{said}");
        assert_eq!(said["unknown_vehicles"], json!(["V1", "ghost"]));
        api.must(delete("/v1/vehicles/v2")).await;
        assert_eq!(api.must(batch(vec![row("v2")])).await["unknown"], 1);
    })
    .await;
}

/// Where a receiver without a fix says that it is, and a place in the sea off the town.
const NOWHERE: [Place; 2] = [Place { lat: 0.0, lon: 0.0 }, Place { lat: 40.0, lon: -73.5 }];

#[tokio::test]
async fn a_place_near_no_street_moves_nobody_and_the_answer_names_the_vehicle() {
    with_server(options(), async |api| {
        inhabit(&api).await;
        let there = corner(4, 4);
        api.must(post("/v1/telemetry", json!([report("v2", there.into())]))).await;
        api.until("/v1/vehicles/v2", "position", place(there)).await;
        for (nowhere, fix) in NOWHERE.into_iter().zip(["missing", "off_map"]) {
            let batch = json!([report("v1", there.into()), report("v2", nowhere)]);
            let said = api.must(post("/v1/telemetry", batch)).await;
            assert_eq!((&said["taken"], &said["off_map"]), (&json!(2), &json!(1)), "{said}");
            assert_eq!(said["off_map_vehicles"], json!(["v2"]));
            let shown = api.until("/v1/vehicles/v2", "fix", fix).await;
            assert_eq!(shown["position"], place(there), "{nowhere:?}");
        }
        let metrics = api.must(get("/metrics")).await;
        let counted = "paceline_readings_off_map_total{region=\"main\"} 2";
        assert!(metrics.as_str().is_some_and(|text| text.contains(counted)), "{metrics}");
    })
    .await;
}
#[tokio::test]
async fn a_ride_ends_whatever_place_its_vehicle_names() {
    with_server(options(), async |api| {
        inhabit(&api).await;
        for word in ["arrived", "picked-up"] {
            api.must(post(&format!("/v1/vehicles/v1/{word}"), json!({ "order": "taken" }))).await;
        }
        let before = api.must(get("/v1/vehicles/v1")).await["position"].clone();
        let out = json!({ "order": "taken", "position": NOWHERE[0], "battery_percent": 40 });
        api.must(post("/v1/vehicles/v1/dropped-off", out)).await;
        assert_eq!(api.must(get("/v1/orders/taken")).await["phase"], "served");
        let shown = api.until("/v1/vehicles/v1", "battery_percent", 40.0).await;
        assert_eq!((&shown["position"], &shown["job"]), (&before, &json!("free")), "{shown}");
        let metrics = api.must(get("/metrics")).await;
        let counted = "paceline_readings_off_map_total{region=\"main\"} 1";
        assert!(metrics.as_str().is_some_and(|text| text.contains(counted)), "{metrics}");
    })
    .await;
}
#[tokio::test]
async fn a_reading_of_an_hour_ago_is_told_and_passed_over_while_a_newer_one_is_known() {
    with_server(options(), async |api| {
        inhabit(&api).await;
        let an_hour_ago = Instant(now().0 - 3_600_000).to_string();
        let row = |percent: f64, at: Option<&str>| json!({ "vehicle": "v2", "lat": 40.0, "lon": -74.0, "battery_percent": percent, "at": at });
        let batch = json!([row(12.0, Some(&an_hour_ago)), row(60.0, None)]);
        let answer = api.must(post("/v1/telemetry", batch)).await;
        assert_eq!((&answer["taken"], &answer["behind"]), (&json!(2), &json!(1)), "{answer}");
        assert_eq!(answer["behind_vehicles"], json!(["v2"]));
        api.until("/v1/vehicles/v2", "battery_percent", 60.0).await;
        let metrics = api.must(get("/metrics")).await;
        let counted = "paceline_readings_behind_total{region=\"main\"} 1";
        assert!(metrics.as_str().is_some_and(|text| text.contains(counted)), "{metrics}");
    })
    .await;
}
