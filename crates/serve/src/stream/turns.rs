//! Where very many streams are open they read by turns: all at once they were a line behind which new orders wait.

use std::time::Duration;

/// Streams that are written to at once: one takes some thirty microseconds.
const TOGETHER_MAX: usize = 256;
/// Time between two turns: about what one takes a thread.
const TURN: Duration = Duration::from_millis(5);

/// How long after something is new the stream of this number reads it, of so many that are open.
pub(super) fn after(number: u64, clients: usize) -> Duration {
    let turns = (clients / TOGETHER_MAX + 1) as u64;
    TURN * u32::try_from(number % turns).unwrap_or(u32::MAX)
}
