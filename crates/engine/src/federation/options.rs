//! The settings of a federation, each with its unit and its default's reason: the section `[regions.NAME.federation]` of a server's file.

use paceline_model::duration::within;
use paceline_model::limits::{Invalid, Rule};
use paceline_model::{Millis, duration};
use serde::{Deserialize, Serialize};

/// How a federation is run. Part of the configuration, not of the world: a replay may use others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FederationOptions {
    /// Each cluster is asked for its summary so often.
    #[serde(with = "duration")]
    pub poll_every: Millis,
    /// A cluster that has not answered for so long cannot be reached: three polls.
    #[serde(with = "duration")]
    pub lost_after: Millis,
    /// Replicas that have found no node in a cluster for so long are too many for it: some rounds of its own, and a preemption.
    #[serde(with = "duration")]
    pub found_full_after: Millis,
    /// A cluster gets no more of a workload than had found a node there for so long: what was full a minute ago mostly is.
    #[serde(with = "duration")]
    pub found_full_for: Millis,
    /// Where keys lie: `NAME.key` is a file whose first line is the key that cluster `NAME` is asked with. `None`: without keys.
    pub keys_dir: Option<String>,
    /// The authorities that are believed of `https` servers, in PEM. `None`: those that the system believes.
    pub ca_file: Option<String>,
}

/// Spans of polls, at least and at most.
const POLL: (Millis, Millis) = (Millis(50), Millis::from_secs(60));
/// All other spans.
const SPAN: (Millis, Millis) = (Millis(100), Millis::from_secs(24 * 3_600));

impl Default for FederationOptions {
    fn default() -> Self {
        Self {
            poll_every: Millis::from_secs(1),
            lost_after: Millis::from_secs(3),
            found_full_after: Millis::from_secs(10),
            found_full_for: Millis::from_secs(600),
            keys_dir: None,
            ca_file: None,
        }
    }
}

impl FederationOptions {
    /// Errors: a span out of its bounds; clusters that would be lost between two polls.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("poll_every", self.poll_every, POLL)?;
        within("lost_after", self.lost_after, SPAN)?;
        within("found_full_after", self.found_full_after, SPAN)?;
        within("found_full_for", self.found_full_for, SPAN)?;
        if self.lost_after.0 < 2 * self.poll_every.0 {
            let rule = Rule::Shape("must be at least twice poll_every: one answer may be lost".into());
            return Err(Invalid::new("lost_after", self.lost_after, rule));
        }
        Ok(self)
    }
}
