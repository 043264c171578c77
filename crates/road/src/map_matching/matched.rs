//! What is matched and by which assumptions, and what it is matched to. Values only.

use crate::leg::{EdgeId, RoadPoint};
use paceline_model::{Centimetres, Instant, Position};

/// A position that a vehicle reported, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// As reported, with the receiver's error.
    pub position: Position,
    /// By the vehicle's clock.
    pub at: Instant,
}

/// What a matcher assumes of its traces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchOptions {
    /// Standard deviation of the positions, along each axis, in metres: 5 for good GPS under open sky, 30 between towers.
    pub sigma_m: f64,
    /// Streets further from a position than this are not considered.
    pub radius_m: f64,
    /// Most streets considered per position; the nearest are.
    pub streets_max: usize,
    /// A trace is cut where nothing was reported for longer than this, in milliseconds: what happened in between is not known.
    pub gap_ms: u64,
    /// Edges that one trace may settle in its searches: the count of work steps. What is left then stays unmatched.
    pub steps_max: u64,
}

impl MatchOptions {
    /// Options for positions of a given error: streets within 5 sigma, at least 50 m and at most 200 m; cut after five minutes without any.
    pub fn for_sigma(sigma_m: f64) -> Self {
        let radius_m = (5.0 * sigma_m).clamp(50.0, 200.0);
        Self { sigma_m, radius_m, streets_max: 16, gap_ms: 300_000, steps_max: 20_000_000 }
    }
}

/// Why a trace cannot be matched.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MatchError {
    /// It holds no position.
    #[error("the trace holds no position")]
    Empty,
    /// Its times do not rise.
    #[error("position {index} of the trace is earlier than the one before it")]
    Disordered {
        /// Counted from 0.
        index: usize,
    },
    /// It lies somewhere else: in the sea, or in another city.
    #[error("no position of the trace lies within {radius_m} m of a street of this network")]
    OffTheMap {
        /// How far streets were sought.
        radius_m: f64,
    },
}

/// One unbroken part of a matched trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stretch {
    /// The edges driven, in order; the first and the last in part.
    pub edges: Vec<EdgeId>,
    /// Where it begins, on the first edge.
    pub start: RoadPoint,
    /// Where it ends, on the last edge.
    pub end: RoadPoint,
    /// Length along the roads, from `start` to `end`.
    pub distance: Centimetres,
    /// The line on the ground, corners included, without repeats.
    pub line: Vec<Position>,
    /// Places that it passed at known times, by index into `edges`; both rise.
    pub marks: Vec<Mark>,
}

/// A place that a stretch passed at a known time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Index into [`Stretch::edges`].
    pub edge: usize,
    /// How far along that edge, in 1/65535.
    pub fraction: u16,
    /// The middle of the times of the positions that it stands for.
    pub at: Instant,
}

/// Where a position was really.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchedFix {
    /// Index into [`Matched::stretches`].
    pub stretch: usize,
    /// The place, on the edge as it was driven.
    pub point: RoadPoint,
    /// The same on the ground.
    pub position: Position,
    /// From where it was reported.
    pub distance_m: f64,
}

/// A matched trace; every position of the input has its row in `fixes`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matched {
    /// The parts, in order; more than one where the trace was cut.
    pub stretches: Vec<Stretch>,
    /// For each position its place; `None` where no street is near, or the budget ended.
    pub fixes: Vec<Option<MatchedFix>>,
    /// Edges settled: the count of work steps.
    pub steps: u64,
}
