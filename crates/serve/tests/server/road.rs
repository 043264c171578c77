//! Questions to the road network over HTTP.

use crate::common::{Api, Call, corner, options, place, post, with_server};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

async fn asked(path: &str, question: Value) -> Value {
    with_server(options(), async |api: Api| api.must(post(path, question)).await).await
}

#[tokio::test]
async fn a_route_is_a_line_with_what_it_takes_and_how_full_the_battery_is() {
    let question = json!({
        "from": place(corner(0, 0)), "to": place(corner(0, 3)),
        "vehicle": { "consumption_wh_per_km": 200.0, "auxiliary_w": 500.0 },
        "battery": { "kwh": 10.0, "percent": 50.0 },
    });
    let feature = asked("/v1/road/route", question).await;
    assert_eq!((&feature["type"], &feature["geometry"]["type"]), (&json!("Feature"), &json!("LineString")));
    let takes = &feature["properties"];
    let number = |name: &str| takes[name].as_f64().expect("a number");
    assert!(number("time_s") > 0.0 && number("distance_m") > 0.0);
    let used_percent = number("energy_wh") / 10_000.0 * 100.0;
    assert!((50.0 - number("charge_percent") - used_percent).abs() < 0.02, "{takes}");
    let corners = feature["geometry"]["coordinates"].as_array().expect("corners").len();
    assert_eq!(takes["charge_percent_at"].as_array().expect("one per corner").len(), corners);
}

