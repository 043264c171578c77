//! More than a server takes, or slower: what is turned away is told so, and nothing of it was applied.
//! `docs/bad-input.md` lists these too; a test of `bad_input.rs` keeps that page complete.

mod common;

use common::{get, options, order, post, with_server};
use expect_test::expect;
use paceline_model::Millis;
use paceline_serve::ServeOptions;
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
