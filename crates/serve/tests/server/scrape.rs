//! Prometheus exporters of nodes, read by a server: what they say moves work, what they do not say is unknown.

use crate::common::{Api, edge_spec, get, model, node, options, placed, put, running, workload};
use paceline_model::Millis;
use paceline_model::edge::NodeId;
use paceline_model::edge::scrape::ScrapeTarget;
use paceline_serve::{AuthOptions, Clock, Server};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// An exporter that answers what it is told to; nothing: it closes the connection.
struct Exporter {
    url: String,
    text: Arc<Mutex<Option<String>>>,
}

impl Exporter {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/metrics", listener.local_addr().expect("it listens"));
        let text: Arc<Mutex<Option<String>>> = Arc::default();
        let answers = text.clone();
        #[expect(clippy::disallowed_methods, reason = "the exporter is another program")]
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut asked = [0; 1_024];
                let read = connection.read(&mut asked).await.unwrap_or(0);
                assert!(asked[..read].starts_with(b"GET /metrics "));
                let text = answers.lock().expect("nobody panicked").clone();
                if let Some(text) = text {
                    let length = text.len();
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
                    );
                    _ = connection.write_all(answer.as_bytes()).await;
                }
            }
        });
        Self { url, text }
    }

    fn says(&self, text: impl Into<Option<String>>) {
        *self.text.lock().expect("nobody panicked") = text.into();
    }
}

/// What a GPU at so many degrees exports.
fn dcgm(uuid: &str, celsius: f64) -> String {
    format!(
        "# TYPE DCGM_FI_DEV_GPU_TEMP gauge\nDCGM_FI_DEV_GPU_TEMP{{gpu=\"0\",UUID=\"{uuid}\",Hostname=\"n0\"}} {celsius}\n\
         DCGM_FI_DEV_POWER_USAGE{{gpu=\"0\",UUID=\"{uuid}\"}} 68.5\nDCGM_FI_DEV_GPU_UTIL{{gpu=\"0\",UUID=\"{uuid}\"}} 93\n"
    )
}

/// Asks for a node until it is as wanted.
async fn until(api: &Api, node: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..500 {
        let view = api.must(get(&format!("/v1/nodes/{node}"))).await;
        if wanted(&view) {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{node} never was as wanted: {}", api.must(get(&format!("/v1/nodes/{node}"))).await)
}

/// How often an exporter could not be read.
async fn failed(api: &Api) -> f64 {
    let metrics = api.must(get("/metrics")).await;
    let metrics = metrics.as_str().expect("it is text");
    let failed = metrics.lines().find(|line| line.starts_with("paceline_scrapes_failed_total"));
    failed.and_then(|line| line.split(' ').next_back()?.parse().ok()).expect("it is counted")
}

#[tokio::test]
async fn what_an_exporter_says_moves_work_and_what_it_does_not_say_is_unknown() {
    let (dir, exporter) = (tempfile::tempdir().expect("a directory"), Exporter::start().await);
    exporter.says(dcgm("GPU-0", 55.0));
    let mut spec = edge_spec(dir.path());
    spec.options.scrape.interval = Millis::from_secs(1);
    let node_id = NodeId::new("n0").expect("a name");
    spec.options.scrape.targets =
        vec![ScrapeTarget { node: node_id, url: exporter.url.clone(), interval: None }];
    let server = Server::of(options(), AuthOptions::default(), spec, Clock::Real);
    let server = server.await.expect("it can be served");
    let (_, summary) = running(server, async |api| {
        api.must(put("/v1/models/detector", model())).await;
        api.must(put("/v1/nodes/n0", node("GPU-0"))).await;
        api.must(put("/v1/workloads/w", workload(1_000))).await;
        assert_eq!(placed(&api, "w-0").await, "n0");
        let view = until(&api, "n0", |view| !view["temperatures"].as_array().is_none_or(Vec::is_empty)).await;
        assert_eq!(
            (&view["temperatures"][0]["celsius"], &view["devices"][0]["busy_percent"]),
            (&55.0.into(), &93.into())
        );
        exporter.says(None);
        let view = until(&api, "n0", |view| !view["blind"].as_array().is_none_or(Vec::is_empty)).await;
        assert_eq!(view["temperatures"], serde_json::json!([]), "not 0, and not what it was");
        exporter.says("<html>log in</html>".to_owned());
        let before = failed(&api).await;
        assert!(before >= 1.0);
        for looks in 0.. {
            // One look may have been under way.
            if failed(&api).await >= before + 2.0 {
                break;
            }
            assert!(looks < 500, "no page is a reading");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        api.must(put("/v1/nodes/n1", node("GPU-1"))).await;
        exporter.says(dcgm("GPU-0", 91.0));
        api.until("/v1/nodes/n0", "running", 0).await;
        assert_eq!(placed(&api, "w-0").await, "n1");
    })
    .await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
}
