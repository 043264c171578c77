//! The streets as a city has them: what drives really take, and what drivers are told that they take.

use paceline_model::{Millis, Position};
use paceline_road::{Leg, Path, RoadPoint, Roads, Search, TravelTimes};
use std::sync::Arc;

/// A drive is planned anew when an edge of it takes this share more or less than before.
const CHANGE: f64 = 0.3;

pub(super) struct Streets {
    /// What drives really take.
    real: Arc<Roads>,
    /// What drivers are told that they take: ways are chosen by these.
    believed: Arc<Roads>,
    search: Search,
    /// How far from a road a place may be.
    snap_m: f64,
}

/// The metrics that held before a change.
pub(super) struct Before {
    real: Arc<Roads>,
    believed: Arc<Roads>,
}

impl Streets {
    pub(super) fn new(roads: Arc<Roads>, snap_m: f64) -> Self {
        Self { search: Search::new(&roads), believed: roads.clone(), real: roads, snap_m }
    }
    pub(super) fn change(&mut self, real: Arc<Roads>, believed: Arc<Roads>) -> Before {
        Before {
            real: std::mem::replace(&mut self.real, real),
            believed: std::mem::replace(&mut self.believed, believed),
        }
    }
    /// Whether driving along `path` takes another time than before, or is believed to.
    pub(super) fn has_changed(&self, path: &Path, before: &Before) -> bool {
        let changed = |old: &Roads, new: &Roads, edge| {
            let (old, new) = (f64::from(old.edge_leg(edge).time.0), f64::from(new.edge_leg(edge).time.0));
            (old - new).abs() > CHANGE * old.min(new)
        };
        path.edges.iter().any(|&edge| {
            changed(&before.real, &self.real, edge) || changed(&before.believed, &self.believed, edge)
        })
    }
    pub(super) fn snap(&self, place: Position) -> Option<RoadPoint> {
        self.real.snap(place, self.snap_m).map(|snapped| snapped.point)
    }
    /// What the fastest way really takes.
    pub(super) fn leg(&mut self, from: RoadPoint, to: RoadPoint) -> Leg {
        self.real.leg(&mut self.search, from, to)
    }
    /// The time that a ride takes without a detour; nothing where there is no way.
    pub(super) fn direct(&mut self, from: Position, to: Position) -> Millis {
        let points = self.snap(from).and_then(|from| Some((from, self.snap(to)?)));
        points.map_or(Millis::ZERO, |(from, to)| self.leg(from, to).time)
    }
    /// The way that is believed to be fastest, with what it really takes.
    pub(super) fn way(&mut self, from: RoadPoint, to: RoadPoint) -> Option<Path> {
        let path = self.believed.path(&mut self.search, from, to)?;
        if Arc::ptr_eq(&self.believed, &self.real) {
            return Some(path);
        }
        Some(self.real.drive_along(&path, from, to))
    }
}
