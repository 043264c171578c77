//! What the client does where servers and networks are not well.

#![allow(clippy::unwrap_used, reason = "a server that cannot be set up is a test that fails")]

#[path = "common/faulty.rs"]
mod faulty;

use faulty::{Deed, Faulty, answer, cut_stream};
use paceline_client::api::operation as op;
use paceline_client::api::{Code, Event, NewOrder, Place, Problem};
use paceline_client::{Client, ClientError, ClientOptions, Prepared, StreamItem};
use std::time::{Duration, Instant};

fn impatient() -> ClientOptions {
    ClientOptions {
        timeout: Duration::from_millis(300),
        backoff_first: Duration::from_millis(10),
        backoff_max: Duration::from_millis(40),
        attempts_max: 4,
        ..ClientOptions::default()
    }
}

async fn with(script: impl Into<Vec<Deed>>) -> (Faulty, Client) {
    let server = Faulty::start(script).await;
    let client = Client::new(&server.base, impatient()).unwrap();
    (server, client)
}

fn order() -> NewOrder {
    let here = Place { lat: 40.7, lon: -73.9 };
    NewOrder::between(here, here).named("o1")
}

fn taken() -> Deed {
    answer("201 Created", "", r#"{"id":"o1","version":7}"#)
}

fn problem(code: Code, headers: &str) -> Deed {
    let problem = Problem::new(code, "as a test wants it");
    let status = format!("{} Said", problem.status);
    answer(&status, headers, &serde_json::to_string(&problem).unwrap())
}

#[tokio::test]
async fn a_command_is_repeated_under_one_key_until_it_is_answered() {
    let half = Deed::Send("HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"id\":".into());
    let (server, client) = with([Deed::Drop, half, Deed::Hang, taken()]).await;
    // The server that hangs keeps its one turn: the fourth attempt needs another connection, which it does not take.
    let failed = client.place_order(&order()).await.unwrap_err();
    assert!(matches!(failed, ClientError::TimedOut(_)), "{failed}");
    let keys = server.header("idempotency-key");
    assert_eq!(keys.len(), 3);
    assert!(keys[0].is_some() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");

    let (server, client) = with([Deed::Drop, problem(Code::E0304, ""), taken()]).await;
    assert_eq!(client.place_order(&order()).await.unwrap().version, 7);
    let requests = server.asked();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| *request == requests[0]), "word for word: {requests:#?}");
}

