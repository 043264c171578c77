//! How quickly a cluster notices and moves.

use paceline_model::{Invalid, Millis, Rule, duration};

/// How a server takes part in a cluster. All servers of one should have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterOptions {
    /// Time between two signs of life, each of which also reads the table.
    #[serde(with = "duration")]
    pub beat: Millis,
    /// A server whose signs of life have not changed for so long is taken for lost, and its regions are taken over.
    #[serde(with = "duration")]
    pub lost_after: Millis,
    /// Regions move to a server that others do well without only once it has lived for so long.
    #[serde(with = "duration")]
    pub settle: Millis,
    /// Regions that one server gives away at once.
    pub moves_max: usize,
    /// Whether the server next in rank for a region replays what its owner writes, so that it can go on at once.
    pub standby: bool,
}

impl Default for ClusterOptions {
    /// A crash is noticed within 1.5 s: five signs of life may be late or lost.
    fn default() -> Self {
        Self {
            beat: Millis(300),
            lost_after: Millis(1_500),
            settle: Millis(5_000),
            moves_max: 4,
            standby: true,
        }
    }
}

impl ClusterOptions {
    /// The same, checked.
    ///
    /// Errors: no time between signs of life; a server that is lost before three of them could have come; no moves.
    pub fn validate(self) -> Result<Self, Invalid> {
        let at_least = |field, value: Millis, least: Millis| match value >= least {
            true => Ok(()),
            false => {
                let rule = Rule::Shape(format!("must be at least {} ms", least.0));
                Err(Invalid::new(field, format!("{} ms", value.0), rule))
            }
        };
        at_least("beat", self.beat, Millis(50))?;
        at_least("lost_after", self.lost_after, Millis(self.beat.0.saturating_mul(3)))?;
        if self.moves_max == 0 {
            return Err(Invalid::new("moves_max", self.moves_max, Rule::Shape("must be at least 1".into())));
        }
        Ok(self)
    }
}
