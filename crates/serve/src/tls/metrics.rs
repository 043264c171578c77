//! What is measured of TLS.

use crate::clock::Clock;
use crate::metrics::from_zero;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// Whose TLS it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Listener {
    /// That of everybody.
    Public,
    /// That of operators.
    Admin,
}

/// What came of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum Handshake {
    Done,
    /// The client broke off, or the two do not agree.
    Broken,
    TooLong,
    /// There was none: the client speaks plain HTTP.
    PlainHttp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByListener {
    listener: Listener,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    listener: Listener,
    result: Handshake,
}

/// What is measured of the TLS of all listeners.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsMetrics {
    handshakes: Family<ByResult, Counter>,
    expires: Family<ByListener, Gauge>,
}

impl TlsMetrics {
    pub(crate) fn register(&self, r: &mut Registry) {
        r.register("tls_handshakes", "TLS handshakes, by what came of them", self.handshakes.clone());
        let results = [Handshake::Done, Handshake::Broken, Handshake::TooLong, Handshake::PlainHttp];
        for listener in [Listener::Public, Listener::Admin] {
            from_zero(&self.handshakes, results.map(|result| ByResult { listener, result }));
            // Zero: it has no certificate.
            self.expires.get_or_create(&ByListener { listener }).inc_by(0);
        }
        let says = "When the certificate ends, in seconds since 1970; 0: there is none";
        r.register("tls_certificate_expires_seconds", says, self.expires.clone());
    }

    pub(super) fn count(&self, listener: Listener, result: Handshake) {
        self.handshakes.get_or_create(&ByResult { listener, result }).inc();
    }

    /// When the certificate ends, since 1970.
    pub(super) fn expires(&self, listener: Listener, at: Duration) {
        let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
        self.expires.get_or_create(&ByListener { listener }).set(seconds);
        if u128::from(Clock::Real.now().0) >= at.as_millis() {
            tracing::warn!(?listener, "the certificate has ended: clients refuse it");
        }
    }
}
