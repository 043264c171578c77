//! How a day is drawn: how much of it, by which seed, and where on the roads.

use jiff::civil::Time;
use paceline_model::Position;
use paceline_plan::Rng;
use paceline_road::Roads;

/// How a day is drawn from its scenario.
#[derive(Clone, Debug)]
pub struct Draw {
    /// How many vehicles; the scenario's own number if not given.
    pub vehicles: Option<u32>,
    /// How many times the file's demand.
    pub demand_scale: f64,
    /// Fixes all chance.
    pub seed: u64,
    /// Orders before this time of day are left out.
    pub from: Option<Time>,
    /// Orders from this time of day on are left out.
    pub until: Option<Time>,
}

impl Default for Draw {
    fn default() -> Self {
        Self { vehicles: None, demand_scale: 1.0, seed: 1, from: None, until: None }
    }
}

/// Places this near to a road stay where they are; the engine snaps them itself.
pub(super) const NEAR_M: f64 = 400.0;
/// Spread of a drawn place around its model, in degrees: about 100 m.
const JITTER_DEGREES: f64 = 0.001;

pub(super) fn on_the_map(roads: &Roads, place: Position) -> bool {
    roads.snap(place, NEAR_M).is_some()
}

/// A place as it is, or the nearest one on a road if it lies off the map; as it is again if even that is too far.
pub(super) fn near(roads: &Roads, place: Position, far_m_max: u32) -> Position {
    if roads.snap(place, NEAR_M).is_some() {
        return place;
    }
    roads.snap(place, f64::from(far_m_max)).map_or(place, |snapped| snapped.position)
}

pub(super) fn jittered(place: Position, rng: &mut Rng) -> Position {
    let (north, east) = (rng.around(JITTER_DEGREES), rng.around(JITTER_DEGREES));
    Position::new(place.lat() + north, place.lon() + east).unwrap_or(place)
}
