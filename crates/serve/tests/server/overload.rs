//! More than a server takes, or slower: what is turned away is told so, and nothing of it was applied.
//! `docs/bad-input.md` lists these too; a test of `bad_input/main.rs` keeps that page complete.

use crate::common::{Api, corner, delete, get, options, order, place, post, with_server};
use expect_test::expect;
use paceline_model::Millis;
use paceline_serve::ServeOptions;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test]
async fn a_body_that_does_not_arrive() {
    let options = ServeOptions { request_timeout: Millis(50), ..options() };
    let said = with_server(options, async |api| {
        let address = api.base.trim_start_matches("http://").to_owned();
        let mut slow = tokio::net::TcpStream::connect(&address).await.expect("it listens");
        let head = "POST /v1/orders HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
        slow.write_all(head.as_bytes()).await.expect("it can be sent");
        let mut said = vec![0; 4_096];
        let read = slow.read(&mut said).await.expect("it is answered");
        String::from_utf8_lossy(&said[..read]).lines().next().unwrap_or_default().to_owned()
    })
    .await;
    expect!["HTTP/1.1 408 Request Timeout"].assert_eq(&said);
}

/// Sends bytes over a connection of its own and returns all that comes back.
async fn raw(api: &Api, text: &[u8]) -> String {
    let address = api.base.trim_start_matches("http://");
    let mut link = tokio::net::TcpStream::connect(address).await.expect("it listens");
    // A server that turns a connection away need not take anything.
    _ = link.write_all(text).await;
    let mut said = Vec::new();
    link.read_to_end(&mut said).await.expect("it is answered");
    String::from_utf8(said).expect("text")
}

#[tokio::test]
async fn a_head_that_is_too_large() {
    with_server(options(), async |api| {
        let large = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "a".repeat(20_000));
        let many: String = (0..100).map(|number| format!("x{number}: 1\r\n")).collect();
        let many = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{many}\r\n");
        let long = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "a".repeat(70_000));
        for (text, status, code) in [
            (large, "431", "E0114"),
            (many, "431", "E0114"),
            (long, "4", "E0114"),
            ("no HTTP at all\r\n\r\n".to_owned(), "400", "E0103"),
        ] {
            let said = raw(&api, text.as_bytes()).await;
            assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{said}");
            assert!(said.contains("content-type: application/problem+json") && said.contains(code), "{said}");
        }
        assert_eq!(api.must(get("/healthz")).await, "ok");
    })
    .await;
}

