//! Client certificates over real sockets: whose they are, the table of roles walked by them, and how they end.

use crate::authority::{Authority, Client, Pair};
use crate::common::{Api, corner, get, http, options, place, post, running, town};
use expect_test::expect;
use paceline_api::Role;
use paceline_engine::FleetOptions;
use paceline_model::RegionId;
use paceline_serve::{
    AuthOptions, ClientCertificates, Clock, RegionSpec, ServeError, ServeOptions, Server, TlsOptions,
};
use paceline_tls::ClientTls;
use rustls::HandshakeKind;
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A directory with an authority, a server's certificate by it, and a table of clients' certificates.
struct Files {
    dir: tempfile::TempDir,
    authority: Authority,
    ca: PathBuf,
    server: Pair,
}

const TABLE: &str = r#"
[[certificate]]
uri = "spiffe://fleet.example/vehicle/v1"
role = "vehicle"
vehicle = "v1"
[[certificate]]
common_name = "rider"
role = "rider"
[[certificate]]
common_name = "operator"
role = "operator"
[[certificate]]
common_name = "auditor"
role = "auditor"
[[certificate]]
common_name = "admin"
role = "admin"
[[certificate]]
common_name = "node"
role = "node"
node = "n1"
"#;

impl Files {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let authority = Authority::new("Test CA");
        let (ca, server) = (authority.file(dir.path(), "ca.pem"), authority.server(dir.path(), "server"));
        std::fs::write(dir.path().join("certificates.toml"), TABLE).expect("it can be written");
        Self { dir, authority, ca, server }
    }
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    fn tls(&self, client_certificates: ClientCertificates) -> TlsOptions {
        TlsOptions {
            client_ca_file: Some(self.ca.clone()),
            client_certificates,
            ..TlsOptions::of(self.server.certificate.clone(), self.server.key.clone())
        }
    }
    fn auth(&self) -> AuthOptions {
        let certificates_file = Some(self.path("certificates.toml"));
        AuthOptions {
            certificates_file,
            audit_file: Some(self.path("audit.jsonl")),
            ..AuthOptions::default()
        }
    }
    /// A client's certificate by the server's authority.
    fn client(&self, client: Client) -> Pair {
        self.authority.client(self.dir.path(), client.common_name, client)
    }
    fn of(&self, common_name: &'static str) -> Pair {
        self.client(Client { common_name, serial: 1, ..Client::default() })
    }
    fn of_v1(&self) -> Pair {
        let uri = Some("spiffe://fleet.example/vehicle/v1");
        self.client(Client { uri, common_name: "v1", ..Client::default() })
    }
    /// Asks by this certificate.
    fn by(&self, api: &Api, pair: Option<Pair>) -> Api {
        let identity = pair.map(|pair| (pair.certificate, pair.key));
        Api { http: http(&ClientTls { ca_file: Some(self.ca.clone()), identity }), ..api.clone() }
    }
    async fn server(&self, tls: TlsOptions, auth: AuthOptions) -> Result<Server, ServeError> {
        let region =
            RegionSpec::new(RegionId::new("main")?, FleetOptions::default(), town(), &self.path("journal"));
        Server::of(ServeOptions { tls: Some(tls), ..options() }, auth, region, Clock::Real).await
    }
    async fn served(&self, tls: TlsOptions, talk: impl AsyncFnOnce(Api)) {
        let server = self.server(tls, self.auth()).await.expect("it can be served");
        let ((), summary) = running(server, talk).await;
        assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    }
}

#[tokio::test]
async fn every_route_lets_in_by_certificate_whom_the_table_names() {
    let files = Files::new();
    files
        .served(files.tls(ClientCertificates::Optional), async |api| {
            let of_role = |role: Role| match role {
                Role::Vehicle => (role, files.by(&api, Some(files.of_v1()))),
                other => (role, files.by(&api, Some(files.of(other.as_str())))),
            };
            let of_roles = Role::ALL.map(of_role);
            of_roles[1].1.vehicle("v1", corner(0, 0)).await;
            crate::walk::every_route(&files.by(&api, None), &of_roles).await;
            let stranger = files.by(&api, Some(files.of("nobody")));
            expect!["401 E0602 The certificate of nobody is not known here: add it to [auth] certificates_file, or say who you are by `Authorization: Bearer KEY`."]
                .assert_eq(&stranger.say(get("/v1/world")).await.to_string());
        })
        .await;
}

