//! A region on the chessboard town, served over real HTTP while a test speaks to it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

#[path = "../../../engine/tests/common/town.rs"]
mod town;

pub mod events;

pub use town::{corner, town};

use paceline_engine::FleetOptions;
use paceline_engine::bikes::BikesOptions;
use paceline_engine::edge::EdgeOptions;
use paceline_engine::federation::FederationOptions;
use paceline_model::{Instant, Millis, Position, RegionId};
use paceline_plan::PolicySpec;
use paceline_serve::{
    AdminOptions, AdminToken, AuthOptions, BikesSpec, Clock, EdgeSpec, FederationSpec, RegionSpec,
    ServeError, ServeOptions, Server, Summary, TrafficOptions,
};
use paceline_tls::ClientTls;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::sync::oneshot;

/// Short ticks, so that tests need not wait; small limits, so that they can be reached.
pub fn options() -> ServeOptions {
    ServeOptions {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        tick: Millis(20),
        // A machine that runs many tests at once is late without any flood.
        queue_delay_max: Millis::from_secs(60),
        body_bytes_max: 4_096,
        telemetry_batch_max: 10,
        ..ServeOptions::default()
    }
}

/// A server, ready to run, whose journal lies in `dir`.
pub async fn bound(options: ServeOptions, dir: &Path) -> Server {
    // Distances are the same at any time of day; waiting is not.
    let policy = PolicySpec::parse("nearest").expect("a policy of that name");
    let fleet = FleetOptions { policy, ..FleetOptions::default() };
    Server::bind(options, fleet, town(), dir, Clock::Real).await.expect("it can be served")
}

/// An edge region called `main`, whose journal lies in `dir`.
pub fn edge_spec(dir: &Path) -> EdgeSpec {
    let name = RegionId::new("main").expect("a name");
    let options = EdgeOptions::default();
    EdgeSpec { name, options, journal: dir.into(), journal_identity: None, read_options: None }
}

