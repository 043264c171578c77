//! The first door over real sockets: which names the server answers to, which web pages may write, and which media types are read.

use crate::common::{Api, corner, options, order, place, town, with_server};
use expect_test::{Expect, expect};
use paceline_engine::FleetOptions;
use paceline_model::RegionId;
use paceline_serve::{AuthOptions, Clock, RegionSpec, ServeOptions, Server};
use serde_json::json;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends bytes as they are; returns the status and the problem's code and detail.
async fn raw(api: &Api, text: &str) -> String {
    let host = api.base.strip_prefix("http://").expect("http");
    let mut link = TcpStream::connect(host).await.expect("it listens");
    link.write_all(text.as_bytes()).await.expect("it is taken");
    let mut said = String::new();
    link.read_to_string(&mut said).await.expect("an answer");
    let (head, body) = said.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).expect("a status").to_owned();
    let problem: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    match problem["code"].as_str() {
        Some(code) => {
            assert!(head.contains("application/problem+json"), "{head}");
            format!("{status} {code} {}", problem["detail"].as_str().expect("a detail"))
        }
        None => status,
    }
}

async fn check(text: &str, expected: Expect) {
    let text = text.to_owned();
    with_server(options(), async |api| {
        api.vehicle("v1", corner(0, 0)).await;
        let (own, before) = (api.base.strip_prefix("http://").expect("http").to_owned(), api.digest().await);
        let said = raw(&api, &text.replace("OWN", &own)).await.replace(&own, "OWN");
        expected.assert_eq(&said);
        assert!(said.starts_with('2') || before == api.digest().await, "nothing of it was applied");
    })
    .await;
}

fn get(version: &str, headers: &str) -> String {
    format!("GET /v1/world HTTP/{version}\r\n{headers}connection: close\r\n\r\n")
}

/// An order with these headers, whose host is the server's own.
fn ordering(headers: &str) -> String {
    let body = order("o1").to_string();
    let length = body.len();
    format!(
        "POST /v1/orders HTTP/1.1\r\nhost: OWN\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    check(
        &get("1.1", ""),
        expect!["400 E0111 There is no Host header: send the name of this server in one."],
    )
    .await;
    check(&get("1.0", ""), expect!["200"]).await;
    check(&get("1.1", "host: OWN\r\n"), expect!["200"]).await;
    check(&get("1.1", "host: localhost\r\n"), expect!["200"]).await;
    let twice = get("1.1", "host: OWN\r\nhost: evil.example\r\n");
    check(&twice, expect!["400 E0111 There are two Host headers: send one."]).await;
    check(&get("1.1", "host: a b\r\n"), expect!["400 E0111 Host is no name of a host."]).await;
}

#[tokio::test]
async fn a_name_that_a_stranger_points_at_us_gets_nothing() {
    let expected = expect![
        "421 E0112 This server is not called evil.example: ask it by an address of its own, or add the name to [auth] names."
    ];
    check(&get("1.1", "host: evil.example:80\r\n"), expected).await;
    let expected = expect![
        "421 E0112 This server is not called evil.example: ask it by an address of its own, or add the name to [auth] names."
    ];
    check("GET http://evil.example/v1/world HTTP/1.1\r\nhost: OWN\r\nconnection: close\r\n\r\n", expected)
        .await;
}

const JSON: &str = "content-type: application/json\r\n";

#[tokio::test]
async fn a_strangers_page_changes_nothing() {
    for (headers, said) in [
        ("origin: http://evil.example\r\n", r#"Origin is "http://evil.example""#),
        ("origin: null\r\n", r#"Origin is "null""#),
        ("origin: http://localhost:1\r\n", r#"Origin is "http://localhost:1""#),
        ("sec-fetch-site: cross-site\r\n", r#"Sec-Fetch-Site is "cross-site""#),
        ("sec-fetch-site: same-site\r\n", r#"Sec-Fetch-Site is "same-site""#),
    ] {
        with_server(options(), async |api| {
            let own = api.base.strip_prefix("http://").expect("http");
            let text = ordering(&format!("{JSON}{headers}")).replace("OWN", own);
            let only = "only pages of this server itself may change something.";
            assert_eq!(raw(&api, &text).await, format!("403 E0113 {said}: {only}"));
        })
        .await;
    }
    check(&ordering(&format!("{JSON}origin: http://OWN\r\nsec-fetch-site: same-origin\r\n")), expect!["201"])
        .await;
    check(&ordering(&format!("{JSON}sec-fetch-site: none\r\n")), expect!["201"]).await;
}

#[tokio::test]
async fn what_changes_something_is_said_to_be_json_in_any_case_and_in_utf_8() {
    check(&ordering("content-type: APPLICATION/JSON\r\n"), expect!["201"]).await;
    check(&ordering("content-type: application/json; charset=\"UTF-8\"\r\n"), expect!["201"]).await;
    let utf_16 = ordering("content-type: application/json; charset=utf-16\r\n");
    let expected = expect![[
        r#"415 E0106 Content-Type is "application/json; charset=utf-16": must be application/json in UTF-8."#
    ]];
    check(&utf_16, expected).await;
    check(&ordering(""), expect![[r#"415 E0106 Content-Type is "": must be application/json."#]]).await;
}

#[tokio::test]
async fn words_without_much_to_say_and_lines_of_positions_are_no_forms_either() {
    let at = place(corner(1, 0));
    let line = json!({ "lat": at["lat"], "lon": at["lon"], "battery_percent": 50.0 }).to_string();
    let word = |path: &str, kind: &str, body: &str| {
        let length = body.len();
        format!(
            "POST /v1/vehicles/v1/{path} HTTP/1.1\r\nhost: OWN\r\n{kind}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    };
    let expected = expect![[r#"415 E0106 Content-Type is "": must be application/json."#]];
    check(&word("recover", "", ""), expected).await;
    let plain = "content-type: text/plain\r\n";
    let expected = expect![[r#"415 E0106 Content-Type is "text/plain": must be application/x-ndjson."#]];
    check(&word("positions", plain, &line), expected).await;
    check(&word("positions", "content-type: Application/X-NDJSON\r\n", &line), expect!["202"]).await;
}

async fn served_on(address: &str, auth: AuthOptions) -> Result<Server, String> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let listen: SocketAddr = address.parse().expect("an address");
    let region = RegionId::new("main").expect("a name");
    let region = RegionSpec::new(region, FleetOptions::default(), town(), dir.path());
    let options = ServeOptions { listen, ..options() };
    Server::of(options, auth, region, Clock::Real).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn on_an_address_that_others_can_reach_it_does_not_start_without_identity() {
    let refused = served_on("0.0.0.0:0", AuthOptions::default()).await.err().expect("it must not start");
    assert!(refused.starts_with("E0609 0.0.0.0:0 can be reached from other machines"), "{refused}");
    let behind_a_proxy = AuthOptions { allow_unauthenticated: true, ..AuthOptions::default() };
    assert!(served_on("0.0.0.0:0", behind_a_proxy).await.is_ok());
    assert!(served_on("127.0.0.1:0", AuthOptions::default()).await.is_ok());
}
