//! Doors over real sockets: the table of roles walked route by route, and what binds a key beside its role.

use crate::common::{
    Api, Call, Said, bikes_spec, corner, delete, edge_spec, federation_spec, get, guarded, options, order,
    place, post, put, running, town,
};
use expect_test::{Expect, expect};
use paceline_api::operation::ALL;
use paceline_api::{Access, RegionKind, Role};
use paceline_artefact::SecretKey;
use paceline_engine::FleetOptions;
use paceline_model::edge::NodeId;
use paceline_model::{Instant, Millis, RegionId, VehicleId};
use paceline_serve::keys::{KeyRecord, Keys};
use paceline_serve::{ArtefactOptions, AuthOptions, BikesSpec, Clock, RegionSpec, Server};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant as Moment;

pub(crate) fn record(role: Role) -> KeyRecord {
    let created = Clock::Real.now();
    KeyRecord {
        id: String::new(),
        name: format!("a test's {role}"),
        role,
        regions: Vec::new(),
        vehicle: (role == Role::Vehicle).then(|| VehicleId::new("v1").expect("an id")),
        node: (role == Role::Node).then(|| NodeId::new("n1").expect("an id")),
        requests_per_second: None,
        sha256: String::new(),
        created,
        expires: created + Millis::from_secs(3_600),
    }
}

/// A file of keys, and a directory for what else a server keeps.
pub(crate) struct Ring {
    dir: tempfile::TempDir,
    pub(crate) keys: Keys,
}

impl Ring {
    pub(crate) fn new() -> Self {
        let ring = Self { dir: tempfile::tempdir().expect("a temporary directory"), keys: Keys::default() };
        ring.write();
        ring
    }
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    pub(crate) fn write(&self) {
        self.keys.write(&self.path("keys.toml")).expect("it can be written");
    }
    /// A new key.
    pub(crate) fn key(&mut self, record: KeyRecord) -> String {
        let key = self.keys.add(record).expect("it can be made").reveal().to_owned();
        self.write();
        key
    }
    pub(crate) fn options(&self) -> AuthOptions {
        AuthOptions { keys_file: Some(self.path("keys.toml")), ..AuthOptions::default() }
    }
    async fn served<T>(&self, auth: AuthOptions, talk: impl AsyncFnOnce(Api) -> T) -> T {
        let server = guarded(auth, &self.path("journal")).await.expect("it can be served");
        let (said, summary) = running(server, talk).await;
        assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
        said
    }
}

pub(crate) fn with(api: &Api, key: &str) -> Api {
    Api { token: Some(key.to_owned()), ..api.clone() }
}

#[tokio::test]
async fn every_route_asks_who_comes_and_lets_in_whom_the_table_names() {
    let mut ring = Ring::new();
    let keys = Role::ALL.map(|role| (role, ring.key(record(role))));
    ring.served(ring.options(), async |api| {
        with(&api, &keys[3 - 1].1).vehicle("v1", corner(0, 0)).await;
        let speakers = keys.each_ref().map(|(role, key)| (*role, with(&api, key)));
        crate::walk::every_route(&api, &speakers).await;
    })
    .await;
    let edge = edge_spec(&ring.path("edge"));
    let server = Server::of(options(), ring.options(), edge, Clock::Real).await.expect("it can be served");
    running(server, async |api| {
        let speakers = keys.each_ref().map(|(role, key)| (*role, with(&api, key)));
        crate::walk::every_route_of(Some(RegionKind::Edge), &api, &speakers).await;
    })
    .await;
    let world = federation_spec(&ring.path("world"));
    let server = Server::of(options(), ring.options(), world, Clock::Real).await.expect("it can be served");
    running(server, async |api| {
        let speakers = keys.each_ref().map(|(role, key)| (*role, with(&api, key)));
        crate::walk::every_route_of(Some(RegionKind::Federation), &api, &speakers).await;
    })
    .await;
    let bikes = bikes_spec(&ring.path("bikes"));
    let server = Server::of(options(), ring.options(), bikes, Clock::Real).await.expect("it can be served");
    running(server, async |api| {
        let speakers = keys.each_ref().map(|(role, key)| (*role, with(&api, key)));
        crate::walk::every_route_of(Some(RegionKind::Bikes), &api, &speakers).await;
    })
    .await;
}

