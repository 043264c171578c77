//! What the fleet's drives show of each edge: a decaying mean of how long it takes, beside what is usual.

use crate::leg::{EdgeId, RoadPoint, WHOLE};
use crate::map_matching::{Mark, Stretch};
use crate::network::Roads;
use paceline_model::{Instant, Millis};

/// After this time a drive counts for half, in milliseconds. Source: our own runs; queues at lights come and go in two minutes,
/// jams last for more than ten.
const HALF_LIFE_MS: f64 = 300_000.0;
/// What the usual time counts for, in drives.
const USUAL: f64 = 0.02;
/// Below this weight nothing is known any more.
const KNOWN: f64 = 0.02;
/// What is driven this many times slower or faster than believed is news: the street has changed, and what was seen before ...
const NEWS: f64 = 1.5;
/// ... counts for half after each so many seconds of it.
const NEWS_HALF_S: f64 = 10.0;
/// A drive that takes longer than this many times what was expected was a stop and not a street; it counts as this.
const SLOWEST: f64 = 30.0;
/// A drive faster than expected counts as no faster than this share of it: matching is not exact.
const FASTEST: f64 = 0.5;

/// A driven part of an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) edge: EdgeId,
    /// 0 to 1 of the edge.
    pub(super) share: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Drives, decayed.
    weight: f64,
    /// Seconds for the whole edge, times the weight.
    sum_s: f64,
    at: Instant,
}

/// What was seen of each edge.
#[derive(Clone, Debug)]
pub(super) struct Probes {
    seen: Vec<Seen>,
}

impl Probes {
    pub(super) fn new(edges: usize) -> Self {
        Self { seen: vec![Seen::default(); edges] }
    }
    fn decayed(&self, edge: EdgeId, at: Instant) -> Seen {
        let seen = self.seen[edge.index()];
        let age_ms = at.0.saturating_sub(seen.at.0) as f64;
        let left = (-age_ms / HALF_LIFE_MS).exp2();
        Seen { weight: seen.weight * left, sum_s: seen.sum_s * left, at: at.max(seen.at) }
    }
    /// Seconds that a whole edge takes at a time, given what is usual.
    pub(super) fn pace(&self, edge: EdgeId, usual: Millis, at: Instant) -> f64 {
        let seen = self.decayed(edge, at);
        (seen.sum_s + USUAL * usual.as_secs_f64()) / (seen.weight + USUAL)
    }
    pub(super) fn knows(&self, edge: EdgeId, at: Instant) -> bool {
        self.decayed(edge, at).weight >= KNOWN
    }
    /// Shares the time between two marks out over the pieces between them, in proportion to what each was expected to take.
    pub(super) fn share_out(&mut self, pieces: &[Piece], expected_s: &[f64], span: Millis, at: Instant) {
        let total_s: f64 = expected_s.iter().sum();
        if total_s <= 0.0 || span == Millis::ZERO {
            return;
        }
        let ratio = (span.as_secs_f64() / total_s).clamp(FASTEST, SLOWEST);
        for (piece, expected_s) in pieces.iter().zip(expected_s).filter(|(piece, _)| piece.share > 0.0) {
            let mut seen = self.decayed(piece.edge, at);
            let whole_s = expected_s / piece.share * ratio;
            if !(1.0 / NEWS..=NEWS).contains(&ratio) {
                let left = (-whole_s * piece.share / NEWS_HALF_S).exp2();
                (seen.weight, seen.sum_s) = (seen.weight * left, seen.sum_s * left);
            }
            seen.weight += piece.share;
            seen.sum_s += whole_s * piece.share;
            self.seen[piece.edge.index()] = seen;
        }
    }
}

/// The parts of edges between two marks of a drive.
pub(super) fn pieces(roads: &Roads, drive: &Stretch, from: Mark, to: Mark) -> Vec<Piece> {
    let piece = |index: usize| {
        let edge = drive.edges[index];
        let low = if index == from.edge { from.fraction } else { 0 };
        let high = if index == to.edge { to.fraction } else { WHOLE };
        let metres = |fraction| roads.along_cm(RoadPoint { edge, fraction }).as_metres();
        let whole = roads.length(edge).as_metres().max(0.01);
        Piece { edge, share: ((metres(high.max(low)) - metres(low)) / whole).clamp(0.0, 1.0) }
    };
    (from.edge..=to.edge).map(piece).collect()
}
