//! Settings of what fleets that share a city do for each other.

use paceline_model::limits::{Invalid, Rule, within};
use paceline_model::{Millis, RegionId, duration};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most regions that help each other: each asks each.
const REGIONS_MAX: usize = 64;

/// Which regions help each other with vehicles, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReliefOptions {
    /// The regions around: theirs may come here, and vehicles of this one go there. Each says the same of this one.
    pub with: Vec<RegionId>,
    /// By how much sooner another's vehicle has to be there than the order's own region's.
    #[serde(with = "duration")]
    pub gain_min: Millis,
    /// Time between two looks.
    #[serde(with = "duration")]
    pub every: Millis,
}

impl Default for ReliefOptions {
    fn default() -> Self {
        Self { with: Vec::new(), gain_min: Millis::from_secs(30), every: Millis::from_secs(1) }
    }
}

impl ReliefOptions {
    /// Errors: a time beyond reason; too many regions, one twice.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("with", self.with.len() as f64, (0.0, REGIONS_MAX as f64))?;
        let mut named = BTreeSet::new();
        if let Some(twice) = self.with.iter().find(|region| !named.insert(*region)) {
            return Err(Invalid::new("with", twice, Rule::Shape("must be named once".into())));
        }
        duration::within("gain_min", self.gain_min, (Millis::ZERO, Millis::from_secs(3_600)))?;
        duration::within("every", self.every, (Millis(100), Millis::from_secs(60)))?;
        Ok(self)
    }
}