/// As [`with_server`], of an edge region, whose journal lies in `dir`.
pub async fn with_edge<T>(dir: &Path, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let server = Server::of(options(), AuthOptions::default(), edge_spec(dir), Clock::Real);
    let (said, summary) = running(server.await.expect("it can be served"), talk).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

/// A federation called `main`, whose journal lies in `dir`.
pub fn federation_spec(dir: &Path) -> FederationSpec {
    let name = RegionId::new("main").expect("a name");
    let options = FederationOptions::default();
    FederationSpec { name, options, journal: dir.into(), journal_identity: None, read_options: None }
}

/// As [`with_server`], of a federation, whose journal lies in `dir`.
pub async fn with_federation<T>(dir: &Path, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let server = Server::of(options(), AuthOptions::default(), federation_spec(dir), Clock::Real);
    let (said, summary) = running(server.await.expect("it can be served"), talk).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

/// A bikes region called `main`, whose journal lies in `dir`.
pub fn bikes_spec(dir: &Path) -> BikesSpec {
    let name = RegionId::new("main").expect("a name");
    let options = BikesOptions::default();
    let (roads, traffic) = (None, TrafficOptions::default());
    let (journal, journal_identity) = (dir.into(), None);
    BikesSpec { name, options, roads, traffic, journal, journal_identity, gbfs: None, read_options: None }
}

/// As [`with_server`], of a bikes region, whose journal lies in `dir`.
pub async fn with_bikes<T>(dir: &Path, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let server = Server::of(options(), AuthOptions::default(), bikes_spec(dir), Clock::Real);
    let (said, summary) = running(server.await.expect("it can be served"), talk).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

/// As [`bound`], with doors.
pub async fn guarded(auth: AuthOptions, dir: &Path) -> Result<Server, ServeError> {
    let name = RegionId::new("main").expect("a name");
    let region = RegionSpec::new(name, FleetOptions::default(), town(), dir);
    Server::of(options(), auth, region, Clock::Real).await
}

/// Runs a server while `talk` goes on, then shuts it down.
pub async fn running<T>(server: Server, talk: impl AsyncFnOnce(Api) -> T) -> (T, Summary) {
    let api = Api::at(server.url());
    let (end, ended) = oneshot::channel();
    let talk = async {
        let said = talk(api).await;
        // The server may have ended by itself; its summary says so.
        _ = end.send(());
        said
    };
    let shutdown = async {
        // An error means that the talk panicked: that ends the server too.
        _ = ended.await;
    };
    tokio::join!(talk, server.run(shutdown))
}

/// Serves a region whose journal lies in `dir` while `talk` goes on, then shuts down.
pub async fn served<T>(options: ServeOptions, dir: &Path, talk: impl AsyncFnOnce(Api) -> T) -> (T, Summary) {
    running(bound(options, dir).await, talk).await
}

/// As [`served`], with a fresh journal, and it must end without a task left or failed.
pub async fn with_server<T>(options: ServeOptions, talk: impl AsyncFnOnce(Api) -> T) -> T {
    with_server_after(options, Ok, talk).await
}

/// As [`with_server`], with a server that is prepared before it runs.
pub async fn with_server_after<T>(
    options: ServeOptions,
    prepare: impl FnOnce(Server) -> Result<Server, ServeError>,
    talk: impl AsyncFnOnce(Api) -> T,
) -> T {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let server = prepare(bound(options, dir.path()).await).expect("it can be prepared");
    let (said, summary) = running(server, talk).await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    said
}

/// As [`with_server`], with an operator's listener beside it; whoever speaks to that carries its token.
pub async fn with_admin<T>(options: ServeOptions, talk: impl AsyncFnOnce(Api, Api) -> T) -> T {
    with_admin_after(options, |server| server, talk).await
}

/// As [`with_admin`], with a server that is prepared before it runs.
pub async fn with_admin_after<T>(
    options: ServeOptions,
    prepare: impl FnOnce(Server) -> Server,
    talk: impl AsyncFnOnce(Api, Api) -> T,
) -> T {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let server = Server::bind(options, FleetOptions::default(), town(), dir.path(), Clock::Real).await;
    with_admin_of(prepare(server.expect("it can be served")), talk).await
}

/// As [`with_admin`], of a server that is ready but for its operator's listener.
pub async fn with_admin_of<T>(server: Server, talk: impl AsyncFnOnce(Api, Api) -> T) -> T {
    let token = "0123456789abcdef";
    let admin = AdminOptions {
        listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        token: AdminToken::new(token).ok(),
        token_file: None,
        tls: None,
    };
    let server = server.with_admin(&admin).await.expect("it can listen");
    let api = Api::at(server.url());
    let mut admin = Api::at(server.admin_url().expect("it was asked for"));
    admin.token = Some(token.to_owned());
    let (end, ended) = oneshot::channel();
    let talk = async {
        let said = talk(api, admin).await;
        _ = end.send(());
        said
    };
    let (said, summary) = tokio::join!(talk, server.run(async { _ = ended.await }));
    assert!(summary.closed.is_clean(), "{summary:?}");
    said
}

/// What the engine's clock says.
pub fn now() -> Instant {
    Clock::Real.now()
}

/// Speaks HTTP, and TLS where `tls` says whom it believes.
pub fn http(tls: &ClientTls) -> reqwest::Client {
    let tls = tls.config("http://").expect("files that can be used");
    reqwest::Client::builder().tls_backend_preconfigured(tls).build().expect("a client")
}

/// Speaks to a server.
#[derive(Clone)]
pub struct Api {
    pub base: String,
    pub http: reqwest::Client,
    /// Carried as bearer token by every request.
    pub token: Option<String>,
}

/// A request, ready to send.
#[derive(Clone)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Call {
    pub fn new(method: Method, path: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", "application/json".into())];
        Self { method, path: path.into(), headers, body: body.into() }
    }
    /// With one more header; a header set twice is sent as set last.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }
}

pub fn get(path: &str) -> Call {
    Call::new(Method::GET, path, "")
}
pub fn delete(path: &str) -> Call {
    Call::new(Method::DELETE, path, "")
}
pub fn post(path: &str, body: Value) -> Call {
    Call::new(Method::POST, path, body.to_string())
}
pub fn put(path: &str, body: Value) -> Call {
    Call::new(Method::PUT, path, body.to_string())
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Said {
    pub status: StatusCode,
    pub retry_after: Option<String>,
    pub body: Value,
}

/// `status code detail`, or the whole body if it is no problem.
impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status.as_u16();
        match (self.body["code"].as_str(), self.body["detail"].as_str()) {
            (Some(code), Some(detail)) => write!(f, "{status} {code} {detail}"),
            _ => write!(f, "{status} {}", self.body),
        }
    }
}

impl Api {
    pub fn at(base: String) -> Self {
        Self { base, http: http(&ClientTls::default()), token: None }
    }
    pub async fn send(&self, call: Call) -> Response {
        self.try_send(call).await.expect("the server answers")
    }
    /// Errors: the server is gone.
    pub async fn try_send(&self, call: Call) -> reqwest::Result<Response> {
        let mut request =
            self.http.request(call.method, format!("{}{}", self.base, call.path)).body(call.body);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request.send().await
    }
    pub async fn say(&self, call: Call) -> Said {
        let answer = self.send(call).await;
        let status = answer.status();
        let header = answer.headers().get("retry-after");
        let retry_after = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let text = answer.text().await.expect("the body arrives");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Said { status, retry_after, body }
    }
    /// Says something that must be accepted.
    pub async fn must(&self, call: Call) -> Value {
        let path = call.path.clone();
        let said = self.say(call).await;
        assert!(said.status.is_success(), "{path}: {said}");
        said.body
    }
    /// Looks until `field` of what `path` shows is `value`.
    pub async fn until(&self, path: &str, field: &str, value: impl Into<Value>) -> Value {
        let value = value.into();
        for _ in 0..500 {
            let shown = self.must(get(path)).await;
            if shown[field] == value {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} never showed {field} as {value}: {}", self.must(get(path)).await)
    }
    /// A checksum of all that is durable.
    pub async fn digest(&self) -> String {
        self.must(get("/v1/world")).await["digest"].to_string()
    }
    /// Registers a vehicle that nobody has to ask, at a corner of the town.
    pub async fn vehicle(&self, id: &str, at: Position) {
        self.must(put(&format!("/v1/vehicles/{id}"), vehicle(at))).await;
    }
}

pub fn place(at: Position) -> Value {
    json!({ "lat": at.lat(), "lon": at.lon() })
}

/// A vehicle without a driver to ask.
pub fn vehicle(at: Position) -> Value {
    json!({
        "seats": 4, "battery_kwh": 62.0, "consumption_wh_per_km": 160.0, "driver": "automatic",
        "position": place(at), "battery_percent": 80.0
    })
}

/// A ride of three blocks.
pub fn order(id: &str) -> Value {
    json!({ "id": id, "pickup": place(corner(2, 0)), "dropoff": place(corner(2, 3)) })
}

/// A node with one GPU of 16 GiB.
pub fn node(gpu: &str) -> Value {
    json!({ "architecture": "amd64", "cuda": "12.4", "cpu_milli": 8_000, "memory_mib": 32_768, "pcie_mbps": 64_000,
        "devices": [{ "uuid": gpu, "product": "T4", "memory_mib": 15_109 }] })
}

/// A detector in two precisions.
pub fn model() -> Value {
    let variant = |precision: &str, memory: u32, accuracy: u32| {
        json!({ "precision": precision, "size_mib": memory / 2, "memory_mib": memory, "cuda_min": "11.8",
            "latency_ms": 20, "accuracy_permille": accuracy })
    };
    let variants = [variant("fp16", 4_000, 920), variant("int8", 1_500, 905)];
    json!({ "versions": [{ "version": "1.2.0", "variants": variants }] })
}

/// One replica of the detector.
pub fn workload(milli_gpu: u16) -> Value {
    json!({ "model": "detector", "precision": "fp16", "cpu_milli": 500, "memory_mib": 1_024, "gpus": 1,
        "milli_gpu": milli_gpu })
}

/// Waits until a replica has a node, and says which.
pub async fn placed(api: &Api, id: &str) -> String {
    for _ in 0..500 {
        let said = api.must(get(&format!("/v1/placements/{id}/explain"))).await;
        if let Some(node) = said["placement"]["bound"]["node"].as_str() {
            return node.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{id} found no node within five seconds");
}
