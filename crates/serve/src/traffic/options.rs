//! The traffic service's settings, each with its unit and its default's reason.

use crate::server::ServeError;
use paceline_model::Millis;
use paceline_model::limits::{Invalid, within};
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
    /// Hours that the profile's time is ahead of UTC; negative in the west.
    pub profile_utc_offset_h: i8,
    /// Whether the fleet is its own sensor: positions of vehicles under way become speeds.
    pub probes: bool,
    /// Standard deviation of the vehicles' positions, along each axis: good receivers in a city.
    pub position_sigma_m: f64,
    /// Time between two metrics. What is reported from outside comes into force at once.
    pub metric_every_s: u32,
    /// Time between two passes over the positions, and the least between two metrics.
    pub look_every_s: u32,
    /// A metric comes sooner when so many edges take a quarter more or less than by the one in force: a few blocks.
    pub changed_edges: u32,
}

impl Default for TrafficOptions {
    fn default() -> Self {
        Self {
            profile: None,
            profile_utc_offset_h: 0,
            probes: true,
            position_sigma_m: 10.0,
            metric_every_s: 60,
            look_every_s: 5,
            changed_edges: 20,
        }
    }
}

impl TrafficOptions {
    /// Errors: a span or count of nothing, or beyond reason.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("profile_utc_offset_h", f64::from(self.profile_utc_offset_h), (-12.0, 14.0))?;
        within("position_sigma_m", self.position_sigma_m, (1.0, 100.0))?;
        within("look_every_s", f64::from(self.look_every_s), (1.0, 3_600.0))?;
        within("metric_every_s", f64::from(self.metric_every_s), (f64::from(self.look_every_s), 3_600.0))?;
        within("changed_edges", f64::from(self.changed_edges), (1.0, 1e9))?;
        Ok(self)
    }
    pub(super) fn look_every(&self) -> Millis {
        Millis::from_secs(self.look_every_s)
    }
    /// Reads the profile, if there is one. Errors: not readable, not a profile of these roads.
    pub(crate) fn read_profile(&self, roads: &Roads) -> Result<Profile, ServeError> {
        let Some(file) = &self.profile else { return Ok(Profile::free_flow()) };
        let bad = |cause: String| ServeError::Profile { file: file.clone(), cause };
        let text = std::fs::read_to_string(file).map_err(|error| bad(error.to_string()))?;
        Profile::parse(&text, roads, self.profile_utc_offset_h).map_err(|error| bad(error.to_string()))
    }
}