#[tokio::test]
async fn a_table_has_a_row_per_start_and_agrees_with_single_routes() {
    let places = [corner(0, 0), corner(2, 3), corner(5, 1)].map(place);
    with_server(options(), async |api: Api| {
        let table = api.must(post("/v1/road/table", json!({ "from": &places[..2], "to": &places }))).await;
        assert_eq!(table["times_s"].as_array().expect("rows").len(), 2);
        for (row, from) in places[..2].iter().enumerate() {
            for (column, to) in places.iter().enumerate() {
                let way = api.must(post("/v1/road/route", json!({ "from": from, "to": to }))).await;
                assert_eq!(table["times_s"][row][column], way["properties"]["time_s"]);
                assert_eq!(table["distances_m"][row][column], way["properties"]["distance_m"]);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_nearest_of_some_places_come_first_and_without_any_the_nearest_streets() {
    let among = [corner(6, 6), corner(1, 0), corner(3, 3)].map(place);
    with_server(options(), async |api: Api| {
        let question = json!({ "place": place(corner(0, 0)), "among": among, "count": 2 });
        let found = api.must(post("/v1/road/nearest", question)).await;
        let order: Vec<&Value> = found["features"]
            .as_array()
            .expect("features")
            .iter()
            .map(|f| &f["properties"]["index"])
            .collect();
        assert_eq!(order, [&json!(1), &json!(2)]);
        let streets = api.must(post("/v1/road/nearest", json!({ "place": place(corner(0, 0)) }))).await;
        let nearest = &streets["features"][0]["properties"];
        assert!(nearest["off_m"].as_f64().expect("metres") < 1.0 && nearest["edge"].is_u64());
    })
    .await;
}

#[tokio::test]
async fn an_isochrone_is_an_area_and_the_roads_in_it() {
    for limit in [json!({ "seconds": 60.0 }), json!({ "watt_hours": 100.0 })] {
        let mut question = json!({ "from": place(corner(3, 3)) });
        let (name, value) = limit.as_object().expect("an object").iter().next().expect("a limit");
        question[name] = value.clone();
        let found = asked("/v1/road/isochrone", question).await;
        let features = found["features"].as_array().expect("features");
        assert_eq!(features[0]["geometry"]["type"], "MultiPolygon");
        assert!(features.len() > 4, "{} features", features.len());
        assert!(features[1]["properties"]["time_s"].as_f64().expect("seconds") >= 0.0);
    }
}

fn trace(times: [&str; 2]) -> Value {
    let at = |place: Value, time: &str| json!({ "lat": place["lat"], "lon": place["lon"], "time": time });
    json!({ "positions": [at(place(corner(0, 0)), times[0]), at(place(corner(0, 2)), times[1])] })
}

#[tokio::test]
async fn a_trace_is_matched_to_streets() {
    let found = asked("/v1/road/match", trace(["2026-11-24T08:00:00Z", "2026-11-24T08:00:40Z"])).await;
    let features = found["features"].as_array().expect("features");
    assert_eq!((features.len(), &features[0]["geometry"]["type"]), (3, &json!("LineString")));
    assert!(features[0]["properties"]["distance_m"].as_f64().expect("metres") > 50.0);
}

async fn refused(call: Call, expected: Expect) {
    let said = with_server(options(), async |api: Api| {
        let said = api.say(call).await;
        let page =
            api.must(crate::common::get(said.body["type"].as_str().expect("a problem has a type"))).await;
        assert!(page.as_str().is_some_and(|page| page.contains("**Cure.**")), "its page says what to do");
        said
    })
    .await;
    expected.assert_eq(&said.to_string());
}

#[tokio::test]
async fn a_question_about_a_place_in_the_sea() {
    let sea = json!({ "lat": 0.0, "lon": 0.0 });
    refused(
        post("/v1/road/route", json!({ "from": sea, "to": sea })),
        expect!["422 E0102 from is 0, 0: must lie within 500 m of a road of this region"],
    )
    .await;
}
#[tokio::test]
async fn a_table_beyond_its_size() {
    let many = vec![json!({ "lat": 0, "lon": 0 }); 201];
    let one = vec![place(corner(0, 0))];
    refused(
        post("/v1/road/table", json!({ "from": one, "to": many })),
        expect!["422 E0101 to is 201 places: must have between 1 and 200 places"],
    )
    .await;
}
#[tokio::test]
async fn a_table_of_nothing() {
    refused(
        post("/v1/road/table", json!({ "from": [], "to": [] })),
        expect!["422 E0101 from is 0 places: must have between 1 and 200 places"],
    )
    .await;
}
#[tokio::test]
async fn a_nearest_of_none() {
    refused(
        post("/v1/road/nearest", json!({ "place": place(corner(0, 0)), "count": 0 })),
        expect!["422 E0101 count is 0: must lie within 1 and 2000"],
    )
    .await;
}
#[tokio::test]
async fn an_isochrone_without_a_limit() {
    refused(
        post("/v1/road/isochrone", json!({ "from": place(corner(0, 0)) })),
        expect!["422 E0101 seconds is left out, as is watt_hours: must lie within 1 and 7200"],
    )
    .await;
}
#[tokio::test]
async fn an_isochrone_of_a_negative_time() {
    let question = json!({ "from": place(corner(0, 0)), "seconds": -5.0 });
    refused(
        post("/v1/road/isochrone", question),
        expect!["422 E0101 seconds is -5: must lie within 1 and 7200"],
    )
    .await;
}
#[tokio::test]
async fn a_vehicle_that_uses_nothing() {
    let here = place(corner(0, 0));
    let question = json!({ "from": here, "to": here, "vehicle": { "consumption_wh_per_km": 0.0 } });
    refused(
        post("/v1/road/route", question),
        expect!["422 E0101 vehicle.consumption_wh_per_km is 0: must lie within 1 and 5000"],
    )
    .await;
}
#[tokio::test]
async fn a_trace_out_of_order() {
    let question = trace(["2026-11-24T08:00:40Z", "2026-11-24T08:00:00Z"]);
    refused(post("/v1/road/match", question), expect!["422 E0101 positions[1].time is 2026-11-24T08:00:00.000Z: must not be earlier than positions[0].time"]).await;
}
#[tokio::test]
async fn a_trace_in_the_sea() {
    let question = json!({ "positions": [{ "lat": 0.0, "lon": 0.0, "time": "2026-11-24T08:00:00Z" }] });
    refused(
        post("/v1/road/match", question),
        expect!["422 E0102 positions is 0, 0: must lie within 50 m of a road of this region"],
    )
    .await;
}

#[test]
fn the_page_lists_every_refusal() {
    let (tests, page) = (include_str!("road.rs"), include_str!("../../../../docs/bad-input.md"));
    let after = tests.split("async fn refused").nth(1).expect("refusals");
    let names = after.lines().filter_map(|line| line.strip_prefix("async fn ")?.split_once("() {"));
    let unlisted: Vec<&str> =
        names.map(|(name, _)| name).filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(unlisted.is_empty(), "docs/bad-input.md does not name {unlisted:?}");
}