#[tokio::test]
async fn two_commands_have_two_keys() {
    let (server, client) = with([taken()]).await;
    client.place_order(&order()).await.unwrap();
    client.place_order(&order()).await.unwrap();
    let keys = server.header("idempotency-key");
    assert!(keys[0].is_some() && keys[0] != keys[1], "{keys:?}");
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says_and_not_before() {
    let (server, client) = with([problem(Code::E0302, "retry-after: 1\r\n"), taken()]).await;
    #[expect(clippy::disallowed_methods, reason = "a test of waiting reads the clock")]
    let began = Instant::now();
    client.place_order(&order()).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_server_that_is_busy_for_longer_than_anybody_waits_is_not_waited_for() {
    let (server, client) = with([problem(Code::E0302, "retry-after: 60\r\n")]).await;
    let error = client.place_order(&order()).await.unwrap_err();
    assert_eq!((error.code(), error.retry_after()), (Some(Code::E0302), Some(Duration::from_secs(60))));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_no_is_a_no_and_attempts_end() {
    let (server, client) = with([problem(Code::E0202, "")]).await;
    assert_eq!(client.place_order(&order()).await.unwrap_err().code(), Some(Code::E0202));
    assert_eq!(server.asked().len(), 1, "another attempt would not help");

    let (server, client) = with([Deed::Drop]).await;
    let error = client.place_order(&order()).await.unwrap_err();
    assert!(matches!(error, ClientError::Broken(_)), "{error}");
    assert_eq!(server.asked().len(), 4, "as many attempts as there may be");
}

#[tokio::test]
async fn what_is_not_safe_to_repeat_is_not_repeated() {
    let (server, client) = with([Deed::Drop]).await;
    let lines = Prepared::written(&op::REPORT_LINES, "v1", "{}\n").unwrap();
    assert!(client.send(&lines).await.is_err());
    assert_eq!(server.asked().len(), 1);
    assert_eq!(server.header("content-type"), [Some("application/x-ndjson".to_owned())]);
}

#[tokio::test]
async fn what_a_proxy_says_is_told_in_its_words() {
    let (_server, client) = with([answer("403 Forbidden", "", "not on this network")]).await;
    let error = client.world().await.unwrap_err();
    assert_eq!(error.to_string(), "HTTP status 403: not on this network");
}

#[tokio::test]
async fn an_answer_beyond_its_bound_is_not_read() {
    let server = Faulty::start([answer("200 OK", "", &"x".repeat(5_000))]).await;
    let options = ClientOptions { answer_bytes_max: 1_000, ..impatient() };
    let error = Client::new(&server.base, options).unwrap().metrics().await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge(1_000)), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_so() {
    let client = Client::new("http://127.0.0.1:9", ClientOptions::once()).unwrap();
    let error = client.world().await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable(_)), "{error}");
    assert!(Client::new("127.0.0.1:9", ClientOptions::once()).is_err(), "no URL");
}

fn change(version: u64) -> String {
    let event = r#"{"order_cancelled":{"order":"o1"}}"#;
    let data = format!(r#"{{"version":{version},"at":"2026-01-01T00:00:00.000Z","event":{event}}}"#);
    format!("id: {version}\nevent: change\ndata: {data}\n\n")
}

#[tokio::test]
async fn a_stream_that_is_cut_goes_on_after_the_last_change() {
    let first = cut_stream(&format!("retry: 1000\n\n{}{}{}", change(5), change(6), &change(7)[..30]));
    let second = cut_stream(&format!("{}{}", change(6), change(7)));
    let (server, client) = with([first, Deed::Drop, problem(Code::E0303, ""), second]).await;
    let mut stream = client.stream(Some(4));
    for version in 5..=7 {
        let StreamItem::Change(change) = stream.next().await.unwrap() else { panic!("a change") };
        assert_eq!((change.version, stream.version()), (version, Some(version)), "each once, in order");
        assert!(matches!(change.event, Event::OrderCancelled { .. }));
    }
    let last: Vec<Option<String>> = server.header("last-event-id");
    assert_eq!(last, ["4", "6", "6", "6"].map(|last| Some(last.to_owned())));
    assert_eq!(stream.reopened(), 1);
}

#[tokio::test]
async fn a_reset_is_told_and_then_the_stream_goes_on_from_there() {
    let first = cut_stream(&format!("id: 90\n\nevent: reset\ndata: {{}}\n\n{}", change(91)));
    let (server, client) = with([first, cut_stream(&change(92))]).await;
    let mut stream = client.stream(Some(4));
    assert_eq!(stream.next().await.unwrap(), StreamItem::Reset);
    for version in [91, 92] {
        let StreamItem::Change(change) = stream.next().await.unwrap() else { panic!("a change") };
        assert_eq!(change.version, version);
    }
    assert_eq!(server.header("last-event-id"), ["4", "91"].map(|last| Some(last.to_owned())));
}

#[tokio::test]
async fn a_break_before_the_first_change_loses_none_or_says_so() {
    let (server, client) = with([cut_stream("id: 40\n\n"), cut_stream(&change(41))]).await;
    let mut stream = client.stream(None);
    assert!(matches!(stream.next().await.unwrap(), StreamItem::Change(change) if change.version == 41));
    assert_eq!(server.header("last-event-id"), [None, Some("40".to_owned())]);

    let (_server, client) = with([cut_stream(": hello\n\n"), cut_stream(&change(41))]).await;
    let mut stream = client.stream(None);
    assert_eq!(stream.next().await.unwrap(), StreamItem::Reset, "nothing says what was missed");
    assert!(matches!(stream.next().await.unwrap(), StreamItem::Change(_)));
}

#[tokio::test]
async fn a_silent_stream_is_opened_again_and_what_is_new_is_handed_on_as_it_came() {
    let server = Faulty::start([cut_stream("event: weather\ndata: {\"rain\":true}\n\n")]).await;
    let options = ClientOptions { silence_max: Duration::from_millis(50), ..impatient() };
    let mut stream = Client::new(&server.base, options).unwrap().stream(Some(1));
    for _ in 0..3 {
        let StreamItem::Unknown(item) = stream.next().await.unwrap() else { panic!("unheard of") };
        assert_eq!((item.name.as_str(), item.data.as_str()), ("weather", "{\"rain\":true}"));
    }
}

#[tokio::test]
async fn a_stream_that_cannot_be_opened_says_why_after_all_attempts() {
    let (server, client) = with([problem(Code::E0302, "")]).await;
    let error = client.stream(None).next().await.unwrap_err();
    assert_eq!(error.code(), Some(Code::E0302));
    assert_eq!(server.asked().len(), 4);
}
