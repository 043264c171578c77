//! The settings of an edge region, each with its unit and its default's reason: the section `[regions.NAME.edge]` of a server's file.

use paceline_model::duration::within as span_within;
use paceline_model::edge::DeciCelsius;
use paceline_model::edge::limits::CELSIUS;
use paceline_model::limits::{Invalid, Rule, within};
use paceline_model::{Millis, duration};
use serde::{Deserialize, Serialize};

/// How an edge region is run. Part of the configuration, not of the world: a replay may use others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EdgeOptions {
    /// Silence after which nothing new is placed on a node: three missed reports at the usual rate of 10 s.
    #[serde(with = "duration")]
    pub silent_after: Millis,
    /// At or above this a node is hot, and its work moves away: most GPUs throttle a few degrees higher.
    pub hot_celsius: f64,
    /// At or below this it is cool again.
    pub cool_celsius: f64,
}

impl Default for EdgeOptions {
    fn default() -> Self {
        Self { silent_after: Millis::from_secs(30), hot_celsius: 85.0, cool_celsius: 78.0 }
    }
}

impl EdgeOptions {
    /// Errors: a value outside its range; a node that would be cool where it is hot.
    pub fn validate(self) -> Result<Self, Invalid> {
        span_within("silent_after", self.silent_after, (Millis::from_secs(1), Millis::from_secs(86_400)))?;
        let (low, high) = (CELSIUS.0.as_celsius(), CELSIUS.1.as_celsius());
        within("hot_celsius", self.hot_celsius, (low, high))?;
        within("cool_celsius", self.cool_celsius, (low, high))?;
        if self.cool_celsius >= self.hot_celsius {
            let rule = Rule::Shape(format!("must be below hot_celsius, which is {}", self.hot_celsius));
            return Err(Invalid::new("cool_celsius", self.cool_celsius, rule));
        }
        Ok(self)
    }

    /// The temperature from which a node is hot.
    pub fn hot(&self) -> DeciCelsius {
        DeciCelsius::from_celsius(self.hot_celsius)
    }

    /// The temperature up to which a hot node is cool again.
    pub fn cool(&self) -> DeciCelsius {
        DeciCelsius::from_celsius(self.cool_celsius)
    }
}
