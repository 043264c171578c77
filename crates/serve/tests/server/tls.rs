//! TLS over real sockets: what a client gets by it, what becomes of a handshake that does not come about, and new certificates.

use crate::authority::{Authority, Pair};
use crate::common::{Api, Said, bound, corner, get, http, options, order, post, running};
use expect_test::expect;
use paceline_serve::{ServeOptions, Summary, TlsOptions};
use paceline_tls::{ClientTls, provider, trusted};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, SupportedProtocolVersion};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

fn tls(pair: &Pair) -> TlsOptions {
    TlsOptions::of(pair.certificate.clone(), pair.key.clone())
}

/// A directory with an authority and a server's certificate by it.
struct Files {
    dir: tempfile::TempDir,
    authority: Authority,
    ca: PathBuf,
    pair: Pair,
}

impl Files {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let authority = Authority::new("Test CA");
        let (ca, pair) = (authority.file(dir.path(), "ca.pem"), authority.server(dir.path(), "server"));
        Self { dir, authority, ca, pair }
    }
    fn options(&self) -> ServeOptions {
        ServeOptions { tls: Some(tls(&self.pair)), ..options() }
    }
    /// Serves by TLS while `talk` goes on; whoever speaks by the API it gets believes the authority.
    async fn served<T>(&self, options: ServeOptions, talk: impl AsyncFnOnce(Api) -> T) -> (T, Summary) {
        let server = bound(options, &self.dir.path().join("journal")).await;
        let http = http(&ClientTls { ca_file: Some(self.ca.clone()), identity: None });
        running(server, async |api| talk(Api { http, ..api }).await).await
    }
}

fn address(api: &Api) -> SocketAddr {
    api.base.strip_prefix("https://").expect("it speaks TLS").parse().expect("an address")
}

/// Shakes hands by this version, offering HTTP/2 and HTTP/1.1.
async fn shake(
    api: &Api,
    ca: &Path,
    version: &'static SupportedProtocolVersion,
) -> std::io::Result<TlsStream<TcpStream>> {
    let config = ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[version]);
    let roots = trusted(ca).expect("an authority");
    let mut config = config.expect("a version").with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = TcpStream::connect(address(api)).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

fn shown(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    stream.get_ref().1.peer_certificates().expect("it shows one")[0].clone().into_owned()
}

#[tokio::test]
async fn all_that_goes_over_http_goes_over_tls() {
    let files = Files::new();
    let ((), summary) = files
        .served(files.options(), async |api| {
            api.vehicle("v1", corner(0, 0)).await;
            api.must(post("/v1/orders", order("o1"))).await;
            api.until("/v1/orders/o1", "phase", "assigned").await;
            let mut stream = api.send(get("/v1/stream").header("last-event-id", "0")).await;
            let first = stream.chunk().await.expect("it is open").expect("a change");
            assert!(!first.is_empty(), "streams go on over TLS");
            let stranger = api.say(get("/v1/world").header("host", "evil.example")).await;
            assert_eq!(stranger.body["code"], "E0112", "names are asked for as before: {stranger}");
            let metrics = api.must(get("/metrics")).await.to_string();
            let done = "paceline_tls_handshakes_total{listener=\\\"Public\\\",result=\\\"Done\\\"} ";
            assert!(metrics.contains(done) && !metrics.contains(&format!("{done}0")), "{metrics}");
            let expires = "paceline_tls_certificate_expires_seconds{listener=\\\"Public\\\"} ";
            assert!(!metrics.contains(&format!("{expires}0")), "{metrics}");
        })
        .await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
}

#[tokio::test]
async fn both_versions_are_spoken_and_http_1_1_is_agreed_on() {
    let files = Files::new();
    let ca = files.ca.clone();
    files
        .served(files.options(), async |api| {
            for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
                let stream = shake(&api, &ca, version).await.expect("it is spoken");
                assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
            }
        })
        .await;
}

#[tokio::test]
async fn whoever_does_not_believe_the_authority_says_nothing() {
    let files = Files::new();
    let other = Authority::new("Another CA").file(files.dir.path(), "other.pem");
    files
        .served(files.options(), async |api| {
            let strange =
                Api { http: http(&ClientTls { ca_file: Some(other), identity: None }), ..api.clone() };
            let error = strange.try_send(get("/healthz")).await.expect_err("it must not be believed");
            assert!(error.is_connect(), "{error}");
            assert_eq!(api.must(get("/healthz")).await, "ok");
        })
        .await;
}

