//! What a served region promises, over real HTTP.

use crate::common::events::Events;
use crate::common::{
    Api, corner, delete, get, options, order, place, post, put, served, vehicle, with_server,
};
use expect_test::expect;
use paceline_serve::ServeOptions;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// The ids of changes up to the first whose event is called `last`.
async fn ids_until(events: &mut Events, last: &str) -> Vec<u64> {
    let mut ids = Vec::new();
    while let Some(told) = events.next().await {
        ids.extend(told.id);
        if told.data["event"].get(last).is_some() {
            break;
        }
    }
    ids
}

/// Tells what a vehicle without a driver tells on a ride.
async fn ride(api: &Api, vehicle: &str, id: &str) {
    api.until(&format!("/v1/orders/{id}"), "phase", "assigned").await;
    let tell = |what: &str, body: Value| post(&format!("/v1/vehicles/{vehicle}/{what}"), body);
    api.must(tell("arrived", json!({ "order": id }))).await;
    api.must(tell("picked-up", json!({ "order": id }))).await;
    let there = json!({ "order": id, "position": place(corner(2, 3)), "battery_percent": 79.0 });
    api.must(tell("dropped-off", there)).await;
}

#[tokio::test]
async fn an_order_is_dispatched_driven_and_served() {
    with_server(options(), async |api| {
        let mut events = Events::open(&api, Some(0)).await;
        api.vehicle("v1", corner(0, 0)).await;
        let placed = api.send(post("/v1/orders", order("o1"))).await;
        assert_eq!(placed.status(), StatusCode::CREATED);
        assert_eq!(placed.headers()["location"], "/v1/orders/o1");
        ride(&api, "v1", "o1").await;
        let shown = api.must(get("/v1/orders/o1")).await;
        assert_eq!((&shown["phase"], &shown["vehicle"]), (&json!("served"), &json!("v1")));
        assert_eq!(api.must(get("/v1/vehicles/v1")).await["job"], "free");
        let ids = ids_until(&mut events, "riders_dropped_off").await;
        assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>(), "every change, in order, once");
    })
    .await;
}

#[tokio::test]
async fn a_driver_who_declines_is_not_asked_again() {
    with_server(options(), async |api| {
        for (id, column) in [("near", 1), ("far", 5)] {
            let mut asked = vehicle(corner(column, 0));
            asked["driver"] = "asked".into();
            api.must(put(&format!("/v1/vehicles/{id}"), asked)).await;
        }
        api.must(post("/v1/orders", order("o1"))).await;
        api.until("/v1/orders/o1", "vehicle", "near").await;
        api.must(post("/v1/vehicles/near/decline", json!({ "order": "o1" }))).await;
        api.until("/v1/orders/o1", "vehicle", "far").await;
        api.must(post("/v1/vehicles/far/accept", json!({ "order": "o1" }))).await;
        assert_eq!(api.must(get("/v1/orders/o1")).await["phase"], "assigned");
    })
    .await;
}

