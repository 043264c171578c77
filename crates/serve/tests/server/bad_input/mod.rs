//! Bad input over HTTP: each call is refused with a code, a field and a rule, and the world stays as it was.
//! `docs/bad-input.md` lists them all; the last test keeps that page complete.

mod shapes;

use crate::common::{Api, Call, corner, delete, get, options, order, place, post, put, vehicle, with_server};
use expect_test::{Expect, expect};
use paceline_model::{Instant, Millis};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Sends `call` to a region in which v1 is on its way to order `taken`, v2 stands idle far off, and charger c1 is open.
async fn refused(call: Call, expected: Expect) {
    with_server(options(), async |api| {
        inhabit(&api).await;
        let before = api.digest().await;
        let said = api.say(call).await;
        expected.assert_eq(&said.to_string());
        assert!(said.status.is_client_error());
        let page = api.must(get(said.body["type"].as_str().expect("a problem has a type"))).await;
        assert!(page.as_str().is_some_and(|page| page.contains("**Cure.**")), "its page says what to do");
        assert_eq!(before, api.digest().await, "nothing of it was applied");
    })
    .await;
}

async fn inhabit(api: &Api) {
    let charger = json!({ "position": place(corner(0, 0)), "plugs": 1, "plug_kw": 50.0 });
    api.must(put("/v1/chargers/c1", charger)).await;
    api.vehicle("v1", corner(1, 0)).await;
    let mut far = vehicle(corner(7, 7));
    far["seats"] = 1.into();
    api.must(put("/v1/vehicles/v2", far)).await;
    let mut taken = order("taken");
    taken["party"] = 2.into();
    api.must(post("/v1/orders", taken).key("k1")).await;
    api.until("/v1/orders/taken", "phase", "assigned").await;
}

/// A good order with one field set.
fn order_with(field: &str, value: impl Into<Value>) -> Call {
    let mut body = order("new");
    body[field] = value.into();
    post("/v1/orders", body)
}

/// A good vehicle with one field set.
fn vehicle_with(field: &str, value: impl Into<Value>) -> Call {
    let mut body = vehicle(corner(3, 3));
    body[field] = value.into();
    put("/v1/vehicles/v3", body)
}

/// A time as messages write it, before or after now.
fn at(offset_s: i64) -> String {
    let now = crate::common::now();
    let span = Millis::from_secs(offset_s.unsigned_abs() as u32);
    let moment: Instant = if offset_s < 0 { now - span } else { now + span };
    moment.to_string()
}

