//! The settings of an edge region, each with its unit and its default's reason: the section `[regions.NAME.edge]` of a server's file.

use super::defragment::DefragmentationOptions;
use super::rollout::RolloutOptions;
use super::shed::ShedOptions;
use super::trust::AttestationOptions;
use paceline_model::duration::within as span_within;
use paceline_model::edge::DeciCelsius;
use paceline_model::edge::limits::{CELSIUS, PREEMPTIONS_PER};
use paceline_model::edge::scrape::ScrapeOptions;
use paceline_model::limits::{Invalid, PREEMPTIONS_MAX, Rule, at_most, within};
use paceline_model::{Instant, Millis, Position, Zone, duration};
use paceline_plan::edge::policy::{
    PlacementPolicies, PlacementRule, ScoreWeights, policies_at, validate_rules,
};
use serde::{Deserialize, Serialize};

/// Most places of users: a round that weighs locality works out the way from each node to each.
const USERS_MAX: usize = 256;

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
    /// Replicas that give way to more important ones within [`Self::preemptions_per`], whether they move or are evicted: a wave of
    /// urgent work does not upset a region. 0: nothing gives way.
    pub preemptions_max: u32,
    /// The span in which they are counted.
    #[serde(with = "duration")]
    pub preemptions_per: Millis,
    /// What nodes are scored by, where no rule says otherwise: scores by name, each with its weight.
    pub placement: ScoreWeights,
    /// Other weights for parts of the day or for clusters; the first that fits a node holds on it.
    pub placement_rules: Vec<PlacementRule>,
    /// How far the region's own clock, which the rules go by, is ahead of UTC.
    #[serde(alias = "utc_offset")]
    pub time_zone: Zone,
    /// Weights by which rounds are solved beside the live ones, and never committed.
    pub shadow_placement: Option<ScoreWeights>,
    /// Where the region's users are, for the score of locality.
    pub users: Vec<UserSite>,
    /// How work leaves what is not well, and comes back.
    pub shed: ShedOptions,
    /// How moves for their own sake are made, once they are asked for.
    pub defragmentation: DefragmentationOptions,
    /// Who has a say in rollouts beside their gates.
    pub rollouts: RolloutOptions,
    /// Which Prometheus exporters are read.
    pub scrape: ScrapeOptions,
    /// What nodes must prove, and how often.
    pub attestation: AttestationOptions,
}

/// A place of users.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSite {
    /// Where.
    pub position: Position,
    /// How many.
    pub users: u32,
}

impl Default for EdgeOptions {
    fn default() -> Self {
        Self {
            silent_after: Millis::from_secs(30),
            hot_celsius: 85.0,
            cool_celsius: 78.0,
            preemptions_max: 100,
            preemptions_per: Millis::from_secs(60),
            placement: ScoreWeights::default(),
            placement_rules: Vec::new(),
            time_zone: Zone::default(),
            shadow_placement: None,
            users: Vec::new(),
            shed: ShedOptions::default(),
            defragmentation: DefragmentationOptions::default(),
            rollouts: RolloutOptions::default(),
            scrape: ScrapeOptions::default(),
            attestation: AttestationOptions::default(),
        }
    }
}

impl EdgeOptions {
    /// The weights that hold in a round that begins at `at`.
    pub fn policies_at(&self, at: Instant) -> PlacementPolicies {
        policies_at(&self.placement, &self.placement_rules, self.time_zone.offset(at), at)
    }

    /// Errors: a value outside its range; a node that would be cool where it is hot; weights or rules that break theirs.
    pub fn validate(self) -> Result<Self, Invalid> {
        span_within("silent_after", self.silent_after, (Millis::from_secs(1), Millis::from_secs(86_400)))?;
        within("preemptions_max", f64::from(self.preemptions_max), (0.0, f64::from(PREEMPTIONS_MAX)))?;
        span_within("preemptions_per", self.preemptions_per, PREEMPTIONS_PER)?;
        let (low, high) = (CELSIUS.0.as_celsius(), CELSIUS.1.as_celsius());
        within("hot_celsius", self.hot_celsius, (low, high))?;
        within("cool_celsius", self.cool_celsius, (low, high))?;
        if self.cool_celsius >= self.hot_celsius {
            let rule = Rule::Shape(format!("must be below hot_celsius, which is {}", self.hot_celsius));
            return Err(Invalid::new("cool_celsius", self.cool_celsius, rule));
        }
        validate_rules(&self.placement, &self.placement_rules)?;
        self.shadow_placement.as_ref().map_or(Ok(()), |shadow| shadow.validate("shadow_placement"))?;
        at_most("users", self.users.len(), USERS_MAX)?;
        self.shed.validate(self.hot_celsius)?;
        self.defragmentation.validate()?;
        self.scrape.validate()?;
        self.attestation.validate()?;
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
