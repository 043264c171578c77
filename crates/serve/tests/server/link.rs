//! A vehicle's own connections: what it is told, what it says, and that both end with it.

use crate::common::{Api, Call, corner, delete, get, options, order, post, with_server};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A vehicle's feed, read event by event.
struct Feed {
    answer: Response,
    text: String,
}

impl Feed {
    async fn of(api: &Api, vehicle: &str) -> Self {
        let answer = api.send(get(&format!("/v1/vehicles/{vehicle}/stream"))).await;
        assert_eq!(answer.status(), StatusCode::OK);
        Self { answer, text: String::new() }
    }
    /// The next event's name and data; `None`: the feed has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let of = |key: &str| block.lines().find_map(|line| line.strip_prefix(key));
                let event =
                    of("event: ").map(|name| (name.to_owned(), of("data: ").unwrap_or_default().to_owned()));
                self.text = rest.to_owned();
                if let Some((name, data)) = event {
                    return Some((name, serde_json::from_str(&data).expect("data is JSON")));
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.answer.chunk()).await;
            let chunk = chunk.expect("something is told in time").expect("the connection holds")?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("it is text"));
        }
    }
    /// The kind of the next change.
    async fn change(&mut self) -> String {
        let (name, data) = self.next().await.expect("it goes on");
        assert_eq!(name, "change", "{data}");
        data["event"].as_object().and_then(|event| event.keys().next()).expect("it has a kind").clone()
    }
}

#[tokio::test]
async fn a_vehicle_hears_what_concerns_it_until_it_is_retired() {
    with_server(options(), async |api| {
        api.vehicle("v1", corner(0, 0)).await;
        let mut feed = Feed::of(&api, "v1").await;
        let (name, view) = feed.next().await.expect("it begins");
        assert_eq!((name.as_str(), &view["id"], &view["job"]), ("vehicle", &json!("v1"), &json!("free")));
        api.must(post("/v1/orders", order("o1"))).await;
        assert_eq!(feed.change().await, "order_assigned");
        // Another vehicle's life is not told here.
        api.vehicle("v2", corner(7, 7)).await;
        api.must(delete("/v1/orders/o1")).await;
        assert_eq!(feed.change().await, "order_cancelled", "although a cancellation names no vehicle");
        api.must(delete("/v1/vehicles/v1")).await;
        assert_eq!(feed.change().await, "vehicle_retired");
        assert_eq!(feed.next().await.expect("a last word").0, "bye");
        assert!(feed.next().await.is_none(), "it ends");
        let refused = api.send(get("/v1/vehicles/v1/stream")).await;
        assert!(matches!(refused.status(), StatusCode::CONFLICT | StatusCode::NOT_FOUND), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_feed_ends_with_its_server_and_with_its_client() {
    with_server(options(), async |api| {
        api.vehicle("v1", corner(0, 0)).await;
        // One client after the other: those that have gone make room.
        for _ in 0..5 {
            let mut feed = loop {
                let answer = api.send(get("/v1/vehicles/v1/stream")).await;
                match answer.status() {
                    StatusCode::TOO_MANY_REQUESTS => tokio::time::sleep(Duration::from_millis(10)).await,
                    _ => break Feed { answer, text: String::new() },
                }
            };
            assert_eq!(feed.next().await.expect("it begins").0, "vehicle");
        }
        while api.send(get("/v1/vehicles/v1/stream")).await.status() == StatusCode::TOO_MANY_REQUESTS {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // That one has gone as well; then two may stay.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let kept = (Feed::of(&api, "v1").await, Feed::of(&api, "v1").await);
        let third = api.send(get("/v1/vehicles/v1/stream")).await;
        assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
        // The server ends while both are open, and must end clean.
        std::mem::forget(kept);
    })
    .await;
}

/// Positions of a vehicle, line by line, ready for a body.
fn lines(vehicle: &str) -> Call {
    post(&format!("/v1/vehicles/{vehicle}/positions"), Value::Null)
        .header("content-type", "application/x-ndjson")
}

fn line(column: u32, percent: f64) -> String {
    let at = corner(column, 0);
    format!("{}\n", json!({ "lat": at.lat(), "lon": at.lon(), "battery_percent": percent }))
}

#[tokio::test]
async fn positions_come_line_by_line_over_one_connection() {
    with_server(options(), async |api| {
        api.vehicle("v1", corner(0, 0)).await;
        let mut lines = lines("v1");
        lines.body = format!("{}\n{}", line(1, 60.0), line(2, 59.0).trim_end()).into_bytes();
        let answer = api.send(lines.clone()).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        assert_eq!(
            answer.json::<Value>().await.expect("JSON"),
            json!({ "taken": 2, "ahead": 0, "behind": 0, "behind_vehicles": [], "unknown": 0, "unknown_vehicles": [], "off_map": 0, "off_map_vehicles": [] })
        );
        api.until("/v1/vehicles/v1", "battery_percent", 59.0).await;

        lines.body = format!("{}{}", line(3, 58.0), line(4, 158.0)).into_bytes();
        let answer = api.send(lines.clone()).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem = answer.json::<Value>().await.expect("JSON");
        assert_eq!(problem["errors"][0]["field"], "line 2.battery_percent", "{problem}");
        api.until("/v1/vehicles/v1", "battery_percent", 58.0).await;

        lines.body = vec![b'x'; 2_000];
        assert_eq!(api.send(lines.clone()).await.status(), StatusCode::UNPROCESSABLE_ENTITY, "too long");
        lines.body = b"{\"lat\":1}\n".to_vec();
        assert_eq!(api.send(lines.clone()).await.status(), StatusCode::BAD_REQUEST, "no position");
        lines.path = "/v1/vehicles/nobody/positions".into();
        assert_eq!(api.send(lines).await.status(), StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_fault_cuts_a_vehicles_positions_but_not_what_it_is_told() {
    with_server(options(), async |api| {
        api.vehicle("v1", corner(0, 0)).await;
        let mut feed = Feed::of(&api, "v1").await;
        feed.next().await.expect("it begins");
        let host = api.base.strip_prefix("http://").expect("http");
        let mut link = TcpStream::connect(host).await.expect("it listens");
        let head = format!(
            "POST /v1/vehicles/v1/positions HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        let line = line(1, 55.0);
        let text = format!("{head}{:x}\r\n{line}\r\n", line.len());
        link.write_all(text.as_bytes()).await.expect("it is taken");
        api.until("/v1/vehicles/v1", "battery_percent", 55.0).await;

        api.must(post("/v1/vehicles/v1/fault", json!({ "reason": "breakdown" }))).await;
        assert_eq!(feed.change().await, "vehicle_faulted");
        let mut said = vec![0; 4_096];
        let read = tokio::time::timeout(Duration::from_secs(10), link.read(&mut said)).await;
        let length = read.expect("it is cut at once").expect("with an answer");
        let said = String::from_utf8_lossy(&said[..length]).into_owned();
        assert!(said.starts_with("HTTP/1.1 409"), "{said}");

        api.must(post("/v1/vehicles/v1/recover", json!({}))).await;
        assert_eq!(feed.change().await, "vehicle_recovered");
        let mut lines = lines("v1");
        lines.body = line.into_bytes();
        assert_eq!(api.send(lines).await.status(), StatusCode::ACCEPTED);
    })
    .await;
}
