//! The nouns of the road: a directed edge, a place on it, what a drive takes. Values only; everybody uses them.

use paceline_model::{Centimetres, Millis, Position};
use serde::{Deserialize, Serialize};

/// One direction of one street between two junctions: dense, from 0, meaningless in another network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EdgeId(pub u32);

impl EdgeId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place on a directed edge; `fraction` in 1/65535 of its length from its tail.
///
/// On a two-way street the same place has a second name on the opposite edge; searches consider both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoadPoint {
    /// One of the two edges of a two-way street; searches consider both.
    pub edge: EdgeId,
    /// How far along, in 1/65535 of the edge's length.
    pub fraction: u16,
}

/// The fraction that stands for the head of an edge.
pub(crate) const WHOLE: u16 = u16::MAX;

/// What a drive takes in time, length and effort. Ordered in that order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Leg {
    /// Driving time without stops.
    pub time: Millis,
    /// Length along the roads, parts of edges rounded down.
    pub distance: Centimetres,
    /// Length scaled by each road's speed-dependent consumption factor: energy is `consumption.over(effort)`.
    pub effort: Centimetres,
}

impl Leg {
    /// No path leads there.
    pub const UNREACHABLE: Self =
        Self { time: Millis::MAX, distance: Centimetres(u32::MAX), effort: Centimetres(u32::MAX) };

    /// Whether there is a path at all.
    pub const fn is_reachable(self) -> bool {
        self.time.0 != u32::MAX
    }
    /// This drive and `next` after it; unreachable if either is.
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        if !self.is_reachable() || !next.is_reachable() {
            return Self::UNREACHABLE;
        }
        Self {
            time: self.time.saturating_add(next.time),
            distance: self.distance.saturating_add(next.distance),
            effort: self.effort.saturating_add(next.effort),
        }
    }
    /// The part of this leg up to `fraction` of it, rounded down, so that parts of one edge add up exactly.
    pub(crate) fn part(self, fraction: u16) -> Self {
        if !self.is_reachable() && fraction > 0 {
            return self;
        }
        let scale = |value: u32| (u64::from(value) * u64::from(fraction) / u64::from(WHOLE)) as u32;
        Self {
            time: Millis(scale(self.time.0)),
            distance: Centimetres(scale(self.distance.0)),
            effort: Centimetres(scale(self.effort.0)),
        }
    }
    /// What is left of this leg after `done`, which must be a part of it.
    pub(crate) fn without(self, done: Self) -> Self {
        Self {
            time: self.time.saturating_sub(done.time),
            distance: Centimetres(self.distance.0.saturating_sub(done.distance.0)),
            effort: Centimetres(self.effort.0.saturating_sub(done.effort.0)),
        }
    }
}

/// A drive with its edges and its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// Of the whole path, as the search found it.
    pub leg: Leg,
    /// The edges driven, the first and last in part.
    pub edges: Vec<EdgeId>,
    /// The line on the ground, from the start to the end, both included.
    pub steps: Vec<PathStep>,
}

/// A corner of a path, or one of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// On the ground.
    pub position: Position,
    /// What the drive from the start to here takes.
    pub at: Leg,
}

/// A turn restriction: a turn that is forbidden, or one of the only ones allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TurnRestriction {
    /// The edge that one comes from.
    pub from: EdgeId,
    /// An edge that begins where it ends.
    pub to: EdgeId,
    /// Whether the turn is forbidden or compulsory.
    pub rule: TurnRule,
}

/// What a turn restriction says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TurnRule {
    /// This turn is not made.
    Forbidden,
    /// No other turn is made than the compulsory ones.
    Compulsory,
}