#[tokio::test]
async fn a_vehicle_speaks_only_for_the_one_that_its_certificate_names() {
    let files = Files::new();
    files
        .served(files.tls(ClientCertificates::Required), async |api| {
            let (own, desk) = (files.by(&api, Some(files.of_v1())), files.by(&api, Some(files.of("operator"))));
            own.vehicle("v1", corner(0, 0)).await;
            desk.vehicle("v2", corner(7, 7)).await;
            let expected = expect!["403 E0608 certificate spiffe://fleet.example/vehicle/v1 speaks for vehicle v1 only, and not for v2."];
            let said = own.say(post("/v1/vehicles/v2/recover", json!({}))).await;
            expected.assert_eq(&said.to_string());
            let at = |vehicle: &str| {
                let place = place(corner(1, 1));
                json!([{ "vehicle": vehicle, "lat": place["lat"], "lon": place["lon"], "battery_percent": 50.0 }])
            };
            expected.assert_eq(&own.say(post("/v1/telemetry", at("v2"))).await.to_string());
            own.must(post("/v1/telemetry", at("v1"))).await;
        })
        .await;
    let trail = std::fs::read_to_string(files.path("audit.jsonl")).expect("it is there");
    let named = trail.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let named: Vec<String> =
        named.map(|line| format!("{} {} {}", line["who"], line["path"], line["status"])).collect();
    expect![[r#"
        "certificate spiffe://fleet.example/vehicle/v1" "/v1/vehicles/v1" 200
        "certificate operator" "/v1/vehicles/v2" 200
        "certificate spiffe://fleet.example/vehicle/v1" "/v1/vehicles/v2/recover" 403
        "certificate spiffe://fleet.example/vehicle/v1" "/v1/telemetry" 403"#]]
    .assert_eq(&named.join("\n"));
}

#[tokio::test]
async fn without_a_good_certificate_there_is_no_connection_where_one_is_required() {
    let files = Files::new();
    let admin = Client { common_name: "admin", ..Client::default() };
    let strange = Some(Authority::new("Another CA").client(files.dir.path(), "strange", admin));
    let ended = Some(files.authority.client(
        files.dir.path(),
        "ended",
        Client { ends_s: Some(1_600_000_000), ..admin },
    ));
    let as_server = Some(files.server.clone());
    files
        .served(files.tls(ClientCertificates::Required), async |api| {
            for (pair, whose) in [
                (None, "none"),
                (strange, "another authority's"),
                (ended, "expired"),
                (as_server, "a server's"),
            ] {
                let refused = files.by(&api, pair).try_send(get("/healthz")).await;
                assert!(refused.is_err(), "{whose}: {refused:?}");
            }
            let good = files.by(&api, Some(files.of("admin")));
            let metrics = good.must(get("/metrics")).await.to_string();
            assert!(
                metrics.contains(
                    "paceline_tls_handshakes_total{listener=\\\"Public\\\",result=\\\"Broken\\\"} 4"
                ),
                "{metrics}"
            );
        })
        .await;
}

#[tokio::test]
async fn a_certificate_that_is_taken_out_of_the_table_ends_on_open_connections_too() {
    let files = Files::new();
    files
        .served(files.tls(ClientCertificates::Optional), async |api| {
            let admin = files.by(&api, Some(files.of("admin")));
            admin.must(get("/v1/world")).await;
            std::fs::write(files.path("certificates.toml"), "[[certificate]]\n").expect("it can be written");
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            admin.must(get("/v1/world")).await;
            std::fs::write(files.path("certificates.toml"), "").expect("it can be written");
            let gone = async { while admin.send(get("/v1/world")).await.status() != 401 {} };
            tokio::time::timeout(Duration::from_secs(5), gone).await.expect("it has ended");
        })
        .await;
}

#[tokio::test]
async fn a_certificate_on_the_list_of_revoked_ones_makes_no_connection() {
    let files = Files::new();
    let good = files.of("admin");
    let revoked = files.client(Client { common_name: "operator", serial: 7, ..Client::default() });
    let list = files.path("revoked.pem");
    std::fs::write(&list, files.authority.revoked(&[])).expect("it can be written");
    let tls = TlsOptions { client_crl_file: Some(list.clone()), ..files.tls(ClientCertificates::Required) };
    files
        .served(tls, async |api| {
            let operator = || files.by(&api, Some(revoked.clone()));
            operator().must(get("/v1/world")).await;
            std::fs::write(&list, files.authority.revoked(&[7])).expect("it can be written");
            let gone = async { while operator().try_send(get("/v1/world")).await.is_ok() {} };
            tokio::time::timeout(Duration::from_secs(5), gone).await.expect("it has ended");
            files.by(&api, Some(good)).must(get("/v1/world")).await;
        })
        .await;
}

#[tokio::test]
async fn certificates_are_identity_and_a_table_that_nobody_can_be_in_is_refused() {
    let files = Files::new();
    let everywhere = |tls| ServeOptions { listen: "0.0.0.0:0".parse().expect("one"), tls, ..options() };
    let said = async |tls: Option<TlsOptions>, auth: AuthOptions, dir: &str| {
        let name = RegionId::new("main").expect("a name");
        let region = RegionSpec::new(name, FleetOptions::default(), town(), &files.path(dir));
        let served = Server::of(everywhere(tls), auth, region, Clock::Real).await;
        served.map_or_else(|error| error.to_string(), |_| "served".into())
    };
    let asked = Some(files.tls(ClientCertificates::Required));
    assert_eq!(said(asked.clone(), files.auth(), "a").await, "served");
    let nobody = said(asked, AuthOptions::default(), "b").await;
    assert!(nobody.starts_with("E0609"), "an authority alone says nobody's role: {nobody}");
    let off = TlsOptions { client_ca_file: None, ..files.tls(ClientCertificates::Off) };
    let rule = "E0101 auth.certificates_file is set: needs serve.tls.client_certificates: \"optional\" or \"required\"";
    assert_eq!(said(Some(off), files.auth(), "c").await, rule);
    let without = TlsOptions { client_ca_file: None, ..files.tls(ClientCertificates::Optional) };
    let rule = "E0101 tls.client_ca_file is left out: must name the authorities of client certificates";
    assert_eq!(said(Some(without), files.auth(), "d").await, rule);
}

#[tokio::test]
async fn a_certificate_ends_at_its_time_on_an_open_connection_too() {
    let files = Files::new();
    let soon = Clock::Real.now().0 / 1_000 + 3;
    let short = files.client(Client { common_name: "admin", ends_s: Some(soon), ..Client::default() });
    files
        .served(files.tls(ClientCertificates::Required), async |api| {
            let admin = files.by(&api, Some(short));
            admin.must(get("/v1/world")).await;
            let ended = async {
                loop {
                    let said = admin.say(get("/v1/world")).await;
                    if said.status != 200 {
                        break said;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            };
            let ended = tokio::time::timeout(Duration::from_secs(10), ended).await.expect("it ends");
            expect!["401 E0602 The certificate of this connection has expired."]
                .assert_eq(&ended.to_string());
        })
        .await;
}

#[tokio::test]
async fn each_connection_shows_its_certificate_anew() {
    let files = Files::new();
    let admin = files.of("admin");
    files
        .served(files.tls(ClientCertificates::Required), async |api| {
            let identity = Some((admin.certificate, admin.key));
            let tls = ClientTls { ca_file: Some(files.ca.clone()), identity };
            let connector =
                TlsConnector::from(Arc::new(tls.config(&api.base).expect("files that can be used")));
            for _ in 0..2 {
                let to = api.base.strip_prefix("https://").expect("it speaks TLS");
                let link = TcpStream::connect(to).await.expect("it listens");
                let name = ServerName::try_from("localhost").expect("a name");
                let mut link = connector.connect(name, link).await.expect("it is let in");
                link.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").await.expect("it is taken");
                link.read_to_end(&mut Vec::new())
                    .await
                    .expect("an answer, after which a session might be taken up again");
                assert_eq!(link.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
            }
        })
        .await;
}
