//! How long to wait before the next attempt, and when to give up.

use crate::error::ClientError;
use crate::options::ClientOptions;
use std::time::Duration;

/// The attempts of one call.
#[derive(Debug)]
pub(crate) struct Backoff {
    failed: u32,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { failed: 0 }
    }

    /// Something went well: the next failure is the first again.
    pub(crate) fn succeeded(&mut self) {
        self.failed = 0;
    }

    /// How long to wait before the next attempt. Errors: there is none, for want of attempts or of hope.
    pub(crate) fn after(
        &mut self,
        error: ClientError,
        safe: bool,
        options: &ClientOptions,
    ) -> Result<Duration, ClientError> {
        self.failed += 1;
        if self.failed >= options.attempts_max || !error.passes(safe) {
            return Err(error);
        }
        let doubled = options.backoff_first.saturating_mul(1 << (self.failed - 1).min(16));
        let own = doubled.min(options.backoff_max).mul_f64(0.5 + 0.5 * unit());
        match error.retry_after() {
            // Busy for longer than anybody here would wait.
            Some(asked) if asked > options.retry_after_max => Err(error),
            // Spread behind the moment, never before it.
            Some(asked) => Ok(asked + own.min(options.backoff_first)),
            None => Ok(own),
        }
    }
}

/// A number between 0 and 1; the middle, if the system has no randomness to give.
fn unit() -> f64 {
    getrandom::u64().map_or(0.5, |bits| (bits >> 11) as f64 / (1_u64 << 53) as f64)
}

/// A key that nobody else makes: 128 random bits. Errors: the system has no randomness to give.
pub(crate) fn key() -> Result<String, ClientError> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|error| ClientError::Unusable(format!("no random key: {error}")))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(retry_after_s: Option<u64>) -> ClientError {
        let retry_after = retry_after_s.map(Duration::from_secs);
        ClientError::Status { status: 429, text: String::new(), retry_after }
    }

    #[test]
    fn waits_double_up_to_their_bound_and_attempts_end() {
        let options = ClientOptions::default();
        let mut backoff = Backoff::new();
        for (low_ms, high_ms) in [(100, 200), (200, 400), (400, 800), (800, 1_600), (1_600, 3_200)] {
            let wait = backoff.after(busy(None), true, &options).expect("another attempt").as_millis();
            assert!((low_ms..=high_ms).contains(&wait), "{wait} ms, not {low_ms} to {high_ms}");
        }
        assert!(backoff.after(busy(None), true, &options).is_err(), "six attempts and no more");
    }

    #[test]
    fn a_server_is_not_asked_again_before_the_time_that_it_names() {
        let options = ClientOptions::default();
        let wait = Backoff::new().after(busy(Some(7)), true, &options).expect("another attempt");
        assert!(wait >= Duration::from_secs(7) && wait <= Duration::from_millis(7_200), "{wait:?}");
        assert!(Backoff::new().after(busy(Some(31)), true, &options).is_err(), "longer than anybody waits");
    }

    #[test]
    fn what_may_have_happened_is_repeated_only_where_that_is_safe() {
        let options = ClientOptions::default();
        let late = || ClientError::TimedOut(Duration::from_secs(1));
        assert!(Backoff::new().after(late(), true, &options).is_ok());
        assert!(Backoff::new().after(late(), false, &options).is_err());
        assert!(Backoff::new().after(busy(None), false, &options).is_ok(), "nothing was applied");
    }

    #[test]
    fn keys_differ_and_are_keys() {
        let (one, other) = (key().expect("a key"), key().expect("a key"));
        assert!(one != other && one.len() == 32 && one.chars().all(|c| c.is_ascii_hexdigit()), "{one}");
    }
}