#[tokio::test]
async fn a_feed_that_is_public_asks_nobody_who_comes_and_opens_nothing_else() {
    let mut ring = Ring::new();
    let rider = ring.key(record(Role::Rider));
    for public in [true, false] {
        let text = format!("contact_email = \"feed@town.example\"\npublic = {public}");
        let gbfs = Some(toml::from_str(&text).expect("settings"));
        let spec = BikesSpec { gbfs, ..bikes_spec(&ring.path(&format!("public-{public}"))) };
        let server =
            Server::of(options(), ring.options(), spec, Clock::Real).await.expect("it can be served");
        running(server, async |api| {
            let status = async |api: &Api, path: &str| api.send(get(path)).await.status();
            let read = if public { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            for path in ["/v1/gbfs/gbfs.json", "/v1/regions/main/gbfs/station_status.json"] {
                assert_eq!(status(&api, path).await, read, "a stranger: {path}, public: {public}");
                assert_eq!(status(&with(&api, &rider), path).await, StatusCode::OK, "a rider: {path}");
            }
            for path in ["/v1/stations", "/v1/regions/main/stream", "/"] {
                assert_eq!(status(&api, path).await, StatusCode::UNAUTHORIZED, "{path}");
            }
        })
        .await;
    }
}

#[test]
fn the_table_is_as_it_is_meant() {
    let names = |role: Role| -> Vec<String> {
        let of = ALL.iter().filter(|of| of.access != Access::Anybody && of.access.admits(role));
        of.map(|of| format!("{} {}", of.method.as_str(), of.path)).collect()
    };
    assert_eq!(names(Role::Admin).len(), ALL.iter().filter(|of| of.access != Access::Anybody).count());
    // Who only looks may ask, and what is asked changes nothing.
    let asks = |name: &String| name.starts_with("POST /v1/road/") || name == "POST /v1/placements/what-if";
    let changes: Vec<String> =
        names(Role::Auditor).into_iter().filter(|name| !name.starts_with("GET ") && !asks(name)).collect();
    assert_eq!(changes, Vec::<String>::new());
    let alone = |role: Role| {
        names(role)
            .into_iter()
            .filter(|name| !name.contains("/v1/road") && !name.contains("/v1/gbfs/"))
            .collect::<Vec<_>>()
    };
    expect![[r#"["POST /v1/orders", "GET /v1/orders/{id}", "DELETE /v1/orders/{id}", "GET /v1/orders/{id}/explain", "GET /v1/chargers", "GET /v1/chargers/{id}", "GET /v1/geofences", "GET /v1/geofences/{id}", "GET /v1/traffic", "GET /v1/regions"]"#]]
        .assert_eq(&format!("{:?}", alone(Role::Rider)));
    let vehicle = alone(Role::Vehicle);
    let own = |name: &str| name.contains("/v1/vehicles/{id}") || name.contains("/v1/vans/{id}");
    let beside: Vec<_> = vehicle.iter().filter(|name| !own(name)).collect();
    expect![[r#"["GET /v1/orders/{id}", "POST /v1/telemetry", "GET /v1/chargers", "GET /v1/chargers/{id}", "GET /v1/geofences", "GET /v1/geofences/{id}", "GET /v1/traffic", "GET /v1/regions"]"#]]
        .assert_eq(&format!("{beside:?}"));
}

#[tokio::test]
async fn a_node_speaks_only_for_itself_and_is_asked_about_before_it_gets_an_artefact() {
    let mut ring = Ring::new();
    let (own, operator) = (ring.key(record(Role::Node)), ring.key(record(Role::Operator)));
    let spec = edge_spec(&ring.path("edge"));
    std::fs::write(ring.path("trusted.keys"), SecretKey::of_seed(&[7; 32]).public("").line())
        .expect("it can be written");
    let kept = ArtefactOptions {
        directory: Some(ring.path("kept")),
        keys_file: Some(ring.path("trusted.keys")),
        ..ArtefactOptions::default()
    };
    let server = Server::of(options(), ring.options(), spec, Clock::Real).await.expect("it can be served");
    running(server.with_artefacts(&kept).expect("it can be kept"), async |api| {
        let (own, operator) = (with(&api, &own), with(&api, &operator));
        for node in ["n1", "n2"] {
            operator
                .must(put(&format!("/v1/nodes/{node}"), crate::common::node(&format!("GPU-{node}"))))
                .await;
        }
        own.must(post("/v1/nodes/telemetry", json!([{ "node": "n1" }]))).await;
        own.must(post("/v1/nodes/n1/drain", json!({}))).await;
        assert_eq!(own.say(post("/v1/nodes/n2/drain", json!({}))).await.status, StatusCode::FORBIDDEN);
        assert_eq!(own.say(post("/v1/nodes/n1/uncordon", json!({}))).await.status, StatusCode::FORBIDDEN);
        let denied = |said: &Said| {
            said.status == StatusCode::FORBIDDEN
                && said.to_string().contains("speaks for node n1 only, and not for n2.")
        };
        let said = own.say(post("/v1/nodes/telemetry", json!([{ "node": "n1" }, { "node": "n2" }]))).await;
        assert!(denied(&said), "{said}");
        let said = own.say(get("/v1/placements?node=n2")).await;
        assert!(denied(&said), "{said}");
        own.must(get("/v1/placements")).await;
        assert_eq!(own.say(get("/v1/nodes/n1")).await.status, StatusCode::FORBIDDEN);
        let artefact = format!("/v1/artefacts/blake3:{}", "0f".repeat(32));
        let said = own.say(get(&artefact).header("paceline-node", "n2")).await;
        assert!(denied(&said), "{said}");
        // Trusted, it is let through to where there is nothing; not trusted any more, it is not, whatever it says of itself.
        assert_eq!(own.say(get(&artefact)).await.status, StatusCode::NOT_FOUND);
        let mut bad = crate::common::node("GPU-n1");
        bad["untrusted"] = true.into();
        operator.must(put("/v1/nodes/n1", bad)).await;
        let said = own.say(get(&artefact)).await.to_string();
        assert_eq!(
            said,
            "403 E0703 Node n1 of region main gets no artefacts: its owner says that it is not trusted."
        );
    })
    .await;
}

/// What a request is answered, without what differs from run to run.
async fn check(api: &Api, call: Call, id: &str, expected: &Expect) {
    expected.assert_eq(&api.say(call).await.to_string().replace(id, "ID"));
}

#[tokio::test]
async fn a_vehicle_speaks_only_for_itself() {
    let mut ring = Ring::new();
    let (own, operator) = (ring.key(record(Role::Vehicle)), ring.key(record(Role::Operator)));
    let id = own[3..15].to_owned();
    ring.served(ring.options(), async |api| {
        let (own, operator) = (with(&api, &own), with(&api, &operator));
        own.vehicle("v1", corner(0, 0)).await;
        operator.vehicle("v2", corner(7, 7)).await;
        operator.must(post("/v1/orders", order("o1"))).await;
        operator.until("/v1/orders/o1", "phase", "assigned").await;
        let expected = expect!["403 E0608 key ID (a test's vehicle) speaks for vehicle v1 only, and not for v2."];
        check(&own, post("/v1/vehicles/v2/arrived", json!({ "order": "o1" })), &id, &expected).await;
        check(&own, get("/v1/vehicles/v2"), &id, &expected).await;
        check(&own, get("/v1/regions/main/vehicles/v%32/stream"), &id, &expected).await;
        let at = |vehicle: &str| {
            let place = place(corner(1, 1));
            json!({ "vehicle": vehicle, "lat": place["lat"], "lon": place["lon"], "battery_percent": 50.0 })
        };
        check(&own, post("/v1/telemetry", json!([at("v1"), at("v2")])), &id, &expected).await;
        own.must(post("/v1/telemetry", json!([at("v1")]))).await;
        own.must(get("/v1/vehicles/v1")).await;
        assert_eq!(own.must(get("/v1/orders/o1")).await["vehicle"], "v1");
        operator.must(post("/v1/orders", json!({ "id": "o2", "party": 9, "pickup": place(corner(0, 0)), "dropoff": place(corner(3, 3)) }))).await;
        check(&own, get("/v1/orders/o2"), &id, &expect!["404 E0201 no order is called o2"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_key_of_one_region_asks_no_other() {
    let mut ring = Ring::new();
    let regions = vec![RegionId::new("east").expect("a name")];
    let key = ring.key(KeyRecord { regions, ..record(Role::Operator) });
    let server = guarded(ring.options(), &ring.path("main")).await.expect("it can be served");
    let name = RegionId::new("east").expect("a name");
    let east = RegionSpec::new(name, FleetOptions::default(), town(), &ring.path("east"));
    let server = server.with_region(east).expect("a second region");
    let (id, key) = (key[3..15].to_owned(), key);
    running(server, async |api| {
        let api = with(&api, &key);
        api.must(get("/v1/regions/east/world")).await;
        api.must(get("/v1/regions/east/metrics")).await;
        let expected = expect!["403 E0608 key ID (a test's operator) may not ask region main."];
        check(&api, get("/v1/regions/main/world"), &id, &expected).await;
        check(&api, get("/metrics"), &id, &expected).await;
    })
    .await;
}

#[tokio::test]
async fn a_key_ends_when_it_expires_is_revoked_or_is_not_quite_right_and_guessing_is_slow() {
    let mut ring = Ring::new();
    let old = ring.key(KeyRecord { expires: Instant(1), ..record(Role::Admin) });
    let good = ring.key(record(Role::Admin));
    let mut later = Ring { dir: tempfile::tempdir().expect("a directory"), keys: ring.keys.clone() };
    ring.served(ring.options(), async |api| {
        let (good, began) = (with(&api, &good), Moment::now());
        good.must(get("/v1/world")).await;
        assert!(began.elapsed() < Duration::from_millis(400), "a right key does not wait");
        let began = Moment::now();
        let said = with(&api, &old).say(get("/v1/world")).await;
        expect!["401 E0602 This key has expired."].assert_eq(&said.to_string());
        for wrong in [format!("{}x", good.token.as_ref().expect("it has one")), "guess".into(), "pl_x".into()]
        {
            let said = with(&api, &wrong).say(get("/healthz")).await;
            expect!["401 E0602 This key is not known here, or was revoked."].assert_eq(&said.to_string());
        }
        assert!(began.elapsed() >= Duration::from_secs(2), "four times half a second");
        let answer = api.send(get("/v1/world")).await;
        let ways: Vec<_> = answer.headers().get_all("www-authenticate").iter().collect();
        assert_eq!(ways, ["Bearer realm=\"paceline\"", "Basic realm=\"paceline\", charset=\"UTF-8\""]);
        let as_password =
            api.http.get(format!("{}/v1/world", api.base)).basic_auth("any", good.token.clone());
        assert_eq!(
            as_password.send().await.expect("an answer").status(),
            StatusCode::OK,
            "as browsers send it"
        );
        let metrics = good.must(get("/metrics")).await.to_string();
        assert!(metrics.contains("paceline_auth_refused_total{reason=\\\"Unknown\\\"} 3"), "{metrics}");
        assert!(metrics.contains("paceline_auth_refused_total{reason=\\\"Expired\\\"} 1"), "{metrics}");

        let fresh = later.key(record(Role::Admin));
        assert!(later.keys.remove(&good.token.as_ref().expect("it has one")[3..15]));
        std::fs::write(ring.path("keys.toml"), "[[key]]\nid = 1").expect("it can be written");
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        good.must(get("/v1/world")).await;
        later.keys.write(&ring.path("keys.toml")).expect("it can be written");
        let gone = async { while good.send(get("/v1/world")).await.status() != 401 {} };
        tokio::time::timeout(Duration::from_secs(5), gone)
            .await
            .expect("it is revoked while the server runs");
        with(&api, &fresh).must(get("/v1/world")).await;
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_back_and_nobody_else_is() {
    let mut ring = Ring::new();
    let slow = ring.key(KeyRecord { requests_per_second: Some(2), ..record(Role::Operator) });
    let other = ring.key(record(Role::Operator));
    let id = slow[3..15].to_owned();
    ring.served(ring.options(), async |api| {
        let slow = with(&api, &slow);
        for _ in 0..4 {
            slow.must(get("/v1/world")).await;
        }
        let said = slow.say(get("/v1/world")).await;
        assert_eq!(
            said.to_string(),
            format!("429 E0302 key {id} (a test's operator) may ask 2 times a second.")
        );
        assert_eq!(said.retry_after.as_deref(), Some("1"));
        with(&api, &other).must(get("/v1/world")).await;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        slow.must(get("/v1/world")).await;
    })
    .await;
}

fn trail(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("it is there");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test]
async fn the_audit_says_who_did_what_and_what_they_were_told() {
    let mut ring = Ring::new();
    let (operator, auditor) = (ring.key(record(Role::Operator)), ring.key(record(Role::Auditor)));
    let file = ring.path("audit.jsonl");
    let auth = AuthOptions { audit_file: Some(file.clone()), ..ring.options() };
    ring.served(auth, async |api| {
        let (operator, auditor) = (with(&api, &operator), with(&api, &auditor));
        operator.vehicle("v1", corner(0, 0)).await;
        operator.must(post("/v1/orders?key=secret", order("o1"))).await;
        operator.say(post("/v1/orders", order("o1"))).await;
        operator.must(get("/v1/world")).await;
        auditor.say(delete("/v1/vehicles/v1")).await;
        api.say(delete("/v1/vehicles/v1")).await;
    })
    .await;
    let told: Vec<String> = trail(&file)
        .iter()
        .map(|line| {
            assert!(line["at"].is_string() && line["from"] == "127.0.0.1", "{line}");
            let who = line["who"].as_str().expect("a name").split_once('(').expect("a name").1;
            format!(
                "{who} {} {} {} {} {} {}",
                line["role"], line["method"], line["path"], line["status"], line["code"], line["location"]
            )
        })
        .collect();
    expect![[r#"
        a test's operator) "operator" "PUT" "/v1/vehicles/v1" 200 null null
        a test's operator) "operator" "POST" "/v1/orders" 201 null "/v1/orders/o1"
        a test's operator) "operator" "POST" "/v1/orders" 409 "E0202" null
        a test's auditor) "auditor" "DELETE" "/v1/vehicles/v1" 403 "E0608" null"#]]
    .assert_eq(&told.join("\n"));
}

#[tokio::test]
async fn with_keys_any_address_may_be_listened_on_and_without_readable_ones_none() {
    let ring = Ring::new();
    let name = || RegionId::new("main").expect("a name");
    let region = |dir: &str| RegionSpec::new(name(), FleetOptions::default(), town(), &ring.path(dir));
    let everywhere = paceline_serve::ServeOptions { listen: "0.0.0.0:0".parse().expect("one"), ..options() };
    let served = Server::of(everywhere.clone(), ring.options(), region("a"), Clock::Real).await;
    assert!(served.is_ok());
    std::fs::write(ring.path("keys.toml"), "keys = 7").expect("it can be written");
    let refused = Server::of(everywhere, ring.options(), region("b"), Clock::Real).await.err();
    assert!(refused.expect("it must not start").to_string().starts_with("E0610 cannot use the keys in "));
    let both = AuthOptions { allow_unauthenticated: true, ..ring.options() };
    let said = both.validate().expect_err("one of them is not meant").to_string();
    assert_eq!(said, "allow_unauthenticated is true: must be left out where keys_file is given");
}
