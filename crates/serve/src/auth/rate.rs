//! How often each may ask: a bucket of tokens for each key, which fills at its rate.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Most buckets: five times as many as there can be keys, of which some are revoked and others made. Beyond, whoever has been quiet
/// long enough to have a full bucket begins with a new one.
const BUCKETS_MAX: usize = 100_000;
/// Seconds of requests that may come at once after a silence.
const BURST_S: f64 = 2.0;

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
    full: f64,
}

impl Bucket {
    fn filled(self, now: Instant) -> Self {
        let rate = self.full / BURST_S;
        let tokens = self.tokens + rate * now.saturating_duration_since(self.at).as_secs_f64();
        Self { tokens: tokens.min(self.full), at: now, ..self }
    }
}

/// All buckets.
#[derive(Debug, Default)]
pub(super) struct Buckets(Mutex<BTreeMap<String, Bucket>>);

impl Buckets {
    /// Takes a token of `name`, whose bucket fills with `rate` tokens a second. Errors: there is none; how long until there is.
    pub(super) fn take(&self, name: &str, rate: u32, now: Instant) -> Result<(), Duration> {
        let full = (f64::from(rate) * BURST_S).max(1.0);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX && !buckets.contains_key(name) {
            buckets.retain(|_, bucket| {
                let filled = bucket.filled(now);
                filled.tokens < filled.full
            });
            if buckets.len() >= BUCKETS_MAX {
                return Err(Duration::from_secs(1));
            }
        }
        let known = buckets.get(name).map(|bucket| Bucket { full, ..*bucket }.filled(now));
        let bucket = known.unwrap_or(Bucket { tokens: full, at: now, full });
        let enough = bucket.tokens >= 1.0;
        let tokens = if enough { bucket.tokens - 1.0 } else { bucket.tokens };
        match buckets.get_mut(name) {
            Some(kept) => *kept = Bucket { tokens, ..bucket },
            None => _ = buckets.insert(name.to_owned(), Bucket { tokens, ..bucket }),
        }
        if enough { Ok(()) } else { Err(Duration::from_secs_f64((1.0 - tokens) / (full / BURST_S))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_then_the_rate_and_nobody_pays_for_another() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        let taken = |name: &str, ms| buckets.take(name, 10, start + Duration::from_millis(ms));
        assert!((0..20).all(|_| taken("a", 0).is_ok()));
        assert_eq!(taken("a", 0), Err(Duration::from_millis(100)));
        assert!(taken("b", 0).is_ok(), "another's bucket is full");
        assert!(taken("a", 100).is_ok() && taken("a", 100).is_err());
        assert_eq!((0..100).filter(|_| taken("a", 60_000).is_ok()).count(), 20, "no more than a burst");
    }

    #[test]
    fn there_are_only_so_many_buckets() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        for number in 0..BUCKETS_MAX + 10 {
            _ = buckets.take(&format!("subject {number}"), 1, start);
        }
        assert_eq!(buckets.0.lock().expect("no panic").len(), BUCKETS_MAX);
        assert!(buckets.take("late", 1, start).is_err(), "all others are under way");
        assert!(buckets.take("later", 1, start + Duration::from_secs(60)).is_ok(), "the quiet made room");
    }
}
