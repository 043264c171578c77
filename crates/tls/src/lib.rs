//! Whom does a connection trust? Certificates and keys from files, for the server's listeners, and for whoever asks one.
//!
//! TLS 1.2 and 1.3 by `rustls`, with the algorithms of `ring`, which are asked for by name each time: nothing depends on a default that
//! somebody else in the process may have set. What speaks TLS over a socket is not here.

mod client;
mod files;

pub use client::ClientTls;
pub use files::{TlsFileError, certified_key, revoked, trusted};

use rustls::crypto::{CryptoProvider, ring};
use std::sync::Arc;

/// The algorithms that are used.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