#[tokio::test]
async fn it_explains_why_this_vehicle_and_why_not_the_next_three() {
    with_server(options(), async |api| {
        for column in [3, 4, 5, 6, 7] {
            api.vehicle(&format!("v{column}"), corner(column, 0)).await;
        }
        let mut small = vehicle(corner(2, 0));
        small["seats"] = 1.into();
        api.must(put("/v1/vehicles/small", small)).await;
        let mut pair = order("o1");
        pair["party"] = 2.into();
        api.must(post("/v1/orders", pair)).await;
        api.until("/v1/orders/o1", "phase", "assigned").await;
        let why = api.must(get("/v1/orders/o1/explain")).await;
        expect![[r#"
            [
              "v3 is on its way to the pick-up.",
              "Policy nearest took v3, 0.2 min and 0.10 km away, for 100.0 m of empty distance.",
              "Not v4, 0.3 min and 0.20 km away, for 200.0 m of empty distance: it costs 100.0 m more.",
              "Not v5, 0.5 min and 0.30 km away, for 300.0 m of empty distance: it costs 200.0 m more.",
              "Not v6, 0.7 min and 0.40 km away, for 400.0 m of empty distance: it costs 300.0 m more.",
              "1 more could have served it, at higher prices.",
              "One vehicle had too few seats."
            ]"#]]
        .assert_eq(&serde_json::to_string_pretty(&why["words"]).unwrap());
        let weighed = why["weighing"]["candidates"].as_array().expect("candidates");
        let names: Vec<&str> = weighed.iter().filter_map(|candidate| candidate["vehicle"].as_str()).collect();
        assert_eq!(names, ["v3", "v4", "v5", "v6"]);
        assert_eq!(why["vehicle"], "v3");
        assert_eq!(weighed[0]["passed_over"], Value::Null);
        assert!(weighed[1..].iter().all(|candidate| candidate["passed_over"] == "dearer"));
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_has_one_effect_even_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let place = || post("/v1/orders", order("o1")).key("\"the-key\"");
    let (first, _) = served(options(), dir.path(), async |api| {
        let first = api.say(place()).await;
        let again = api.say(place()).await;
        assert_eq!((first.status, &first.body), (again.status, &again.body));
        first
    })
    .await;
    let (second, _) = served(options(), dir.path(), async |api| {
        let second = api.say(place()).await;
        assert_eq!(api.must(get("/v1/world")).await["orders"], 1);
        second
    })
    .await;
    assert_eq!((first.status, first.body), (second.status, second.body));
}

#[tokio::test]
async fn a_restart_finds_the_world_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (before, summary) = served(options(), dir.path(), async |api| {
        api.vehicle("v1", corner(0, 0)).await;
        api.must(post("/v1/orders", order("o1"))).await;
        ride(&api, "v1", "o1").await;
        let unserved =
            json!({ "id": "o2", "pickup": place(corner(2, 0)), "dropoff": place(corner(2, 3)), "party": 9 });
        api.must(post("/v1/orders", unserved)).await;
        api.must(get("/v1/world")).await
    })
    .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    let (after, _) = served(options(), dir.path(), async |api| api.must(get("/v1/world")).await).await;
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_restart_matches_no_vehicle_until_it_has_spoken_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let report = |at: paceline_model::Position, percent: f64| {
        let row = json!({ "vehicle": "v1", "lat": at.lat(), "lon": at.lon(), "battery_percent": percent });
        post("/v1/telemetry", json!([row]))
    };
    served(options(), dir.path(), async |api| {
        api.vehicle("v1", corner(0, 0)).await;
        api.must(report(corner(4, 4), 16.0)).await;
        api.until("/v1/vehicles/v1", "battery_percent", 16.0).await;
    })
    .await;
    served(options(), dir.path(), async |api| {
        assert_eq!(api.must(get("/v1/vehicles/v1")).await["fix"], "awaited");
        api.must(post("/v1/orders", order("o1"))).await;
        // A dozen ticks.
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        assert_eq!(api.must(get("/v1/orders/o1")).await["phase"], "open");
        let why = api.must(get("/v1/orders/o1/explain")).await;
        let said = "v1 is free, but has not said where it is since the last start.";
        assert!(why["words"].as_array().is_some_and(|words| words.contains(&json!(said))), "{why}");
        api.must(report(corner(4, 4), 16.0)).await;
        api.until("/v1/orders/o1", "phase", "assigned").await;
        let shown = api.until("/v1/vehicles/v1", "fix", "current").await;
        assert_eq!((&shown["position"], &shown["battery_percent"]), (&place(corner(4, 4)), &json!(16.0)));
    })
    .await;
}

#[tokio::test]
async fn a_stream_goes_on_where_it_broke_off() {
    let options = ServeOptions { stream_ring: 4, ..options() };
    with_server(options, async |api| {
        for number in 1..=6 {
            api.must(post("/v1/orders", order(&format!("o{number}")))).await;
        }
        let mut events = Events::open(&api, Some(4)).await;
        let (five, six) = (events.next().await.unwrap(), events.next().await.unwrap());
        assert_eq!((five.id, six.id), (Some(5), Some(6)));
        assert_eq!(six.data["event"]["order_placed"]["spec"]["id"], "o6");
        let mut late = Events::open(&api, Some(1)).await;
        assert_eq!(late.next().await.unwrap().name, "reset", "what it missed is no longer kept");
    })
    .await;
}

#[tokio::test]
async fn shutting_down_says_goodbye_to_streams_and_leaves_no_task() {
    let dir = tempfile::tempdir().unwrap();
    let (mut events, summary) =
        served(options(), dir.path(), async |api| Events::open(&api, None).await).await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    let mut last = None;
    while let Some(told) = events.next().await {
        last = Some(told.name);
    }
    assert_eq!(last.as_deref(), Some("bye"));
}

#[tokio::test]
async fn a_clean_end_leaves_a_snapshot_of_all_that_was_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let place = async |api: Api| _ = api.must(post("/v1/orders", order("o1"))).await;
    let (_, summary) = served(options(), dir.path(), place).await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    let verified = paceline_journal::verify(dir.path()).unwrap();
    assert_eq!(verified.snapshot, Some(verified.last), "whoever starts next reads no record: {verified:?}");
}

#[tokio::test]
async fn a_vehicle_is_where_its_newest_reading_says() {
    with_server(options(), async |api| {
        api.vehicle("v1", corner(0, 0)).await;
        let at = |offset_s: u32| (crate::common::now() + paceline_model::Millis::from_secs(offset_s)).to_string();
        let row = |percent: f64, at: String| {
            let there = corner(4, 4);
            json!({ "vehicle": "v1", "lat": there.lat(), "lon": there.lon(), "battery_percent": percent, "at": at })
        };
        let taken = api.must(post("/v1/telemetry", json!([row(70.0, at(2)), row(71.0, at(1))]))).await;
        assert_eq!(taken, json!({ "taken": 2, "ahead": 0, "behind": 0, "behind_vehicles": [], "unknown": 0, "unknown_vehicles": [], "off_map": 0, "off_map_vehicles": [] }));
        for _ in 0..200 {
            if api.must(get("/v1/vehicles/v1")).await["battery_percent"] == 70.0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the reading never arrived: {}", api.must(get("/v1/vehicles/v1")).await);
    })
    .await;
}

#[tokio::test]
async fn an_order_that_is_called_off_frees_its_vehicle() {
    with_server(options(), async |api| {
        api.vehicle("v1", corner(0, 0)).await;
        api.must(post("/v1/orders", order("o1"))).await;
        api.until("/v1/orders/o1", "phase", "assigned").await;
        api.must(delete("/v1/orders/o1")).await;
        assert_eq!(api.must(get("/v1/orders/o1")).await["phase"], "cancelled");
        assert_eq!(api.must(get("/v1/vehicles/v1")).await["job"], "free");
    })
    .await;
}

#[tokio::test]
async fn it_says_that_it_lives_and_what_it_measures() {
    with_server(options(), async |api| {
        assert_eq!(api.must(get("/healthz")).await, "ok");
        assert_eq!(api.must(get("/readyz")).await, "ready");
        api.must(post("/v1/orders", order("o1"))).await;
        let metrics = api.must(get("/metrics")).await;
        assert!(
            metrics.as_str().unwrap().contains("paceline_orders_placed_total{region=\"main\"} 1"),
            "{metrics}"
        );
        let page = api.must(get("/")).await;
        let page = page.as_str().unwrap();
        assert!(
            !page.contains("https://") && !page.contains("src="),
            "the page fetches nothing from elsewhere"
        );
    })
    .await;
}
