//! The traffic service's settings, each with its unit and its default's reason.

use crate::error::ServeError;
use paceline_model::limits::{Invalid, within};
use paceline_model::{Millis, UtcOffset, duration};
use paceline_road::Roads;
use paceline_road::traffic::Profile;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What the streets' speeds come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrafficOptions {
    /// Usual speeds by hour of the week: a CSV file (docs/road/traffic.md). Without it streets are usually empty.
    pub profile: Option<PathBuf>,
    /// How far the profile's clock is ahead of UTC: whole hours.
    pub profile_utc_offset: UtcOffset,
    /// Whether the fleet is its own sensor: positions of vehicles under way become speeds.
    pub probes: bool,
    /// Standard deviation of the vehicles' positions, along each axis: good receivers in a city.
    pub position_sigma_m: f64,
    /// Time between two metrics. What is reported from outside comes into force at once.
    #[serde(with = "duration")]
    pub metric_every: Millis,
    /// Time between two passes over the positions, and the least between two metrics.
    #[serde(with = "duration")]
    pub look_every: Millis,
    /// A metric comes sooner when so many edges take a quarter more or less than by the one in force: a few blocks.
    pub changed_edges: u32,
}

impl Default for TrafficOptions {
    fn default() -> Self {
        Self {
            profile: None,
            profile_utc_offset: UtcOffset::default(),
            probes: true,
            position_sigma_m: 10.0,
            metric_every: Millis::from_secs(60),
            look_every: Millis::from_secs(5),
            changed_edges: 20,
        }
    }
}

impl TrafficOptions {
    /// Errors: a span or count of nothing, or beyond reason.
    pub fn validate(self) -> Result<Self, Invalid> {
        let (second, hour) = (Millis::from_secs(1), Millis::from_secs(3_600));
        self.profile_hours()?;
        within("position_sigma_m", self.position_sigma_m, (1.0, 100.0))?;
        duration::within("look_every", self.look_every, (second, hour))?;
        duration::within("metric_every", self.metric_every, (self.look_every, hour))?;
        within("changed_edges", f64::from(self.changed_edges), (1.0, 1e9))?;
        Ok(self)
    }
    fn profile_hours(&self) -> Result<i8, Invalid> {
        let named = |invalid: Invalid| Invalid { field: "profile_utc_offset".into(), ..invalid };
        self.profile_utc_offset.whole_hours().map_err(named)
    }
    /// Reads the profile, if there is one. Errors: not readable, not a profile of these roads.
    pub(crate) fn read_profile(&self, roads: &Roads) -> Result<Profile, ServeError> {
        let Some(file) = &self.profile else { return Ok(Profile::free_flow()) };
        let bad = |cause: String| ServeError::Profile { file: file.clone(), cause };
        let text = std::fs::read_to_string(file).map_err(|error| bad(error.to_string()))?;
        let hours = self.profile_hours()?;
        Profile::parse(&text, roads, hours).map_err(|error| bad(error.to_string()))
    }
}