#[tokio::test]
async fn too_many_connections() {
    let options = ServeOptions { connections_max: 3, ..options() };
    with_server(options, async |api| {
        let address = api.base.trim_start_matches("http://").to_owned();
        api.must(get("/healthz")).await;
        let connect = || async { tokio::net::TcpStream::connect(&address).await.expect("it listens") };
        let idle = [connect().await, connect().await];
        let said = raw(&api, b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        assert!(
            said.starts_with("HTTP/1.1 503 Service Unavailable\r\n") && said.contains("retry-after: 1\r\n"),
            "{said}"
        );
        assert!(said.contains("E0307") && said.contains("There are 3 connections already"), "{said}");
        api.must(get("/healthz")).await;
        drop(idle);
        let room = async { while !raw(&api, b"GET /healthz HTTP/1.0\r\n\r\n").await.contains("200 OK") {} };
        tokio::time::timeout(std::time::Duration::from_secs(5), room).await.expect("those that go make room");
    })
    .await;
}

/// Orders come in over more connections than the queue has places, and nobody who rides is turned away.
#[tokio::test]
async fn a_flood_of_orders_turns_no_trip_away() {
    let options = ServeOptions { queue_length: 8, ..options() };
    with_server(options, async |api| {
        api.vehicle("v1", corner(1, 0)).await;
        api.must(post("/v1/orders", order("ride"))).await;
        api.until("/v1/orders/ride", "phase", "assigned").await;
        let flood = |number: u32| {
            let api = api.clone();
            async move {
                let mut turned_away = 0;
                for round in 0..40 {
                    let said = api.say(post("/v1/orders", order(&format!("o{number}-{round}")))).await;
                    turned_away += u32::from(said.status == 429);
                }
                turned_away
            }
        };
        let trip = async {
            for word in ["arrived", "picked-up"] {
                api.must(post(&format!("/v1/vehicles/v1/{word}"), json!({ "order": "ride" }))).await;
            }
            let there = json!({ "order": "ride", "position": place(corner(2, 3)), "battery_percent": 70.0 });
            api.must(post("/v1/vehicles/v1/dropped-off", there)).await;
        };
        let flood = futures_util::future::join_all((0..64).map(flood));
        let (turned_away, ()) = futures_util::future::join(flood, trip).await;
        assert!(turned_away.iter().sum::<u32>() > 0, "it was a flood");
    })
    .await;
}

/// While what is asked stands and waits, new orders and history are turned away at once; the trip goes on, and what was taken can be
/// called off. The server's tasks run on this test's thread, which so can make them wait.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the thread is to be held up")]
async fn a_queue_that_stands() {
    let options = ServeOptions { queue_delay_max: Millis(10), ..options() };
    with_server(options, async |api| {
        api.vehicle("v1", corner(1, 0)).await;
        for name in ["ride", "other"] {
            api.must(post("/v1/orders", order(name))).await;
        }
        api.until("/v1/orders/ride", "phase", "assigned").await;
        // Longer than the time between two looks and the delay that is allowed.
        let mut busy = tokio::task::JoinSet::new();
        busy.spawn(async {
            loop {
                std::thread::sleep(std::time::Duration::from_millis(60));
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
        let behind = "429 E0302 The region is behind; nothing of this request was applied.";
        while api.say(get("/v1/orders?limit=1")).await.to_string() != behind {}
        let said = api.say(post("/v1/orders", order("late"))).await;
        assert_eq!((said.to_string().as_str(), said.retry_after.as_deref()), (behind, Some("1")));
        for word in ["arrived", "picked-up"] {
            api.must(post(&format!("/v1/vehicles/v1/{word}"), json!({ "order": "ride" }))).await;
        }
        api.must(delete("/v1/orders/other")).await;
        busy.shutdown().await;
        while api.say(get("/v1/orders?limit=1")).await.status != 200 {}
        assert_eq!(api.say(get("/v1/orders/late")).await.status, 404, "nothing of it was applied");
        api.must(post("/v1/orders", order("late"))).await;
    })
    .await;
}

#[tokio::test]
async fn too_many_streams() {
    let options = ServeOptions { stream_clients_max: 1, ..options() };
    with_server(options, async |api| {
        let _kept = api.send(get("/v1/stream")).await;
        let said = api.say(get("/v1/stream")).await;
        expect!["429 E0302 Too many streams are open."].assert_eq(&said.to_string());
        assert_eq!(said.retry_after.as_deref(), Some("1"));
    })
    .await;
}

/// More at once than the queue holds: some are told to come back, and of those nothing was applied.
#[tokio::test]
async fn a_queue_that_is_full() {
    let options = ServeOptions { queue_length: 1, ..options() };
    with_server(options, async |api| {
        let place = |number: u32| {
            let api = api.clone();
            async move { api.say(post("/v1/orders", order(&format!("o{number}")))).await }
        };
        let said = futures_util::future::join_all((0..100).map(place)).await;
        let turned_away = said.iter().find(|said| said.status == 429).expect("one of a hundred at least");
        expect!["429 E0302 The region's queue is full; nothing of this request was applied."]
            .assert_eq(&turned_away.to_string());
        for (number, said) in said.iter().enumerate() {
            let found = api.say(get(&format!("/v1/orders/o{number}"))).await.status;
            let expected = if said.status == 201 { 200 } else { 404 };
            assert_eq!(found, expected, "o{number} was answered {said}");
            assert!(said.status == 201 || said.retry_after.as_deref() == Some("1"), "{said}");
        }
    })
    .await;
}
