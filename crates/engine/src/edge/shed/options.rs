//! How work leaves nodes that are not well, and comes back: the table `[regions.NAME.edge.shed]`.

use paceline_model::duration::within as span_within;
use paceline_model::edge::DeciCelsius;
use paceline_model::edge::limits::CELSIUS;
use paceline_model::limits::{Invalid, MOVES_MAX, Rule, within};
use paceline_model::{Millis, duration};
use serde::{Deserialize, Serialize};

/// How work leaves nodes that are hot, heat up or run low, and comes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShedOptions {
    /// A node heats up whose temperature is at the threshold within this, as it rises now: three rounds of reports and moves.
    #[serde(with = "duration")]
    pub horizon: Millis,
    /// At or above this all of a node's work goes at once: the fan is dead, and GPUs shut down a few degrees higher.
    pub critical_celsius: f64,
    /// The span in which moves are counted: a reading shows what the last move did.
    #[serde(with = "duration")]
    pub period: Millis,
    /// Most moves off one node, or back to it, in a period.
    pub node_moves_max: u32,
    /// Most in the region: what carries the artefacts is shared.
    pub region_moves_max: u32,
    /// A node is well, and a replica where it is, for so long before anything goes back: nothing flutters.
    #[serde(with = "duration")]
    pub return_after: Millis,
}

impl Default for ShedOptions {
    fn default() -> Self {
        Self {
            horizon: Millis::from_secs(60),
            critical_celsius: 95.0,
            period: Millis::from_secs(10),
            node_moves_max: 2,
            region_moves_max: 50,
            return_after: Millis::from_secs(300),
        }
    }
}

impl ShedOptions {
    /// Errors: a value outside its range; critical where a node is not even `hot`.
    pub(in crate::edge) fn validate(&self, hot: f64) -> Result<(), Invalid> {
        let named = |name: &str| format!("shed.{name}");
        span_within(&named("horizon"), self.horizon, (Millis(0), Millis::from_secs(600)))?;
        span_within(&named("period"), self.period, (Millis::from_secs(1), Millis::from_secs(3_600)))?;
        span_within(
            &named("return_after"),
            self.return_after,
            (Millis::from_secs(1), Millis::from_secs(86_400)),
        )?;
        within(
            &named("critical_celsius"),
            self.critical_celsius,
            (CELSIUS.0.as_celsius(), CELSIUS.1.as_celsius()),
        )?;
        let moves = [("node_moves_max", self.node_moves_max), ("region_moves_max", self.region_moves_max)];
        for (name, most) in moves {
            within(&named(name), f64::from(most), (1.0, f64::from(MOVES_MAX)))?;
        }
        if self.critical_celsius < hot {
            let rule = Rule::Shape(format!("must be at least hot_celsius, which is {hot}"));
            return Err(Invalid::new(named("critical_celsius"), self.critical_celsius, rule));
        }
        Ok(())
    }

    /// The temperature from which everything goes at once.
    pub fn critical(&self) -> DeciCelsius {
        DeciCelsius::from_celsius(self.critical_celsius)
    }
}
