//! Bytes a second over one link: a bucket that fills by the clock of whoever asks.

use std::time::Duration;

/// The pace of one link, shared by all fetches over it. Times are since any fixed moment, on a clock that only goes forward.
#[derive(Clone, Debug)]
pub struct RateLimit {
    bytes_per_s: u64,
    /// When what was taken so far is paid for.
    paid: Duration,
}

/// So much may come at once after a pause: what a read gives at a time, and no burst.
const AHEAD: Duration = Duration::from_millis(250);

impl RateLimit {
    /// At most so many bytes a second, at least one.
    pub fn new(bytes_per_s: u64) -> Self {
        Self { bytes_per_s: bytes_per_s.max(1), paid: Duration::ZERO }
    }
    /// Takes bytes that came. Returns how long to wait before more are read.
    pub fn take(&mut self, now: Duration, bytes: usize) -> Duration {
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_per_s as f64);
        self.paid = self.paid.max(now.saturating_sub(AHEAD)) + cost;
        self.paid.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_carries_no_more_than_its_share_and_a_pause_is_not_saved_up() {
        let mut limit = RateLimit::new(1_000);
        let mut now = Duration::from_secs(100);
        let mut taken = 0;
        while now < Duration::from_secs(110) {
            now += limit.take(now, 100);
            taken += 100;
        }
        assert!((10_000..=10_400).contains(&taken), "{taken} bytes in ten seconds");
        now += Duration::from_secs(3_600);
        assert_eq!(limit.take(now, 250), Duration::ZERO);
        assert_eq!(limit.take(now, 1_000), Duration::from_secs(1));
    }
}
