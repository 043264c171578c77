//! One issuer: its keys as they were last seen, and the tokens that are judged by them.

use super::claims::{Claims, principal};
use super::fetch::Fetcher;
use super::jwks::{Key, KeySet};
use super::metrics::IssuerMetrics;
use super::options::OidcOptions;
use super::signature;
use crate::auth::principal::Principal;
use crate::auth::wrong::Wrong;
use crate::error::ServeError;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use paceline_supervise::NamedExt as _;
use paceline_supervise::sync::{Notify, watch};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Largest token that is read. Those with many groups have some 4 kB.
const TOKEN_BYTES_MAX: usize = 8 << 10;
/// How long a token waits for keys that are not here yet: less than a request may take.
const KEYS_WAIT_MAX: Duration = Duration::from_secs(3);
/// How long keys hold whose issuer no longer answers. One that was stolen, and is no longer shown, must not open for ever.
const KEYS_AGE_MAX: Duration = Duration::from_secs(24 * 3_600);

/// One issuer.
pub(in crate::auth) struct Issuer {
    options: OidcOptions,
    fetcher: Fetcher,
    known: watch::Sender<Known>,
    asks: Notify,
    metrics: IssuerMetrics,
}

/// What is known of the issuer.
#[derive(Clone, Default)]
struct Known {
    keys: Arc<KeySet>,
    /// When the issuer showed them.
    shown: Option<Instant>,
    /// When it was last asked, and how often it was.
    asked: Option<Instant>,
    asks: u64,
    /// Why the last ask was in vain.
    failing: Option<String>,
}

impl Known {
    fn current(&self, now: Instant) -> Option<&Arc<KeySet>> {
        let shown = self.shown?;
        (now.saturating_duration_since(shown) < KEYS_AGE_MAX).then_some(&self.keys)
    }
}

impl Issuer {
    /// Nothing is asked yet. Errors: the issuer cannot be asked.
    pub(in crate::auth) fn new(
        options: &OidcOptions,
        metrics: IssuerMetrics,
    ) -> Result<Arc<Self>, ServeError> {
        signature::install();
        Ok(Arc::new(Self {
            options: options.clone(),
            fetcher: Fetcher::new(options)?,
            known: watch::channel("the issuer's keys", Known::default()).0,
            asks: Notify::new("a token by an unknown key"),
            metrics,
        }))
    }

    /// Asks for its keys at the start, every so often, and when a token is signed by one that is not known, until `closing`.
    pub(in crate::auth) async fn watch(self: Arc<Self>, closing: CancellationToken) {
        let every = Duration::from(self.options.refresh_every);
        let least = Duration::from(self.options.refresh_min);
        let turns = async {
            loop {
                let fetched = self.fetcher.fetch().named("the issuer's answer").await;
                let rest = if fetched.is_ok() { every.saturating_sub(least) } else { Duration::ZERO };
                self.take_in(fetched);
                tokio::time::sleep(least).named("least time between two asks of the issuer").await;
                // Whether the time is over or somebody asks is all the same.
                _ = tokio::time::timeout(rest, self.asks.notified()).named("next ask of the issuer").await;
            }
        };
        // It has no end of its own.
        closing.run_until_cancelled(turns).await;
    }

    fn take_in(&self, fetched: Result<KeySet, String>) {
        self.metrics.looked(fetched.as_ref().ok().map(KeySet::len));
        let now = Instant::now();
        self.known.send_if_modified(|known| {
            (known.asked, known.asks) = (Some(now), known.asks + 1);
            match fetched {
                Ok(keys) => {
                    if known.shown.is_none() || known.failing.is_some() {
                        tracing::info!(keys = keys.len(), "the issuer of tokens has shown its keys");
                    }
                    (known.keys, known.shown, known.failing) = (Arc::new(keys), Some(now), None);
                }
                Err(why) => {
                    if known.failing.as_ref() != Some(&why) {
                        tracing::warn!(why, "the issuer of tokens cannot be asked; its keys of before hold");
                    }
                    known.failing = Some(why);
                }
            }
            true
        });
    }

