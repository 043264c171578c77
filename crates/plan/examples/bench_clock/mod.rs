//! Seconds of wall or of processor time, for benchmarks that stop by either.

use std::sync::OnceLock;
use std::time::Instant;

/// A limit in words: seconds, followed by `cpu` where processor time counts (Linux only).
pub(crate) struct Limit {
    pub(crate) seconds: f64,
    pub(crate) clock: fn() -> f64,
}

impl Limit {
    pub(crate) fn read(word: &str) -> Self {
        let clock = if word.ends_with("cpu") { processor_seconds } else { wall_seconds };
        Self { seconds: word.trim_end_matches("cpu").parse().expect("SECONDS, a number"), clock }
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn wall_seconds() -> f64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// What this process has had of a core, in seconds.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|word| word.parse::<f64>().ok());
    nanoseconds.expect("/proc/self/schedstat, as Linux has it") / 1e9
}