/// Sends a request as plain HTTP, and reads the answer to its end.
async fn plain(to: SocketAddr) -> Said {
    let mut link = TcpStream::connect(to).await.expect("it listens");
    link.write_all(b"GET /v1/world HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it is taken");
    let mut said = String::new();
    link.read_to_string(&mut said).await.expect("an answer");
    let (head, body) = said.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Said { status, retry_after: None, body: serde_json::from_str(body).expect("a problem") }
}

#[tokio::test]
async fn plain_http_is_told_that_tls_is_spoken() {
    let files = Files::new();
    files
        .served(files.options(), async |api| {
            let said = plain(address(&api)).await;
            expect![
                "400 E0115 This listener speaks HTTPS: ask it by https://. Nothing of this request was read."
            ]
            .assert_eq(&said.to_string());
            let metrics = api.must(get("/metrics")).await.to_string();
            assert!(metrics.contains("result=\\\"PlainHttp\\\"} 1"), "{metrics}");
        })
        .await;
}

#[tokio::test]
async fn a_handshake_under_way_has_a_place_and_whoever_finds_none_is_told_by_tls() {
    let files = Files::new();
    let few = ServeOptions { connections_max: 2, ..files.options() };
    files
        .served(few, async |api| {
            let silent = [address(&api); 2].map(TcpStream::connect);
            let [first, second] = silent.map(async |link| link.await.expect("it listens"));
            let (first, second) = (first.await, second.await);
            let told = loop {
                // The two may not have been taken in yet.
                let said = api.say(get("/healthz")).await;
                if said.status != 200 {
                    break said;
                }
            };
            expect!["503 E0307 There are 2 connections already, as many as there may be."]
                .assert_eq(&told.to_string());
            assert_eq!(told.retry_after.as_deref(), Some("1"));
            drop((first, second));
            let room = async { while api.say(get("/healthz")).await.status != 200 {} };
            tokio::time::timeout(Duration::from_secs(5), room).await.expect("there is room again");
        })
        .await;
}

#[tokio::test]
async fn a_new_certificate_is_taken_while_the_server_runs_and_a_wrong_one_is_not() {
    let files = Files::new();
    let (ca, dir) = (files.ca.clone(), files.dir.path());
    files
        .served(files.options(), async |api| {
            let seen =
                async || shown(&shake(&api, &ca, &rustls::version::TLS13).await.expect("it is believed"));
            let mut idle = shake(&api, &ca, &rustls::version::TLS13).await.expect("it is believed");
            let old = seen().await;
            let other = files.authority.server(dir, "new");
            std::fs::copy(&other.certificate, &files.pair.certificate).expect("it can be written");
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            assert_eq!(seen().await, old, "a certificate without its key is not taken");
            std::fs::copy(&other.key, &files.pair.key).expect("it can be written");
            let taken = async { while seen().await == old {} };
            tokio::time::timeout(Duration::from_secs(5), taken).await.expect("it is taken in");
            // Connections of before go on.
            idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it is taken");
            let mut answer = [0; 12];
            idle.read_exact(&mut answer).await.expect("an answer");
            assert_eq!(&answer, b"HTTP/1.1 200");
        })
        .await;
}

#[tokio::test]
async fn a_server_that_ends_says_so_by_tls() {
    let files = Files::new();
    let ca = files.ca.clone();
    let (mut idle, summary) = files
        .served(files.options(), async |api| {
            let mut idle = shake(&api, &ca, &rustls::version::TLS13).await.expect("it is believed");
            idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it is taken");
            let mut answer = [0; 12];
            idle.read_exact(&mut answer).await.expect("an answer");
            idle
        })
        .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    // Without a word of TLS this would be an error: somebody might have cut the answer.
    idle.read_to_end(&mut Vec::new()).await.expect("a proper end");
}

#[tokio::test]
async fn a_pair_that_cannot_be_used_is_refused_at_the_start() {
    let files = Files::new();
    let other = files.authority.server(files.dir.path(), "other");
    let wrong = TlsOptions { key_file: other.key.clone(), ..tls(&files.pair) };
    let options = ServeOptions { tls: Some(wrong), ..options() };
    let fleet = paceline_engine::FleetOptions::default();
    let journal = files.dir.path().join("journal");
    let server = paceline_serve::Server::bind(
        options,
        fleet,
        crate::common::town(),
        &journal,
        paceline_serve::Clock::Real,
    );
    let said = server.await.err().expect("it must not start").to_string();
    let said = said.replace(&files.dir.path().display().to_string(), "DIR");
    expect!["E0613 cannot use DIR/other.key: must be the key of the first certificate in DIR/server.pem"]
        .assert_eq(&said);
}