    /// What is wrong with it, for whoever looks after the server.
    pub(in crate::auth) fn trouble(&self) -> Option<&'static str> {
        let known = self.known.borrow();
        match (known.current(Instant::now()), &known.failing) {
            (None, _) => Some("the issuer of tokens has not shown its keys: tokens are refused"),
            (Some(_), Some(_)) => Some("the issuer of tokens does not answer: its keys of before hold"),
            (Some(_), None) => None,
        }
    }

    /// Who bears this token. Errors: why it is not believed, or cannot be judged.
    pub(in crate::auth) async fn bearer(&self, token: &[u8]) -> Result<Arc<Principal>, Wrong> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Wrong::Token(format!("has more than {TOKEN_BYTES_MAX} bytes")));
        }
        let head = decode_header(token)
            .map_err(|_| Wrong::Token("has no head that says by which algorithm it is signed".into()))?;
        if !self.options.algorithms.iter().any(|of| of.algorithm() == head.alg) {
            return Err(Wrong::Token(format!("is signed by {:?}, which is not taken here", head.alg)));
        }
        let keys = self.keys_with(head.kid.as_deref(), head.alg).await?;
        let Some(key) = keys.find(head.kid.as_deref(), head.alg) else {
            return Err(Wrong::Token("is signed by a key that its issuer does not show".into()));
        };
        let claims = self.claims(token, key)?;
        principal(&claims, &self.options).map(Arc::new).map_err(Wrong::NoRole)
    }

    /// Keys among which that of this name is, if the issuer has it: it is asked again where it is not known, so often at most.
    async fn keys_with(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<KeySet>, Wrong> {
        let known = self.known.borrow().clone();
        let now = Instant::now();
        let has =
            |known: &Known| known.current(now).filter(|keys| keys.find(id, algorithm).is_some()).cloned();
        if let Some(keys) = has(&known) {
            return Ok(keys);
        }
        let least = Duration::from(self.options.refresh_min);
        let mut known = known;
        if known.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= least) {
            if known.asked.is_some() {
                self.asks.notify_one();
            }
            let (before, mut news) = (known.asks, self.known.subscribe());
            let answered = news.wait_for(|known| known.asks > before);
            _ = tokio::time::timeout(KEYS_WAIT_MAX, answered).named("keys for a token").await;
            known = self.known.borrow().clone();
        }
        match (known.current(now), &known.failing) {
            (Some(keys), None) => Ok(keys.clone()),
            (Some(keys), Some(_)) if keys.find(id, algorithm).is_some() => Ok(keys.clone()),
            (_, Some(why)) => Err(Wrong::NoIssuer(why.clone())),
            (None, None) => Err(Wrong::NoIssuer("it has not answered yet".into())),
        }
    }

    fn claims(&self, token: &[u8], key: &Key) -> Result<Claims, Wrong> {
        let mut rules = Validation::new(key.algorithm);
        rules.leeway = u64::from(self.options.leeway.0 / 1_000);
        rules.validate_nbf = true;
        rules.set_audience(&[&self.options.audience]);
        rules.set_issuer(&[&self.options.issuer]);
        rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        let read = decode::<Claims>(token, &key.decoding, &rules).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => Wrong::ExpiredToken,
            ErrorKind::ImmatureSignature => Wrong::Token("is not good yet".into()),
            ErrorKind::InvalidIssuer => Wrong::Token("is of another issuer".into()),
            ErrorKind::InvalidAudience => Wrong::Token("is for another audience".into()),
            ErrorKind::MissingRequiredClaim(claim) => Wrong::Token(format!("has no claim {claim}")),
            ErrorKind::InvalidSignature => Wrong::Token("is not signed by its issuer's key".into()),
            _ => Wrong::Token("cannot be read".into()),
        })?;
        Ok(read.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_whose_issuer_is_silent_hold_for_a_day() {
        let now = Instant::now();
        let known = Known { shown: Some(now), ..Known::default() };
        let hour = Duration::from_secs(3_600);
        assert!(known.current(now + 23 * hour).is_some() && known.current(now + 24 * hour).is_none());
        assert!(Known::default().current(now).is_none());
    }
}
