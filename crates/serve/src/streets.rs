//! A region's streets: how long drives take now, who answers whoever asks about them, and how they are drawn.

use crate::clock::Clock;
use crate::error::ServeError;
use crate::hooks::TestHooks;
use crate::kind::Kind;
use crate::road_service::{self, RoadHandle};
use crate::traffic::{self, TrafficHandle, TrafficOptions, TrafficSetup};
use paceline_api::Streets as StreetsView;
use paceline_model::Position;
use paceline_road::Roads;
use paceline_road::traffic::Profile;
use paceline_supervise::Spawner;
use prometheus_client::registry::Registry;
use std::sync::Arc;

/// A network, and what its streets' speeds come from.
pub(crate) struct StreetsSetup {
    pub(crate) roads: Arc<Roads>,
    /// Usual speeds by hour of the week.
    pub(crate) profile: Profile,
    pub(crate) traffic: TrafficOptions,
}

impl StreetsSetup {
    /// Errors: a setting that breaks a rule; a profile that cannot be read, or is none of these roads.
    pub(crate) fn of(roads: Arc<Roads>, traffic: TrafficOptions) -> Result<Self, ServeError> {
        let traffic = traffic.validate()?;
        let profile = traffic.read_profile(&roads)?;
        Ok(Self { roads, profile, traffic })
    }
}

/// The ways to what runs for a region's streets. It runs while they are held.
pub(crate) struct Streets {
    pub(crate) road: RoadHandle,
    pub(crate) traffic: TrafficHandle,
    /// For drawing, as JSON.
    pub(crate) drawn: String,
}

impl Streets {
    /// Starts what keeps travel times, and what answers about them.
    pub(crate) fn start(
        (scope, clock, hooks): (&Spawner, Clock, Option<&TestHooks>),
        setup: StreetsSetup,
        registry: &mut Registry,
    ) -> Self {
        let StreetsSetup { roads, profile, traffic: options } = setup;
        let drawn = drawn(&roads);
        let setup = TrafficSetup { roads, profile, options, clock, hooks: hooks.cloned() };
        let traffic = traffic::start(scope, setup, registry);
        let road = road_service::start(scope, &traffic.current, hooks);
        Self { road, traffic, drawn }
    }
}

/// A kind of region whose vehicles may drive along streets.
pub(crate) trait OnStreets: Kind {
    /// Those of a region; `None`: it was given none.
    fn streets(own: &Self::Own) -> Option<&Streets>;
}

/// Made once at the start: the streets do not move.
fn drawn(roads: &Roads) -> String {
    let (low, high) = roads.bounds();
    let short = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let flat = |line: Vec<Position>| line.iter().flat_map(|at| [short(at.lat()), short(at.lon())]).collect();
    let streets = roads.street_polylines().map(|(_, line)| flat(line)).collect();
    let drawn = StreetsView { bounds: [low.lat(), low.lon(), high.lat(), high.lon()], streets };
    serde_json::to_string(&drawn).unwrap_or_default()
}
