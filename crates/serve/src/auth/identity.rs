//! Who asks: the key that a request carries, or the certificate of its connection, looked up; and what is counted of wrong ones.

use super::arrival::Arrival;
use super::certificates::CertificateTable;
use super::credentials::presented;
use super::keys::{KeyTable, Keys};
use super::oidc::{Issuer, IssuerMetrics};
use super::options::AuthOptions;
use super::principal::{Principal, Who};
use super::rate::Buckets;
use super::wrong::{Reason, Refused, Wrong};
use crate::clock::Clock;
use crate::error::ServeError;
use crate::problem::Problem;
use crate::tls::PeerCertificate;
use crate::watched::Watched;
use axum::http::HeaderMap;
use paceline_supervise::{NamedExt as _, Scope, Until};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How long an answer to a wrong key waits: whoever guesses does so twice a second on each connection, and connections are bounded.
const WRONG_PAUSE: Duration = Duration::from_millis(500);
/// Lets whoever carried a wrong key or token wait for their answer.
pub(crate) async fn pause_after_wrong() {
    tokio::time::sleep(WRONG_PAUSE).named("pause after a wrong key").await;
}

/// Knows who may come.
pub(crate) struct Identity {
    keys: Option<Arc<Watched<KeyTable>>>,
    certificates: Option<Arc<Watched<CertificateTable>>>,
    issuer: Option<Arc<Issuer>>,
    buckets: Buckets,
    /// Requests a second of each, where their key says nothing else.
    rate: u32,
    refused: Refused,
    /// The second, since the start, of the last line in the log about wrong keys.
    logged: AtomicU64,
    started: Instant,
}

impl Identity {
    /// `None`: nothing says who may come, and nobody is asked. Errors: the keys cannot be used.
    pub(super) fn new(
        options: &AuthOptions,
        refused: Refused,
        issuer: IssuerMetrics,
    ) -> Result<Option<Self>, ServeError> {
        if options.identity().is_none() {
            return Ok(None);
        }
        let keys = options.keys_file.clone().map(|file| {
            Watched::new("keys", vec![file.clone()], move || {
                Keys::read(&file).map(|keys| KeyTable::of(&keys))
            })
        });
        let certificates = options.certificates_file.clone().map(|file| {
            Watched::new("clients' certificates", vec![file.clone()], move || CertificateTable::read(&file))
        });
        Ok(Some(Self {
            keys: keys.transpose()?,
            certificates: certificates.transpose()?,
            issuer: options.oidc.as_ref().map(|oidc| Issuer::new(oidc, issuer)).transpose()?,
            buckets: Buckets::default(),
            rate: options.requests_per_second,
            refused,
            logged: AtomicU64::new(u64::MAX),
            started: Instant::now(),
        }))
    }

    /// Begins to watch the files and the issuer. It ends with the scope.
    pub(super) fn start(&self, scope: &Scope) {
        self.keys.iter().for_each(|keys| keys.start(scope));
        self.certificates.iter().for_each(|certificates| certificates.start(scope));
        if let Some(issuer) = &self.issuer {
            scope.spawn("issuer", Until::Owner, issuer.clone().watch(scope.token()));
        }
    }

    /// Who sends this: whose key it carries, or, where it carries none, whose certificate its connection has.
    ///
    /// Errors: a key or certificate that is not good, after a pause; too many requests.
    pub(super) async fn who(&self, headers: &HeaderMap, arrival: Option<&Arrival>) -> Result<Who, Problem> {
        let from = arrival.map(|arrival| arrival.remote);
        let found = match presented(headers) {
            Some(secret) => self.find(&secret).await,
            None => match arrival.and_then(|arrival| arrival.certificate.as_ref()) {
                None => return Ok(Who::Unknown(None)),
                Some(certificate) => match self.bearer(certificate) {
                    None => return Ok(Who::Unknown(Some(certificate.clone()))),
                    Some(found) => found,
                },
            },
        };
        match found {
            Ok(principal) => {
                self.count(&principal)?;
                Ok(Who::Known(principal))
            }
            Err(wrong) => {
                self.report(wrong.reason(), from);
                if wrong.is_guess() {
                    pause_after_wrong().await;
                }
                Err(wrong.problem())
            }
        }
    }

    async fn find(&self, secret: &[u8]) -> Result<Arc<Principal>, Wrong> {
        let key = self.keys.as_ref().and_then(|keys| keys.get().find(secret, Clock::Real.now()));
        match (key, &self.issuer) {
            (Some(found), _) => found,
            (None, Some(issuer)) if is_token(secret) => issuer.bearer(secret).await,
            (None, _) => Err(Wrong::UnknownKey),
        }
    }

    /// What is wrong with the issuer of tokens, if there is one.
    pub(super) fn trouble(&self) -> Option<&'static str> {
        self.issuer.as_ref().and_then(|issuer| issuer.trouble())
    }

    /// Whose certificate it is; `None`: nobody's. Errors: it has ended, though its connection has not.
    fn bearer(&self, certificate: &PeerCertificate) -> Option<Result<Arc<Principal>, Wrong>> {
        let table = self.certificates.as_ref()?.get();
        let principal = table.find(certificate)?;
        Some(if certificate.ends <= Clock::Real.now() {
            Err(Wrong::ExpiredCertificate)
        } else {
            Ok(principal.clone())
        })
    }

    fn count(&self, principal: &Principal) -> Result<(), Problem> {
        let rate = principal.rate.unwrap_or(self.rate);
        self.buckets.take(&principal.name, rate, Instant::now()).map_err(|after| {
            self.refused.count(Reason::TooOften);
            Problem::too_often(&principal.name, rate, after)
        })
    }

    /// Counts a wrong key, and logs it, though only one of a second: a flood of guesses does not fill the disk. What was presented is not
    /// said: it may be almost right.
    fn report(&self, reason: Reason, from: Option<IpAddr>) {
        self.refused.count(reason);
        let second = self.started.elapsed().as_secs();
        if self.logged.swap(second, Ordering::Relaxed) != second {
            tracing::warn!(?from, ?reason, "a request carries a wrong key");
        }
    }
}

/// Whether it looks like a token: three parts, of which the first is an object of JSON in base64. Source: RFC 7519, 3.1.
fn is_token(secret: &[u8]) -> bool {
    secret.starts_with(b"ey") && secret.iter().filter(|byte| **byte == b'.').count() == 2
}
