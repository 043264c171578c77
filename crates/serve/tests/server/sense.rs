//! The fleet as the sensor of a running server: what its vehicles say of where they are becomes travel times.

use crate::common::events::Events;
use crate::common::{Api, corner, get, options, order, place, post, town, with_server_after};
use paceline_model::{Instant, Millis, Position};
use paceline_road::{EdgeId, Roads};
use paceline_serve::{ServeError, TrafficOptions};
use serde_json::{Value, json};
use std::time::Duration;

/// Looks every second, and two edges are much.
fn senses() -> TrafficOptions {
    TrafficOptions {
        look_every: Millis(1_000),
        metric_every: Millis(1_000),
        changed_edges: 2,
        ..TrafficOptions::default()
    }
}

async fn seconds(api: &Api) -> f64 {
    let question = json!({ "from": place(corner(0, 0)), "to": place(corner(2, 0)) });
    let way = api.must(post("/v1/road/route", question)).await;
    // To the second: a corner is a place on one of four streets, within a millimetre of it.
    way["properties"]["time_s"].as_f64().expect("seconds").round()
}

fn between(a: Position, b: Position, share: f64) -> Position {
    let mix = |a: f64, b: f64| a + (b - a) * share;
    Position::new(mix(a.lat(), b.lat()), mix(a.lon(), b.lon())).expect("between two places")
}

fn item(vehicle: &str, at: Position, when: Instant) -> Value {
    json!({ "vehicle": vehicle, "lat": at.lat(), "lon": at.lon(), "battery_percent": 80.0, "at": when.to_string() })
}

/// A vehicle gets an order two blocks along a row of corners, and says every 5 s where it is on its way there, at so many metres
/// per second; the drive ends now. On row 0 it is `v1` with `o1`.
async fn drive(api: &Api, row: u32, metres_per_s: f64) {
    let (vehicle, id) = (format!("v{}", row + 1), format!("o{}", row + 1));
    api.vehicle(&vehicle, corner(0, row)).await;
    let mut order = order(&id);
    order["pickup"] = place(corner(2, row));
    api.must(post("/v1/orders", order)).await;
    api.until(&format!("/v1/orders/{id}"), "phase", "assigned").await;
    let count = (200.0 / metres_per_s / 5.0) as u32;
    let begin = Instant(crate::common::now().0 - u64::from(count) * 5_000);
    let fix = |i: u32| {
        let way = between(corner(0, row), corner(2, row), f64::from(i * 5) * metres_per_s / 200.0);
        item(&vehicle, way, begin + Millis::from_secs(i * 5))
    };
    let fixes: Vec<Value> = (0..=count).map(fix).collect();
    for batch in fixes.chunks(10) {
        api.must(post("/v1/telemetry", Value::from(batch))).await;
    }
}

/// A line of the metrics.
async fn figure(api: &Api, name: &str) -> f64 {
    let text = api.must(get("/metrics")).await;
    let text = text.as_str().expect("text");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}"));
    line.trim().parse().expect("a number")
}

