//! What can be read of the world beside its dispatcher: lists in pages, each at a version; the stream goes on from there.

use crate::common::events::Events;
use crate::common::{Api, corner, delete, get, options, order, place, post, put, served, with_server};
use expect_test::expect;
use paceline_serve::ServeOptions;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A page: its rows' names, its version, and where the list goes on.
async fn page(api: &Api, path: &str) -> (Vec<String>, u64, Option<String>) {
    let answer = api.send(get(path)).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    let header =
        |name: &str| answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
    let version = header("paceline-version").expect("a version").parse().expect("a number");
    let next = header("link").map(|link| {
        let query = link.strip_prefix("<?").and_then(|link| link.strip_suffix(">; rel=\"next\""));
        format!("{}?{}", path.split('?').next().expect("a path"), query.expect("a link to the next page"))
    });
    let rows: Vec<Value> = answer.json().await.expect("a list");
    (rows.iter().map(|row| row["id"].as_str().expect("a name").to_owned()).collect(), version, next)
}

/// All pages of a list, with `|` between them.
async fn pages(api: &Api, path: &str) -> String {
    let (mut path, mut all) = (Some(path.to_owned()), Vec::new());
    while let Some(asked) = path {
        let (rows, _, next) = page(api, &asked).await;
        all.push(rows.join(" "));
        path = next;
    }
    all.join(" | ")
}

