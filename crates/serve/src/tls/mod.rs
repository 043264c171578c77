//! TLS of a listener: the certificate, read again when its files change, and the handshake, which is bounded.
//!
//! A connection has its place among all others before its handshake begins, and loses it when the handshake takes too long: whoever
//! begins and does not finish costs what an idle connection costs, and for less time.

mod metrics;
mod options;
mod peer;

pub(crate) use metrics::{Listener, TlsMetrics};
pub use options::{ClientCertificates, TlsOptions};
pub(crate) use peer::PeerCertificate;

use crate::watched::Watched;
use metrics::Handshake;
use paceline_supervise::{NamedExt as _, Scope};
use paceline_tls::{TlsFileError, certified_key, provider, revoked, trusted};
use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// How long a handshake may take: three round trips over a bad mobile link, each with a packet lost and sent again.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// What clients may agree on. Source: RFC 7301.
const PROTOCOLS: [&[u8]; 1] = [b"http/1.1"];

/// TLS of one listener.
pub(crate) struct Tls {
    config: Arc<Watched<ServerConfig>>,
    listener: Listener,
    metrics: TlsMetrics,
}

/// The certificate that a client has shown to be its own; `None`: it has none, or none that can be read.
pub(crate) fn peer(stream: &TlsStream<TcpStream>) -> Option<Arc<PeerCertificate>> {
    let (_, session) = stream.get_ref();
    PeerCertificate::read(session.peer_certificates()?.first()?).map(Arc::new)
}

/// Why there is no TLS with a client.
#[derive(Debug)]
pub(crate) enum NoTls {
    /// It speaks plain HTTP.
    PlainHttp(TcpStream),
    /// It has broken off, has not finished in time, or the two do not agree.
    Broken,
}

impl Tls {
    /// `None`: the listener speaks plain HTTP. Errors: as [`Tls::new`].
    pub(crate) fn of(
        options: Option<&TlsOptions>,
        listener: Listener,
        metrics: &TlsMetrics,
    ) -> Result<Option<Arc<Self>>, TlsFileError> {
        options.map(|options| Self::new(options, listener, metrics.clone())).transpose()
    }

    /// Errors: a file cannot be used, or certificate and key do not belong together.
    fn new(options: &TlsOptions, listener: Listener, metrics: TlsMetrics) -> Result<Arc<Self>, TlsFileError> {
        let (files, shown) = (options.files(), metrics.clone());
        let options = options.clone();
        let read = move || {
            let identity = certified_key(&options.certificate_file, &options.key_file)?;
            shown.expires(listener, expiry(&identity, &options.certificate_file)?);
            config(&options, identity)
        };
        let config = Watched::new("certificates", files, read)?;
        Ok(Arc::new(Self { config, listener, metrics }))
    }

    /// Begins to watch the files. It ends with the scope.
    pub(crate) fn start(&self, scope: &Scope) {
        self.config.start(scope);
    }

    /// Shakes hands. Errors: it does not come about, which is counted.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, NoTls> {
        let shaken = tokio::time::timeout(HANDSHAKE_MAX, self.shake(stream)).named("a TLS handshake").await;
        let (counts, result) = match shaken {
            Ok(Ok(stream)) => (Handshake::Done, Ok(stream)),
            Ok(Err(NoTls::PlainHttp(stream))) => (Handshake::PlainHttp, Err(NoTls::PlainHttp(stream))),
            Ok(Err(NoTls::Broken)) => (Handshake::Broken, Err(NoTls::Broken)),
            Err(_) => (Handshake::TooLong, Err(NoTls::Broken)),
        };
        self.metrics.count(self.listener, counts);
        result
    }

    async fn shake(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, NoTls> {
        let broken = |error: io::Error| {
            tracing::debug!(%error, "a TLS handshake broke off");
            NoTls::Broken
        };
        let mut first = [0];
        let read = stream.peek(&mut first).await.map_err(broken)?;
        // A handshake begins with byte 22, and a request with the name of a method. Source: RFC 8446, 5.1.
        if read == 1 && first[0].is_ascii_uppercase() {
            return Err(NoTls::PlainHttp(stream));
        }
        TlsAcceptor::from(self.config.get()).accept(stream).await.map_err(broken)
    }
}

fn config(options: &TlsOptions, identity: Arc<CertifiedKey>) -> Result<ServerConfig, TlsFileError> {
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| unusable(&options.certificate_file, &error))?;
    let clients = match &options.client_ca_file {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(ca_file) => clients(options, ca_file)?,
    };
    let resolver = Arc::new(SingleCertAndKey::from(identity));
    let mut config = builder.with_client_cert_verifier(clients).with_cert_resolver(resolver);
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    if options.client_ca_file.is_some() {
        // A session that is taken up again shows no certificate, and one that has been revoked since would not be noticed.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok(config)
}

/// Who judges clients' certificates: signed by an authority, for clients, not ended, not revoked.
fn clients(options: &TlsOptions, ca_file: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsFileError> {
    let mut verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(trusted(ca_file)?), provider());
    if let Some(crl_file) = &options.client_crl_file {
        verifier = verifier.with_crls(revoked(crl_file)?).only_check_end_entity_revocation();
    }
    if options.client_certificates == ClientCertificates::Optional {
        verifier = verifier.allow_unauthenticated();
    }
    verifier.build().map_err(|error| match (&error, &options.client_crl_file) {
        (VerifierBuilderError::InvalidCrl(_), Some(crl_file)) => unusable(crl_file, &error),
        _ => unusable(ca_file, &error),
    })
}

/// When the certificate ends, since 1970. One that has ended is served all the same, and logged: the clock may be wrong, and clients judge.
fn expiry(identity: &CertifiedKey, file: &Path) -> Result<Duration, TlsFileError> {
    let leaf = identity.end_entity_cert().map_err(|error| unusable(file, &error))?;
    let leaf = Certificate::from_der(leaf).map_err(|error| unusable(file, &error))?;
    Ok(leaf.tbs_certificate().validity().not_after.to_unix_duration())
}

fn unusable(file: &Path, why: &dyn std::fmt::Display) -> TlsFileError {
    TlsFileError { file: file.to_owned(), rule: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};
    use tokio::net::TcpListener;

    #[tokio::test(start_paused = true)]
    async fn a_handshake_that_does_not_go_on_ends() {
        let dir = tempfile::tempdir().expect("a directory");
        let (certificate_file, key_file) = (dir.path().join("server.pem"), dir.path().join("server.key"));
        let key = KeyPair::generate().expect("a key");
        let made =
            CertificateParams::new(vec!["localhost".into()]).and_then(|params| params.self_signed(&key));
        std::fs::write(&certificate_file, made.expect("a certificate").pem()).expect("it can be written");
        std::fs::write(&key_file, key.serialize_pem()).expect("it can be written");
        let options = TlsOptions::of(certificate_file, key_file);
        let tls = Tls::new(&options, Listener::Public, TlsMetrics::default()).expect("they belong together");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let to = listener.local_addr().expect("it has one");
        let (silent, accepted) = tokio::join!(TcpStream::connect(to), listener.accept());
        let began = tokio::time::Instant::now();
        let shaken = tls.accept(accepted.expect("a connection").0).await;
        assert!(matches!(shaken, Err(NoTls::Broken)));
        assert_eq!(began.elapsed().as_secs(), HANDSHAKE_MAX.as_secs());
        drop(silent);
    }
}
