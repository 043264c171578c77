//! Scores and their weights, as configured.

use super::name::ScoreName;
use crate::edge::placement::scores::{BALANCE_WEIGHT, FRAGMENTATION_WEIGHT, OFFCUT_WEIGHT, SCARCITY_WEIGHT};
use paceline_model::limits::{Invalid, Rule, within};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A thousand times the largest points of a score (some 30,000) lies well within 32 bits, and the sum of all scores is held at their end.
const WEIGHT_MAX: u32 = 1_000;

/// What a node's points are the sum of: each score's points times its weight. What is left out weighs nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScoreWeights(BTreeMap<ScoreName, u32>);

impl Default for ScoreWeights {
    /// Our own mix with watts at a tenth of a percent of a GPU each: beside our mix alone it allocates 0.1 points less and draws 10 % less, and
    /// beside FGD it allocates 0.9 points more and draws 8 % less (`docs/benchmarks/edge.md`).
    fn default() -> Self {
        Self::of([(ScoreName::Own, 1), (ScoreName::Power, 10)])
    }
}

impl ScoreWeights {
    /// These scores.
    pub fn of(weights: impl IntoIterator<Item = (ScoreName, u32)>) -> Self {
        Self(weights.into_iter().collect())
    }

    /// What a score weighs, what comes to it of `own` included.
    pub fn weight(&self, score: ScoreName) -> i32 {
        let given = |name| self.given(name) as i32;
        let of_own = match score {
            ScoreName::Offcut => OFFCUT_WEIGHT,
            ScoreName::Balance => BALANCE_WEIGHT,
            ScoreName::Scarcity => SCARCITY_WEIGHT,
            ScoreName::Fragmentation => FRAGMENTATION_WEIGHT,
            _ => 0,
        };
        given(score) + of_own * given(ScoreName::Own)
    }

    /// What is given for a name.
    pub(super) fn given(&self, name: ScoreName) -> u32 {
        self.0.get(&name).copied().unwrap_or(0)
    }

    /// Errors: a weight above 1,000; no score that weighs anything.
    pub fn validate(&self, field: &str) -> Result<(), Invalid> {
        for (name, weight) in &self.0 {
            within(&format!("{field}.{name}"), f64::from(*weight), (0.0, f64::from(WEIGHT_MAX)))?;
        }
        if self.0.values().all(|weight| *weight == 0) {
            let rule = Rule::Shape("must weigh one score at least, such as own = 1".into());
            return Err(Invalid::new(field, "nothing", rule));
        }
        Ok(())
    }
}

/// `own 1, power 10`.
impl fmt::Display for ScoreWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weighed = self.0.iter().filter(|(_, weight)| **weight > 0);
        for (at, (name, weight)) in weighed.enumerate() {
            write!(f, "{}{name} {weight}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
