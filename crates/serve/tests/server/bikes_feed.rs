//! A bikes region that reads its own feed: what the feed says of stations becomes the region's, and what cannot be believed is not taken.

use crate::common::{Api, bikes_spec, get, options, put, running};
use paceline_serve::{AuthOptions, Clock, Server};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Writes the files of a feed: name, bikes and free docks of each station.
fn feed(dir: &Path, stations: &[(&str, u32, u32)]) {
    let now = Clock::Real.now().0 / 1_000;
    let file = |name: &str, key: &str, rows: Vec<Value>| {
        let whole = json!({ "last_updated": now, "ttl": 0, "version": "2.3", "data": { key: rows } });
        std::fs::write(dir.join(name), whole.to_string()).expect("it can be written");
    };
    let information = stations.iter().enumerate().map(|(at, (name, bikes, docks))| {
        let lon = 10.75 + 0.004 * at as f64;
        json!({ "station_id": name, "name": format!("{name} street"), "lat": 59.91, "lon": lon, "capacity": bikes + docks })
    });
    let status = stations.iter().map(|(name, bikes, docks)| {
        json!({
            "station_id": name, "num_bikes_available": bikes, "num_docks_available": docks, "is_installed": true,
            "is_renting": true, "is_returning": true, "last_reported": now,
        })
    });
    file("station_information.json", "stations", information.collect());
    file("station_status.json", "stations", status.collect());
}

async fn following<T>(feed: &Path, journal: &Path, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let mut spec = bikes_spec(journal);
    spec.options.feed = Some(feed.to_str().expect("a path").to_owned());
    let server = Server::of(options(), AuthOptions::default(), spec, Clock::Real).await;
    let (said, summary) = running(server.expect("it can be served"), talk).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

async fn metrics(api: &Api) -> String {
    api.send(get("/metrics")).await.text().await.expect("text")
}

#[tokio::test]
async fn an_empty_station_of_the_feed_becomes_an_order_without_anybody_putting_it_there() {
    let (dir, journal) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    feed(dir.path(), &[("A", 0, 12), ("B", 9, 3), ("C", 5, 5)]);
    following(dir.path(), journal.path(), async |api| {
        let van = json!({ "capacity": 20, "aboard": 8, "position": { "lat": 59.91, "lon": 10.751 } });
        api.must(put("/v1/vans/u", van)).await;
        let order = loop {
            let orders = api.must(get("/v1/work-orders?phase=issued")).await;
            if let Some(order) = orders.as_array().and_then(|all| all.first().cloned()) {
                break order;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!((&order["station"], &order["van"]), (&json!("A"), &json!("u")));
        let station = api.must(get("/v1/stations/B")).await;
        assert_eq!((&station["bikes"], &station["docks_free"]), (&json!(9), &json!(3)));
        assert_eq!((&station["spec"]["name"], &station["spec"]["docks"]), (&json!("B street"), &json!(12)));
        let text = metrics(&api).await;
        assert!(
            text.contains("paceline_feed_polls_total{health=\"Fresh\"") || text.contains("health=\"Fresh\""),
            "{text}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_feed_that_cannot_be_read_changes_nothing_and_is_counted() {
    let (dir, journal) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    std::fs::write(dir.path().join("station_status.json"), "{\"data\": {\"stat").expect("it can be written");
    following(dir.path(), journal.path(), async |api| {
        loop {
            let text = metrics(&api).await;
            let counted = |line: &str| {
                line.starts_with("paceline_feed_polls_total")
                    && !line.contains("Fresh")
                    && !line.ends_with(" 0")
            };
            if text.lines().any(counted) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(api.must(get("/v1/stations")).await, json!([]));
    })
    .await;
}
