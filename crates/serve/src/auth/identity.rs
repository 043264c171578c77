//! Who asks: the key that a request carries, looked up, and what is counted of those who carry a wrong one.

use super::credentials::presented;
use super::keys::{KeyTable, Keys, Wrong};
use super::options::AuthOptions;
use super::principal::{Principal, Who};
use super::rate::Buckets;
use crate::clock::Clock;
use crate::error::ServeError;
use crate::metrics::from_zero;
use crate::problem::Problem;
use crate::watched::Watched;
use axum::http::HeaderMap;
use paceline_api::Code;
use paceline_supervise::{NamedExt as _, Scope};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Reason {
    Unknown,
    Expired,
    TooOften,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReason {
    reason: Reason,
}

/// Who was turned away for what they carry, by reason.
#[derive(Clone, Default)]
pub(super) struct Refused(Family<ByReason, Counter>);

impl Refused {
    pub(super) fn register(&self, r: &mut Registry) {
        r.register("auth_refused", "Requests with a wrong key, or too many, by reason", self.0.clone());
        let reasons = [Reason::Unknown, Reason::Expired, Reason::TooOften];
        from_zero(&self.0, reasons.map(|reason| ByReason { reason }));
    }
    fn count(&self, reason: Reason) {
        self.0.get_or_create(&ByReason { reason }).inc();
    }
}

/// Knows who may come.
pub(crate) struct Identity {
    keys: Arc<Watched<KeyTable>>,
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
    pub(super) fn new(options: &AuthOptions, refused: Refused) -> Result<Option<Self>, ServeError> {
        let Some(file) = options.keys_file.clone() else { return Ok(None) };
        let read = move || Keys::read(&file).map(|keys| KeyTable::of(&keys));
        let keys = Watched::new("keys", options.keys_file.iter().cloned().collect(), read)?;
        Ok(Some(Self {
            keys,
            buckets: Buckets::default(),
            rate: options.requests_per_second,
            refused,
            logged: AtomicU64::new(u64::MAX),
            started: Instant::now(),
        }))
    }

    /// Begins to watch the keys. It ends with the scope.
    pub(super) fn start(&self, scope: &Scope) {
        self.keys.start(scope);
    }

    /// Who sends this. Errors: a key that is not good, after a pause; too many requests.
    pub(super) async fn who(&self, headers: &HeaderMap, from: Option<IpAddr>) -> Result<Who, Problem> {
        let Some(secret) = presented(headers) else { return Ok(Who::Unknown) };
        match self.find(&secret) {
            Ok(principal) => {
                self.count(&principal)?;
                Ok(Who::Known(principal))
            }
            Err(wrong) => {
                self.report(wrong, from);
                pause_after_wrong().await;
                let detail = match wrong {
                    Wrong::Unknown => "This key is not known here, or was revoked.",
                    Wrong::Expired => "This key has expired.",
                };
                Err(Problem::new(Code::E0602, detail))
            }
        }
    }

    fn find(&self, secret: &[u8]) -> Result<Arc<Principal>, Wrong> {
        self.keys.get().find(secret, Clock::Real.now()).unwrap_or(Err(Wrong::Unknown))
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
    fn report(&self, wrong: Wrong, from: Option<IpAddr>) {
        let reason = match wrong {
            Wrong::Unknown => Reason::Unknown,
            Wrong::Expired => Reason::Expired,
        };
        self.refused.count(reason);
        let second = self.started.elapsed().as_secs();
        if self.logged.swap(second, Ordering::Relaxed) != second {
            tracing::warn!(?from, ?reason, "a request carries a wrong key");
        }
    }
}
