//! A node's one connection: what goes over it, by which doors, and how it ends.

use crate::common::{Api, edge_spec, get, model, node, options, placed, put, running, with_edge, workload};
use crate::doors::{Ring, record, with};
use crate::tap::Tap;
use futures_util::{SinkExt as _, StreamExt as _};
use paceline_api::edge::NodeReport;
use paceline_api::{Code, Role};
use paceline_client::{ApiKey, Client, ClientError, ClientOptions};
use paceline_model::RegionId;
use paceline_serve::keys::KeyRecord;
use paceline_serve::{Clock, ServeOptions, Server};
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role as Side;

/// A client of one attempt, so that each failure is seen.
fn client(base: &str, key: Option<&str>) -> Client {
    let bearer = key.map(|key| ApiKey::from(key.to_owned()));
    let options = ClientOptions { bearer, timeout: Duration::from_millis(700), ..ClientOptions::once() };
    Client::new(base, options).expect("a client")
}

/// The same over a link that is kept for as long as the tasks are.
fn linked(client: &Client, tasks: &mut JoinSet<()>) -> Client {
    let (client, link) = client.linked();
    tasks.spawn(link.run());
    client
}

fn report(node: &str) -> NodeReport {
    serde_json::from_value(json!({ "node": node })).expect("a report")
}

async fn served<T>(options: ServeOptions, dir: &Path, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let server = Server::of(options, Default::default(), edge_spec(dir), Clock::Real).await;
    let (said, summary) = running(server.expect("it can be served"), talk).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

#[tokio::test]
async fn reports_and_waits_share_one_connection_and_a_report_at_rest_is_few_bytes() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        api.must(put("/v1/models/detector", model())).await;
        api.must(put("/v1/nodes/n0", node("GPU-0"))).await;
        let (tap, mut tasks) = (Tap::to(&api.base).await, JoinSet::new());
        let client = linked(&client(&tap.base, None), &mut tasks);
        let empty = client.await_placements("n0", None, Duration::ZERO).await.expect("an answer");
        let wait = client.await_placements("n0", Some(&empty.revision), Duration::from_secs(50));
        let others = async {
            for _ in 0..3 {
                client.report_nodes(&[report("n0")]).await.expect("it is taken");
            }
            let before = tap.bytes();
            for _ in 0..10 {
                let taken = client.report_nodes(&[report("n0")]).await.expect("it is taken");
                assert_eq!((taken.taken, taken.ahead), (1, 0));
                assert!(taken.now.0.abs_diff(Clock::Real.now().0) < 5_000, "{taken:?}");
            }
            let each = (tap.bytes() - before) / 10;
            assert!(each <= 40, "{each} bytes a report and its answer");
            api.must(put("/v1/workloads/w", workload(500))).await;
            placed(&api, "w-0").await;
        };
        let (told, ()) = tokio::join!(wait, others);
        let told = told.expect("an answer").placements.expect("something is placed");
        assert_eq!(told[0].id, "w-0");
        assert_eq!(tap.connections(), 1);
    })
    .await;
}

/// What is refused over a link is refused in the words of a request, with when to come back, and the link goes on.
#[tokio::test]
async fn a_frame_passes_the_doors_that_a_request_does() {
    let mut ring = Ring::new();
    let (own, operator) = (ring.key(record(Role::Node)), ring.key(record(Role::Operator)));
    let slow = ring.key(KeyRecord { requests_per_second: Some(2), ..record(Role::Node) });
    let server = Server::of(options(), ring.options(), edge_spec(&ring.path("edge")), Clock::Real).await;
    running(server.expect("it can be served"), async |api| {
        let operator = with(&api, &operator);
        for name in ["n1", "n2"] {
            operator.must(put(&format!("/v1/nodes/{name}"), node(&format!("GPU-{name}")))).await;
        }
        let (tap, mut tasks) = (Tap::to(&api.base).await, JoinSet::new());
        let own_client = linked(&client(&tap.base, Some(&own)), &mut tasks);
        own_client.report_nodes(&[report("n1")]).await.expect("it speaks for itself");
        for refused in [
            own_client.report_nodes(&[report("n2")]).await.expect_err("another's report").to_string(),
            own_client.await_placements("n2", None, Duration::ZERO).await.expect_err("another's").to_string(),
        ] {
            assert!(refused.contains("speaks for node n1 only, and not for n2"), "{refused}");
        }
        let nobody = own_client.workload("a/../../nodes").await.expect_err("no name");
        assert_eq!(nobody.code(), Some(Code::E0103), "{nobody}");

        let hasty = linked(&client(&api.base, Some(&slow)), &mut tasks);
        let mut answers = Vec::new();
        for _ in 0..8 {
            answers.push(hasty.report_nodes(&[report("n1")]).await);
        }
        let refused = answers.into_iter().find_map(Result::err).expect("two a second");
        assert_eq!(
            (refused.code(), refused.retry_after()),
            (Some(Code::E0302), Some(Duration::from_secs(1)))
        );

        assert!(ring.keys.remove(&own[3..15]));
        ring.write();
        let gone = async {
            while own_client.report_nodes(&[report("n1")]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), gone).await.expect("a key that is taken back ends it");
        assert_eq!(tap.connections(), 1, "nobody asked beside the link");
    })
    .await;
}

