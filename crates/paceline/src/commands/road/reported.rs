//! Positions as a file of traces has them, some without a time, and the times that are taken for these.

use paceline_model::{Instant, Position};
use paceline_road::Fix;

/// Between positions without times, in milliseconds.
const STEP_MS: u64 = 1_000;

/// A position as a file has it, with its time if it has one.
#[derive(Clone, Copy)]
pub(super) struct Reported {
    pub(super) position: Position,
    pub(super) at: Option<Instant>,
}

/// Positions with times: where one is missing, it lies evenly between its neighbours' times, or a second from the only one.
pub(super) fn timed(reported: &[Reported]) -> Vec<Fix> {
    // For each position the next time that is known from there on, and how many positions later it is.
    let mut next: Vec<Option<(u64, Instant)>> = Vec::with_capacity(reported.len());
    for point in reported.iter().rev() {
        let later = next.last().copied().flatten().map(|(steps, at)| (steps + 1, at));
        next.push(point.at.map(|at| (0, at)).or(later));
    }
    let mut fixes: Vec<Fix> = Vec::with_capacity(reported.len());
    for (point, next) in reported.iter().zip(next.into_iter().rev()) {
        let at = match (fixes.last(), next) {
            (_, Some((0, at))) => at,
            (Some(last), Some((steps, at))) => {
                Instant(last.at.0 + at.0.saturating_sub(last.at.0) / (steps + 1))
            }
            (Some(last), None) => Instant(last.at.0 + STEP_MS),
            (None, Some((steps, at))) => Instant(at.0.saturating_sub(steps * STEP_MS)),
            (None, None) => Instant::ZERO,
        };
        fixes.push(Fix { position: point.position, at });
    }
    fixes
}