async fn until(api: &Api, name: &str, least: f64) {
    for _ in 0..1_000 {
        if figure(api, name).await >= least {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{name} never reached {least}: {}", figure(api, name).await)
}

#[tokio::test]
async fn where_a_vehicle_crawls_the_next_route_goes_another_way_and_it_is_shown_why() {
    with_server_after(
        options(),
        |server| server.with_traffic(senses()),
        async |api: Api| {
            assert_eq!(seconds(&api).await, 20.0);
            drive(&api, 0, 1.5).await;
            until(&api, "paceline_traffic_edges_known{region=\"main\"}", 2.0).await;
            let known = api.must(get("/v1/traffic")).await;
            assert_eq!(known["observed"], 2, "{known}");
            for edge in known["edges"].as_array().expect("edges") {
                let kmh = edge["kmh"].as_f64().expect("a speed");
                assert!((kmh / 5.4 - 1.0).abs() < 0.2 && edge["usual_kmh"] == 36.0, "{edge}");
            }
            // Around the block and not through the jam.
            assert_eq!(seconds(&api).await, 40.0);
            let swapped = ["Due", "Changed"].map(|reason| {
                format!("paceline_traffic_metrics_total{{region=\"main\",reason=\"{reason}\"}}")
            });
            assert!(figure(&api, &swapped[0]).await + figure(&api, &swapped[1]).await >= 1.0);
            assert!(
                figure(&api, "paceline_traffic_probes_total{region=\"main\",fate=\"Matched\"}").await > 20.0
            );
        },
    )
    .await;
}

#[tokio::test]
async fn where_vehicles_crawl_on_two_streets_a_street_between_is_held_to_be_slow_though_nobody_drove_it() {
    with_server_after(
        options(),
        |server| server.with_traffic(senses()),
        async |api: Api| {
            drive(&api, 0, 1.5).await;
            until(&api, "paceline_traffic_edges_known{region=\"main\"}", 2.0).await;
            assert_eq!(
                api.must(get("/v1/traffic")).await["inferred"],
                0,
                "nothing is inferred from one street"
            );
            drive(&api, 1, 1.5).await;
            until(&api, "paceline_traffic_edges_known{region=\"main\"}", 4.0).await;
            let known = api.must(get("/v1/traffic")).await;
            let edges = known["edges"].as_array().expect("edges");
            let slow =
                |edge: &&Value| edge["source"] == "inferred" && edge["kmh"].as_f64() < Some(36.0 * 0.6);
            assert!(known["inferred"].as_u64() > Some(0) && edges.iter().any(|edge| slow(&edge)), "{known}");
        },
    )
    .await;
}

#[tokio::test]
async fn probes_that_no_vehicle_can_have_made_change_nothing_and_are_counted() {
    with_server_after(
        options(),
        |server| server.with_traffic(senses()),
        async |api: Api| {
            api.vehicle("v1", corner(0, 0)).await;
            api.must(post("/v1/orders", order("o1"))).await;
            api.until("/v1/orders/o1", "phase", "assigned").await;
            let now = crate::common::now();
            let ago = |seconds: u64| Instant(now.0 - seconds * 1_000);
            let sea = Position::new(0.0, 0.0).expect("a place");
            let said = json!([
                item("v1", corner(0, 0), ago(50)),
                item("v1", sea, ago(49)),
                item("v1", corner(7, 7), ago(48)),
                item("v1", corner(0, 0), ago(5_000)),
                item("v1", corner(1, 0), Instant(now.0 + 3_600_000)),
                item("nobody", corner(1, 0), ago(3)),
            ]);
            let answer = api.must(post("/v1/telemetry", said)).await;
            // What is said of the next hour counts as of now, where it is as good as any.
            assert_eq!(answer["ahead"], 1);
            until(&api, "paceline_traffic_probes_total{region=\"main\",fate=\"Implausible\"}", 3.0).await;
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            assert_eq!(api.must(get("/v1/traffic")).await["edges"], json!([]));
            assert_eq!(seconds(&api).await, 20.0);
        },
    )
    .await;
}

#[tokio::test]
async fn where_the_fleet_is_no_sensor_nothing_is_seen() {
    let blind = TrafficOptions { probes: false, ..senses() };
    with_server_after(
        options(),
        |server| server.with_traffic(blind),
        async |api: Api| {
            drive(&api, 0, 1.5).await;
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            assert_eq!(api.must(get("/v1/traffic")).await["observed"], 0);
            assert_eq!(seconds(&api).await, 20.0);
        },
    )
    .await;
}

#[tokio::test]
async fn a_profile_holds_soon_after_the_start_and_a_bad_one_is_refused() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("speeds.csv");
    let write = |line: &str| {
        std::fs::write(&file, format!("streets,days,hours,factor\n{line}\n")).expect("it can be written");
    };
    let with = |file: &std::path::Path| TrafficOptions { profile: Some(file.to_owned()), ..senses() };
    write("all,all,0-24,0.5");
    with_server_after(
        options(),
        |server| server.with_traffic(with(&file)),
        async |api: Api| {
            for _ in 0..500 {
                if seconds(&api).await == 40.0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            panic!("half the speed takes twice the time: {}", seconds(&api).await);
        },
    )
    .await;
    let refuse = async |line: &str| {
        write(line);
        let journal = tempfile::tempdir().expect("a temporary directory");
        let server = crate::common::bound(options(), journal.path()).await;
        let error = server.with_traffic(with(&file)).err().expect("it is refused");
        assert!(matches!(error, ServeError::Profile { .. }));
        error.to_string().rsplit(".csv: ").next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        refuse("edge 9999,all,0-24,0.5").await,
        "line 2: streets is edge 9999: must be an edge of this network, 0 to 215"
    );
    assert_eq!(refuse("all,all,0-24,-1").await, "line 2: factor is -1: must lie within 0.05 and 2");
}

/// The edge that runs from one corner to another.
fn edge(roads: &Roads, from: Position, to: Position) -> EdgeId {
    let runs = |edge: &EdgeId| {
        let line = roads.edge_geometry(*edge);
        line[0].distance_m(from) < 2.0 && line[line.len() - 1].distance_m(to) < 2.0
    };
    (0..roads.edge_count() as u32).map(EdgeId).find(runs).expect("there is a street")
}

#[tokio::test]
async fn a_closed_road_cuts_the_drive_to_a_pick_up_and_stream_and_explanation_say_so() {
    with_server_after(
        options(),
        |server| server.with_traffic(senses()),
        async |api: Api| {
            let mut events = Events::open(&api, Some(0)).await;
            api.vehicle("v1", corner(0, 0)).await;
            api.must(post("/v1/orders", order("o1"))).await;
            api.until("/v1/orders/o1", "phase", "assigned").await;
            let closed = edge(&town(), corner(1, 0), corner(2, 0));
            let until = (crate::common::now() + Millis::from_secs(600)).to_string();
            let report = json!({ "reports": [{ "edge": closed.0, "until": until }] });
            api.must(post("/v1/traffic", report)).await;
            let told = loop {
                let told = events.next().await.expect("the stream goes on");
                if let Some(cut) = told.data["event"].get("route_cut") {
                    break cut.clone();
                }
            };
            assert_eq!(
                (&told["vehicle"], &told["orders"], &told["cut"]["edge"]),
                (&json!("v1"), &json!(["o1"]), &json!(closed.0))
            );
            let seconds = |what: &str| (told["cut"][what].as_f64().expect("a time")).round();
            assert_eq!((seconds("drive_before_s"), seconds("drive_now_s")), (20.0, 40.0));
            let explained = api.must(get("/v1/orders/o1/explain")).await;
            let words = explained["words"].to_string();
            assert!(words.contains("was closed on the way of its vehicle"), "{words}");
            assert_eq!(figure(&api, "paceline_routes_cut_total{region=\"main\"}").await, 1.0);
        },
    )
    .await;
}

#[tokio::test]
async fn no_tick_mixes_two_metrics_while_the_speed_of_every_edge_changes_at_once() {
    let options = paceline_serve::ServeOptions { body_bytes_max: 1 << 20, ..options() };
    with_server_after(
        options,
        |server| server.with_traffic(senses()),
        async |api: Api| {
            let mut events = Events::open(&api, Some(0)).await;
            for number in 0..6 {
                api.vehicle(&format!("v{number}"), corner(number, 7)).await;
            }
            let edges = town().edge_count();
            let speeds = [36.0, 18.0, 9.0];
            let mut seen = std::collections::BTreeSet::new();
            for round in 0..60_usize {
                let until = (crate::common::now() + Millis::from_secs(600)).to_string();
                let kmh = speeds[round % 3];
                let report = |edge| json!({ "edge": edge, "kmh": kmh, "until": until });
                let reports: Vec<Value> = (0..edges).map(report).collect();
                let body = json!({ "reports": reports });
                let id = format!("o{round}");
                let (told, placed) =
                    tokio::join!(api.say(post("/v1/traffic", body)), api.say(post("/v1/orders", order(&id))));
                assert!(told.status.is_success() && placed.status.is_success(), "{told} {placed}");
                let assigned = loop {
                    let told = events.next().await.expect("the stream goes on");
                    let event = told.data["event"].get("order_assigned");
                    if let Some(event) = event.filter(|event| event["order"] == id.as_str()) {
                        break event.clone();
                    }
                };
                let candidates = assigned["weighing"]["candidates"].as_array().expect("candidates");
                let pace = |c: &Value| {
                    let (s, m) = (c["pickup_time_s"].as_f64()?, c["pickup_distance_m"].as_f64()?);
                    (m > 10.0).then(|| (m / s * 3.6).round() as u32)
                };
                let paces: std::collections::BTreeSet<u32> = candidates.iter().filter_map(pace).collect();
                assert!(paces.len() <= 1, "one round, several speeds: {paces:?} in {assigned}");
                seen.extend(paces);
                if round >= 5 {
                    // Makes room for the next.
                    _ = api.say(crate::common::delete(&format!("/v1/orders/o{}", round - 5))).await;
                }
            }
            assert_eq!(seen.len(), 3, "rounds at {seen:?} km/h");
        },
    )
    .await;
}
