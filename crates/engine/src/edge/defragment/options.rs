//! How moves for their own sake are made: the table `[regions.NAME.edge.defragmentation]`.

use paceline_model::duration::within as span_within;
use paceline_model::limits::{Invalid, MOVES_MAX, within};
use paceline_model::{Millis, duration};
use serde::{Deserialize, Serialize};

/// Most points that a move may be asked to gain: a hundred GPUs.
const GAIN_MAX: i32 = 1_000_000;

/// How fast, and from which gain on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DefragmentationOptions {
    /// Most moves in a period: what carries the artefacts is shared, and each load takes a node's attention.
    pub moves_per_period: u32,
    /// The span in which they are counted.
    #[serde(with = "duration")]
    pub period: Millis,
    /// Points that a move gains at least: by the score `own` a twentieth of a GPU, for what a load costs.
    pub gain_min: i32,
}

impl Default for DefragmentationOptions {
    fn default() -> Self {
        Self { moves_per_period: 2, period: Millis::from_secs(10), gain_min: 500 }
    }
}

impl DefragmentationOptions {
    /// Errors: a value outside its range.
    pub(in crate::edge) fn validate(&self) -> Result<(), Invalid> {
        let named = |name: &str| format!("defragmentation.{name}");
        within(&named("moves_per_period"), f64::from(self.moves_per_period), (1.0, f64::from(MOVES_MAX)))?;
        span_within(&named("period"), self.period, (Millis::from_secs(1), Millis::from_secs(3_600)))?;
        within(&named("gain_min"), f64::from(self.gain_min), (1.0, f64::from(GAIN_MAX)))?;
        Ok(())
    }
}