#[tokio::test]
async fn a_link_is_for_programs_and_begins_with_an_upgrade() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        let said = api.say(get("/v1/link")).await;
        assert_eq!((said.status.as_u16(), said.body["code"].as_str()), (426, Some("E0116")), "{said}");
        let page = upgrade(&api, "13").header("origin", "http://elsewhere.example").send().await;
        assert_eq!(page.expect("an answer").status(), 403);
        let old = upgrade(&api, "8").send().await.expect("an answer");
        assert_eq!(old.status(), 426);
    })
    .await;
}

fn upgrade(api: &Api, version: &str) -> reqwest::RequestBuilder {
    let request = api.http.get(format!("{}/v1/link", api.base));
    let request = request.header("connection", "upgrade").header("upgrade", "websocket");
    request.header("sec-websocket-version", version).header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

#[tokio::test]
async fn what_no_node_would_send_ends_the_link_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        for frame in [
            Message::Binary(vec![0; 65 << 10].into()),
            Message::Binary(vec![1, 0, 9, 1, 1].into()),
            Message::Text("{}".into()),
        ] {
            let answer = upgrade(&api, "13").send().await.expect("an answer");
            // The example of RFC 6455, 1.3.
            assert_eq!(answer.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            let socket = answer.upgrade().await.expect("an upgrade");
            let mut socket = WebSocketStream::from_raw_socket(socket, Side::Client, None).await;
            socket.send(frame).await.expect("it goes out");
            let ended = tokio::time::timeout(Duration::from_secs(5), socket.next()).await.expect("it ends");
            assert!(!matches!(ended, Some(Ok(Message::Binary(_)))), "{ended:?}");
        }
        api.must(get("/v1/nodes")).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_too_large_for_a_frame_goes_by_a_request_of_its_own() {
    let dir = tempfile::tempdir().expect("a directory");
    let usual = ServeOptions::default();
    let (body_bytes_max, telemetry_batch_max) = (usual.body_bytes_max, usual.telemetry_batch_max);
    let large = ServeOptions { body_bytes_max, telemetry_batch_max, ..options() };
    served(large, dir.path(), async |api| {
        let (tap, mut tasks) = (Tap::to(&api.base).await, JoinSet::new());
        let client = linked(&client(&tap.base, None), &mut tasks);
        let many: Vec<NodeReport> = (0..800).map(|number| report(&format!("n{number}"))).collect();
        client.report_nodes(&many[..1]).await.expect("it is taken");
        assert_eq!(client.report_nodes(&many).await.expect("it is taken").taken, 800);
        assert_eq!(tap.connections(), 2);
    })
    .await;
}

/// A network that forgets a connection tells neither side. The next report finds out in the time that an answer may take, and the one after it is heard.
#[tokio::test]
async fn a_link_that_the_network_forgot_is_given_up_and_another_one_opened() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        let (tap, mut tasks) = (Tap::to(&api.base).await, JoinSet::new());
        let client = linked(&client(&tap.base, None), &mut tasks);
        client.report_nodes(&[report("n0")]).await.expect("it is taken");
        tap.forgets();
        let late = client.report_nodes(&[report("n0")]).await.expect_err("nothing goes through");
        assert!(matches!(late, ClientError::TimedOut(_)), "{late}");
        client.report_nodes(&[report("n0")]).await.expect("a new link");
        assert_eq!(tap.connections(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_link_ends_with_its_server_which_answers_what_waits_and_the_next_server_is_found() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut tasks = JoinSet::new();
    let (at, revision, client, waiting) = served(options(), dir.path(), async |api| {
        api.must(put("/v1/nodes/n0", node("GPU-0"))).await;
        let client = linked(&client(&api.base, None), &mut tasks);
        let empty = client.await_placements("n0", None, Duration::ZERO).await.expect("an answer");
        let (asks, known) = (client.clone(), empty.revision.clone());
        let mut waiting = JoinSet::new();
        waiting
            .spawn(async move { asks.await_placements("n0", Some(&known), Duration::from_secs(50)).await });
        client.report_nodes(&[report("n0")]).await.expect("it is taken");
        (api.base.clone(), empty.revision, client, waiting)
    })
    .await;
    let told = waiting.join_all().await.pop().expect("it waited").expect("it is answered");
    assert_eq!((told.revision, told.placements), (revision.clone(), None));
    client.report_nodes(&[report("n0")]).await.expect_err("nobody is there");
    let again = ServeOptions { listen: at["http://".len()..].parse().expect("an address"), ..options() };
    served(again, dir.path(), async |_| {
        client.report_nodes(&[report("n0")]).await.expect("it is taken");
        let same = client.await_placements("n0", Some(&revision), Duration::ZERO).await.expect("an answer");
        assert!(same.placements.is_none(), "what was known holds");
    })
    .await;
}

#[tokio::test]
async fn a_link_is_to_the_region_that_it_names() {
    let dir = tempfile::tempdir().expect("a directory");
    let south = paceline_serve::EdgeSpec {
        name: RegionId::new("south").expect("a name"),
        ..edge_spec(&dir.path().join("south"))
    };
    let main = edge_spec(&dir.path().join("main"));
    let server =
        Server::of(options(), Default::default(), main, Clock::Real).await.expect("it can be served");
    running(server.with_region(south).expect("a second region"), async |api| {
        api.must(put("/v1/regions/south/nodes/n0", node("GPU-0"))).await;
        let mut tasks = JoinSet::new();
        for (region, known) in [("south", true), ("main", false)] {
            let name = RegionId::new(region).expect("a name");
            let client = linked(&client(&api.base, None).in_region(name), &mut tasks);
            let answer = client.await_placements("n0", None, Duration::ZERO).await;
            assert_eq!(answer.is_ok(), known, "{region}: {answer:?}");
        }
    })
    .await;
}