async fn town(api: &Api) {
    for column in [3, 1, 2] {
        api.vehicle(&format!("v{column}"), corner(column, 0)).await;
        let site = json!({ "position": place(corner(column, 1)), "plugs": column, "plug_kw": 50.0 });
        api.must(put(&format!("/v1/chargers/c{column}"), site)).await;
        let ring: Vec<[f64; 2]> = [corner(0, 0), corner(column, 0), corner(column, 7)]
            .iter()
            .map(|at| [at.lon(), at.lat()])
            .collect();
        let area = json!({ "type": "Polygon", "coordinates": [ring] });
        api.must(put(&format!("/v1/geofences/g{column}"), area)).await;
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_says_where_it_goes_on() {
    with_server(options(), async |api| {
        town(&api).await;
        let big = |id: &str| {
            let mut big = order(id);
            big["party"] = 9.into();
            post("/v1/orders", big)
        };
        for id in ["o5", "o4", "o3", "o2", "o1"] {
            api.must(big(id)).await;
        }
        api.must(delete("/v1/orders/o3")).await;
        for (path, expected) in [
            ("/v1/vehicles?limit=2", "v1 v2 | v3"),
            ("/v1/vehicles?after=v1", "v2 v3"),
            ("/v1/vehicles?job=free,lost&limit=3", "v1 v2 v3"),
            ("/v1/vehicles?job=aboard", ""),
            ("/v1/chargers?limit=1", "c1 | c2 | c3"),
            ("/v1/geofences?limit=2", "g1 g2 | g3"),
            ("/v1/orders?limit=2", "o5 o4 | o3 o2 | o1"),
            ("/v1/orders?state=open&limit=3", "o5 o4 o2 | o1"),
            ("/v1/orders?state=cancelled,open", "o5 o4 o3 o2 o1"),
            ("/v1/orders?state=cancelled", "o3"),
            ("/v1/orders?placed_until=2020-01-01T00:00:00Z", ""),
            ("/v1/orders?placed_from=2020-01-01T00:00:00Z&limit=5", "o5 o4 o3 o2 o1"),
            ("/v1/orders?placed_from=2030-01-01T00:00:00Z&placed_until=2029-01-01T00:00:00Z", ""),
            ("/v1/regions/main/orders?limit=3", "o5 o4 o3 | o2 o1"),
        ] {
            assert_eq!(pages(&api, path).await, expected, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn orders_are_found_by_the_vehicle_that_has_or_served_them() {
    with_server(options(), async |api| {
        api.vehicle("v1", corner(0, 0)).await;
        api.must(post("/v1/orders", order("o1"))).await;
        api.until("/v1/orders/o1", "phase", "assigned").await;
        api.must(post("/v1/orders", order("o2"))).await;
        for step in ["arrived", "picked-up"] {
            api.must(post(&format!("/v1/vehicles/v1/{step}"), json!({ "order": "o1" }))).await;
        }
        assert_eq!(pages(&api, "/v1/orders?vehicle=v1&state=aboard").await, "o1");
        let there = json!({ "order": "o1", "position": place(corner(2, 3)), "battery_percent": 70.0 });
        api.must(post("/v1/vehicles/v1/dropped-off", there)).await;
        assert_eq!(pages(&api, "/v1/orders?vehicle=v1&state=served").await, "o1");
        assert_eq!(pages(&api, "/v1/orders?vehicle=v2").await, "");
    })
    .await;
}

#[tokio::test]
async fn a_question_that_no_list_has_is_refused_with_its_rule() {
    with_server(options(), async |api| {
        for (path, expected) in [
            ("/v1/orders?limit=0", expect!["422 E0101 limit is 0: must lie within 1 and 1000"]),
            ("/v1/orders?state=flying", expect!["422 E0101 state is flying: must be a known one: unknown variant `flying`, expected one of `open`, `offered`, `assigned`, `arrived`, `aboard`, `served`, `timed_out`, `cancelled`"]),
            ("/v1/orders?after=o1", expect!["422 E0101 after is o1: must be where a page of this list ended: take it from its Link"]),
            ("/v1/orders?placed_from=today", expect!["422 E0101 placed_from is today: must be a time as in RFC 3339, such as 2026-11-23T08:00:00Z, not before 1970"]),
            ("/v1/orders?vehicle=a/b", expect!["422 E0101 vehicle_id is a/b: may hold only letters, digits and - _ . : @"]),
        ] {
            expected.assert_eq(&api.say(get(path)).await.to_string());
        }
        assert_eq!(api.say(get("/v1/orders?page=2")).await.body["code"], "E0103");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_answered_reads_what_was_answered() {
    with_server(ServeOptions { queue_length: 1_000, ..options() }, async |api| {
        let mut callers = tokio::task::JoinSet::new();
        for caller in 0..8 {
            let api = api.clone();
            callers.spawn(async move {
                for number in 0..25 {
                    let id = format!("o-{caller}-{number}");
                    let version = api.must(post("/v1/orders", order(&id))).await["version"].clone();
                    assert_eq!(api.must(get(&format!("/v1/orders/{id}"))).await["id"], id.as_str());
                    let (rows, at, _) = page(&api, "/v1/orders?limit=1000").await;
                    assert!(rows.contains(&id) && Some(at) >= version.as_u64(), "{id} at {at}");
                    api.must(delete(&format!("/v1/orders/{id}"))).await;
                    assert_eq!(api.must(get(&format!("/v1/orders/{id}"))).await["phase"], "cancelled");
                }
            });
        }
        callers.join_all().await;
    })
    .await;
}

#[tokio::test]
async fn after_a_reset_the_world_is_read_anew_and_nothing_is_missed() {
    let options = ServeOptions { stream_ring: 4, ..options() };
    with_server(options, async |api| {
        town(&api).await;
        api.must(post("/v1/orders", order("o1"))).await;
        let mut late = Events::open(&api, Some(1)).await;
        let reset = late.next().await.expect("a first item");
        assert_eq!((reset.name.as_str(), &reset.data["reason"]), ("reset", &json!("too_old")));
        let mut first = u64::MAX;
        let mut read = Vec::new();
        for list in reset.data["read"].as_array().expect("lists") {
            let (rows, version, next) = page(&api, &format!("/v1/{}", list.as_str().expect("a list"))).await;
            assert!(version >= reset.data["version"].as_u64().expect("a version") && next.is_none());
            first = first.min(version);
            read.extend(rows);
        }
        assert_eq!(read.join(" "), "v1 v2 v3 o1 c1 c2 c3 g1 g2 g3");
        let mut stream = Events::open(&api, Some(first)).await;
        api.must(delete("/v1/orders/o1")).await;
        let mut next = first;
        loop {
            let told = stream.next().await.expect("the stream goes on");
            let Some(id) = told.id else { continue };
            next += 1;
            assert_eq!(id, next, "each change after the first page, once");
            if told.data["event"].get("order_cancelled").is_some() {
                break;
            }
        }
        let mut foreign = Events::open(&api, Some(999_999)).await;
        assert_eq!(foreign.next().await.expect("a first item").data["reason"], "another_world");
    })
    .await;
}

#[tokio::test]
async fn a_last_event_id_that_is_no_version_is_refused() {
    with_server(options(), async |api| {
        let said = api.say(get("/v1/stream").header("last-event-id", "3x")).await;
        expect![[r#"400 E0103 Last-Event-ID is "3x": must be the version of a change"#]]
            .assert_eq(&said.to_string());
    })
    .await;
}

/// The ids of the changes after `last`, up to `newest`; whether there was a reset.
async fn told_after(api: &Api, last: u64, newest: u64) -> (Vec<u64>, bool) {
    let mut events = Events::open(api, Some(last)).await;
    let (mut ids, mut reset) = (Vec::new(), false);
    while ids.last() != Some(&newest) && !reset {
        let told = events.next().await.expect("the stream goes on");
        reset = told.name == "reset";
        ids.extend(told.id);
    }
    (ids, reset)
}

#[tokio::test]
async fn a_stream_goes_on_after_a_restart_as_far_as_the_journal_reaches() {
    let dir = tempfile::tempdir().expect("a directory");
    let before = async |api: Api| {
        town(&api).await;
        let mut nobodys = order("o1");
        nobodys["party"] = 9.into();
        api.must(post("/v1/orders", nobodys)).await;
        api.must(get("/v1/world")).await["version"].as_u64().expect("a version")
    };
    let (newest, _) = served(options(), dir.path(), before).await;
    let (all, few): (Vec<u64>, Vec<u64>) = ((3..=newest).collect(), (newest - 1..=newest).collect());
    let ((), _) = served(options(), dir.path(), async |api| {
        assert_eq!(told_after(&api, 2, newest).await, (all, false));
    })
    .await;
    let small = ServeOptions { stream_ring: 2, ..options() };
    let ((), _) = served(small, dir.path(), async |api| {
        assert_eq!(told_after(&api, newest - 2, newest).await, (few, false));
        assert_eq!(told_after(&api, newest - 3, newest).await, (vec![], true), "two are kept");
    })
    .await;
}
