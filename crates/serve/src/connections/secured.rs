//! What a listener and its client speak over.

use crate::tls::{NoTls, PeerCertificate, Tls, peer};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

/// A socket, or TLS over it where the listener has a certificate.
pub(super) type Secured = Either<TcpStream, TlsStream<TcpStream>>;

/// The same stream by TLS, if that is spoken here. Errors: it does not come about.
pub(super) async fn secured(stream: TcpStream, tls: Option<&Tls>) -> Result<Secured, NoTls> {
    match tls {
        None => Ok(Either::Left(stream)),
        Some(tls) => tls.accept(stream).await.map(Either::Right),
    }
}

/// The certificate that the client has shown to be its own.
pub(super) fn certificate(stream: &Secured) -> Option<Arc<PeerCertificate>> {
    match stream {
        Either::Left(_) => None,
        Either::Right(stream) => peer(stream),
    }
}