#[tokio::test]
async fn malformed_json() {
    let call = Call::new(Method::POST, "/v1/orders", r#"{"pickup": {"lat": 40.0,"#);
    refused(call, expect!["400 E0103 pickup.?: EOF while parsing a value at line 1 column 24"]).await;
}
#[tokio::test]
async fn a_body_that_is_not_said_to_be_json() {
    let call = post("/v1/orders", order("new")).header("content-type", "text/plain");
    refused(call, expect![[r#"415 E0106 Content-Type is "text/plain": must be application/json."#]]).await;
}
#[tokio::test]
async fn a_field_that_is_not_known() {
    refused(order_with("pikcup", "here"), expect!["400 E0103 pikcup: unknown field `pikcup`, expected one of `id`, `pickup`, `dropoff`, `party`, `earliest_pickup`, `latest_pickup`, `max_wait_s`, `desired_arrival`, `priority`, `attributes`, `geofence` at line 1 column 104"]).await;
}
#[tokio::test]
async fn a_field_that_is_missing() {
    refused(
        post("/v1/orders", json!({ "pickup": place(corner(0, 0)) })),
        expect!["400 E0103 missing field `dropoff` at line 1 column 35"],
    )
    .await;
}
#[tokio::test]
async fn a_field_of_another_type() {
    refused(
        order_with("party", "two"),
        expect![[r#"400 E0103 party: invalid type: string "two", expected a whole number from 0 to 255 at line 1 column 70"#]],
    )
    .await;
}
#[tokio::test]
async fn a_field_in_another_unit() {
    refused(vehicle_with("battery_wh", 62_000), expect!["400 E0103 battery_wh: unknown field `battery_wh`, expected one of `seats`, `battery_kwh`, `consumption_wh_per_km`, `grams_per_kwh`, `attributes`, `driver`, `position`, `battery_percent`, `heading_deg` at line 1 column 55"]).await;
}
#[tokio::test]
async fn watt_hours_where_kilowatt_hours_are_meant() {
    refused(
        vehicle_with("battery_kwh", 62_000),
        expect!["422 E0101 battery_kwh is 62000: must lie within 0.1 and 2000"],
    )
    .await;
}
#[tokio::test]
async fn kilowatt_hours_where_watt_hours_are_meant() {
    refused(
        vehicle_with("consumption_wh_per_km", 0.16),
        expect!["422 E0101 consumption_wh_per_km is 0.16: must lie within 1 and 5000"],
    )
    .await;
}
#[tokio::test]
async fn watts_where_kilowatts_are_meant() {
    let charger = json!({ "position": place(corner(0, 0)), "plugs": 2, "plug_kw": 50_000 });
    refused(
        put("/v1/chargers/c2", charger),
        expect!["422 E0101 plug_kw is 50000: must lie within 0.1 and 4000"],
    )
    .await;
}
#[tokio::test]
async fn a_latitude_beyond_the_pole() {
    refused(
        order_with("pickup", json!({ "lat": 90.5, "lon": -74.0 })),
        expect!["422 E0101 pickup.lat is 90.5: must lie within -90 and 90"],
    )
    .await;
}
#[tokio::test]
async fn a_longitude_beyond_the_date_line() {
    refused(
        order_with("dropoff", json!({ "lat": 40.0, "lon": 181.0 })),
        expect!["422 E0101 dropoff.lon is 181: must lie within -180 and 180"],
    )
    .await;
}
#[tokio::test]
async fn a_place_off_the_map() {
    refused(
        order_with("pickup", json!({ "lat": 52.52, "lon": 13.4 })),
        expect!["422 E0102 pickup is 52.52, 13.4: must lie within 500 m of a road of this region"],
    )
    .await;
}
#[tokio::test]
async fn a_battery_beyond_full() {
    refused(
        vehicle_with("battery_percent", 100.5),
        expect!["422 E0101 battery_percent is 100.5: must lie within 0 and 100"],
    )
    .await;
}
#[tokio::test]
async fn a_heading_beyond_the_circle() {
    refused(
        vehicle_with("heading_deg", 400),
        expect!["422 E0101 heading_deg is 400: must lie within 0 and 360"],
    )
    .await;
}
#[tokio::test]
async fn a_party_of_nobody() {
    refused(order_with("party", 0), expect!["422 E0101 party is 0: must lie within 1 and 64"]).await;
}
#[tokio::test]
async fn an_id_that_is_too_long() {
    refused(order_with("id", "x".repeat(65)), expect!["422 E0101 id is xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: must have between 1 and 64 bytes"]).await;
}
#[tokio::test]
async fn an_id_with_other_characters() {
    refused(
        order_with("id", "order no. 7"),
        expect!["422 E0101 id is order no. 7: may hold only letters, digits and - _ . : @"],
    )
    .await;
}
#[tokio::test]
async fn an_id_in_the_path_that_is_too_long() {
    let call = put(&format!("/v1/vehicles/{}", "x".repeat(65)), vehicle(corner(3, 3)));
    refused(call, expect!["422 E0101 vehicle_id is xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: must have between 1 and 64 bytes"]).await;
}
#[tokio::test]
async fn too_many_tags() {
    let tags: Vec<String> = (0..17).map(|number| format!("tag-{number}")).collect();
    refused(
        order_with("priority", tags),
        expect!["422 E0101 priority is 17 tags: must have between 0 and 16 tags"],
    )
    .await;
}
#[tokio::test]
async fn a_time_that_is_none() {
    refused(order_with("latest_pickup", "tomorrow"), expect!["422 E0101 latest_pickup is tomorrow: must be a time as in RFC 3339, such as 2026-11-23T08:00:00Z, not before 1970"]).await;
}
#[tokio::test]
async fn a_time_in_the_past() {
    let mut body = order("new");
    body["earliest_pickup"] = "2026-01-01T08:00:00Z".into();
    body["latest_pickup"] = "2026-01-01T08:10:00Z".into();
    refused(
        post("/v1/orders", body),
        expect!["422 E0101 latest_pickup is 2026-01-01T08:10:00.000Z: must not be earlier than now"],
    )
    .await;
}
#[tokio::test]
async fn times_in_the_wrong_order() {
    let mut body = order("new");
    body["earliest_pickup"] = "2026-01-01T08:10:00Z".into();
    body["latest_pickup"] = "2026-01-01T08:00:00Z".into();
    refused(post("/v1/orders", body), expect!["422 E0101 latest_pickup is 2026-01-01T08:00:00.000Z: must not be earlier than earliest_pickup (2026-01-01T08:10:00.000Z)"]).await;
}
#[tokio::test]
async fn a_time_too_far_ahead() {
    refused(
        order_with("latest_pickup", "2926-01-01T08:00:00Z"),
        expect!["422 E0101 latest_pickup is 2926-01-01T08:00:00.000Z: must not be more than 7 days ahead"],
    )
    .await;
}
#[tokio::test]
async fn a_latest_pickup_said_twice() {
    let mut body = order("new");
    body["latest_pickup"] = at(600).into();
    body["max_wait_s"] = 600.into();
    refused(
        post("/v1/orders", body),
        expect!["422 E0101 max_wait_s is 600: must be left out where latest_pickup is given"],
    )
    .await;
}
#[tokio::test]
async fn an_order_that_exists() {
    refused(post("/v1/orders", order("taken")), expect!["409 E0202 an order called taken exists already"])
        .await;
}
#[tokio::test]
async fn a_key_used_for_another_request() {
    refused(
        post("/v1/orders", order("new")).key("k1"),
        expect!["422 E0301 this idempotency key was used for a different request"],
    )
    .await;
}
#[tokio::test]
async fn a_key_that_is_too_long() {
    refused(post("/v1/orders", order("new")).key(&"k".repeat(65)), expect!["422 E0101 Idempotency-Key is kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: must have between 1 and 64 bytes"]).await;
}
#[tokio::test]
async fn a_body_that_is_too_large() {
    let call = Call::new(Method::POST, "/v1/telemetry", " ".repeat(4_097));
    refused(call, expect!["413 E0107 The body is larger than 4096 bytes, or broke off."]).await;
}
#[tokio::test]
async fn a_batch_that_is_too_long() {
    let row = json!({ "vehicle": "v", "lat": 40.0, "lon": -74.0, "battery_percent": 50 });
    refused(
        post("/v1/telemetry", vec![row; 11].into()),
        expect!["422 E0101 batch is 11 readings: must have between 0 and 10 readings"],
    )
    .await;
}
#[tokio::test]
async fn a_batch_with_one_bad_row() {
    let row = |vehicle: &str, lat: f64| json!({ "vehicle": vehicle, "lat": lat, "lon": -74.0, "battery_percent": 50 });
    with_server(options(), async |api| {
        inhabit(&api).await;
        let said = api.say(post("/v1/telemetry", json!([row("v2", 40.0), row("v1", 95.0)]))).await;
        expect!["422 E0101 [1].lat is 95: must lie within -90 and 90"].assert_eq(&said.to_string());
        // Two ticks later the good row would show.
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(
            api.must(get("/v1/vehicles/v2")).await["battery_percent"],
            80.0,
            "none of the batch was taken"
        );
    })
    .await;
}
#[tokio::test]
async fn a_reading_of_next_year_counts_as_of_now_and_the_next_one_is_taken() {
    let row = |at: Option<&str>, percent: f64| json!([{ "vehicle": "v2", "lat": 40.0, "lon": -74.0, "battery_percent": percent, "at": at }]);
    with_server(options(), async |api| {
        inhabit(&api).await;
        let answer = api.must(post("/v1/telemetry", row(Some("2199-01-01T00:00:00Z"), 60.0))).await;
        assert_eq!(answer, json!({ "taken": 1, "ahead": 1, "behind": 0, "behind_vehicles": [], "unknown": 0, "unknown_vehicles": [], "off_map": 0, "off_map_vehicles": [] }));
        api.until("/v1/vehicles/v2", "battery_percent", 60.0).await;
        let answer = api.must(post("/v1/telemetry", row(None, 59.0))).await;
        assert_eq!(answer, json!({ "taken": 1, "ahead": 0, "behind": 0, "behind_vehicles": [], "unknown": 0, "unknown_vehicles": [], "off_map": 0, "off_map_vehicles": [] }));
        api.until("/v1/vehicles/v2", "battery_percent", 59.0).await;
    })
    .await;
}
#[tokio::test]
async fn an_area_that_is_no_polygon() {
    let line = json!({ "type": "LineString", "coordinates": [[[-74.0, 40.0], [-74.0, 40.1]]] });
    refused(put("/v1/geofences/g1", line), expect!["422 E0101 type is LineString: must be one of Polygon"])
        .await;
}
#[tokio::test]
async fn an_area_with_two_corners() {
    let area = json!({ "type": "Polygon", "coordinates": [[[-74.0, 40.0], [-74.0, 40.1], [-74.0, 40.0]]] });
    refused(
        put("/v1/geofences/g1", area),
        expect!["422 E0101 coordinates[0] is 2 corners: must have between 3 and 10000 corners"],
    )
    .await;
}
#[tokio::test]
async fn a_fault_of_no_known_kind() {
    refused(post("/v1/vehicles/v1/fault", json!({ "reason": "tired" })), expect!["400 E0103 reason: unknown variant `tired`, expected one of `breakdown`, `collision`, `empty_battery`, `automation`, `other` at line 1 column 17"]).await;
}
#[tokio::test]
async fn a_path_that_is_not_served() {
    refused(get("/v1/order/taken"), expect!["404 E0104 Nothing is served here."]).await;
}
#[tokio::test]
async fn a_method_that_is_not_served() {
    refused(
        Call::new(Method::PATCH, "/v1/orders/taken", "{}"),
        expect!["405 E0105 This path is served, but not with this method."],
    )
    .await;
}
#[tokio::test]
async fn an_order_that_nobody_placed() {
    refused(delete("/v1/orders/unheard-of"), expect!["404 E0201 no order is called unheard-of"]).await;
}
#[tokio::test]
async fn a_word_that_comes_too_early() {
    refused(
        post("/v1/vehicles/v1/picked-up", json!({ "order": "taken" })),
        expect!["409 E0203 order taken is Assigned: this cannot happen to it now"],
    )
    .await;
}
#[tokio::test]
async fn a_word_from_another_vehicle() {
    refused(
        post("/v1/vehicles/v2/arrived", json!({ "order": "taken" })),
        expect!["409 E0204 order taken is not with vehicle v2"],
    )
    .await;
}
#[tokio::test]
async fn a_recovery_of_what_is_not_broken() {
    refused(
        post("/v1/vehicles/v2/recover", json!({})),
        expect!["409 E0205 vehicle v2 is Running: this cannot happen to it now"],
    )
    .await;
}
#[tokio::test]
async fn retiring_a_vehicle_with_riders_aboard() {
    with_server(options(), async |api| {
        inhabit(&api).await;
        for word in ["arrived", "picked-up"] {
            api.must(post(&format!("/v1/vehicles/v1/{word}"), json!({ "order": "taken" }))).await;
        }
        let said = api.say(delete("/v1/vehicles/v1")).await;
        expect!["409 E0206 vehicle v1 is busy"].assert_eq(&said.to_string());
    })
    .await;
}

#[tokio::test]
async fn a_plug_that_is_taken() {
    with_server(options(), async |api| {
        inhabit(&api).await;
        api.vehicle("v3", corner(0, 0)).await;
        let plug =
            |vehicle: &str| post(&format!("/v1/vehicles/{vehicle}/plug-in"), json!({ "charger": "c1" }));
        api.must(plug("v3")).await;
        let said = api.say(plug("v2")).await;
        expect!["409 E0207 no plug is free at c1"].assert_eq(&said.to_string());
    })
    .await;
}

#[test]
fn the_page_lists_every_refusal() {
    let page = include_str!("../../../../../docs/bad-input.md");
    let tests = [include_str!("mod.rs"), include_str!("shapes.rs"), include_str!("../overload.rs")];
    let lines = tests.iter().flat_map(|text| text.lines());
    let names = lines.filter_map(|line| line.strip_prefix("async fn ")?.split_once("() {"));
    let unlisted: Vec<&str> =
        names.map(|(name, _)| name).filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(unlisted.is_empty(), "docs/bad-input.md does not name {unlisted:?}");
}
