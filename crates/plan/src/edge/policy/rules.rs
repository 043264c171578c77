//! Which weights hold where and when, as configured: a list of rules, of which the first that fits a node counts. Called by the engine when a
//! round begins, and wherever a configuration is read.

use super::name::ScoreName;
use super::weights::ScoreWeights;
use crate::edge::placement::{Parts, PolicyRow};
use crate::policy::schedule::{self, DayTime, Hours, Scheduled};
use paceline_model::edge::LabelValue;
use paceline_model::limits::{Invalid, Rule};
use paceline_model::{Instant, Tag, UtcOffset};
use serde::{Deserialize, Serialize};

/// Weights for a part of the day, one cluster, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacementRule {
    /// What it is called in reasons and reports.
    pub name: Tag,
    /// It holds from this time of day; from midnight if left out.
    #[serde(default)]
    pub from: Option<DayTime>,
    /// It holds until before this time of day, on the next day if that is not later than `from`.
    #[serde(default)]
    pub until: Option<DayTime>,
    /// It holds on nodes of this cluster; on all if left out.
    #[serde(default)]
    pub cluster: Option<LabelValue>,
    /// The weights. What they leave out weighs nothing, whatever the usual ones say.
    pub placement: ScoreWeights,
}

impl Scheduled for PlacementRule {
    fn name(&self) -> &Tag {
        &self.name
    }
    fn hours(&self) -> Hours {
        Hours { from: self.from, until: self.until }
    }
    fn is_for_all(&self) -> bool {
        self.cluster.is_none()
    }
}

/// Weights with the rule that set them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Named {
    weights: ScoreWeights,
    rule: Option<Tag>,
}

/// The weights of a cluster's nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterWeights {
    /// Which cluster.
    pub cluster: LabelValue,
    /// The rule that says so.
    pub rule: Tag,
    /// What holds there.
    pub weights: ScoreWeights,
}

/// Which weights hold on which node in one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacementPolicies {
    /// The usual ones first; [`PolicyRow`] numbers them.
    all: Vec<Named>,
    /// Of those behind the first, for which cluster each is.
    clusters: Vec<LabelValue>,
    /// The scores that any of them weighs, in the order of [`ScoreName::ALL`], `own` as the scores that it stands for.
    scores: Vec<ScoreName>,
}

impl Default for PlacementPolicies {
    fn default() -> Self {
        ScoreWeights::default().into()
    }
}

impl From<ScoreWeights> for PlacementPolicies {
    fn from(usual: ScoreWeights) -> Self {
        Self::new(usual, None, Vec::new())
    }
}

impl PlacementPolicies {
    /// `rule` is the one that set `usual`, if one did; `clusters` by falling precedence.
    pub fn new(usual: ScoreWeights, rule: Option<Tag>, clusters: Vec<ClusterWeights>) -> Self {
        let mut all = vec![Named { weights: usual, rule }];
        let mut names = Vec::new();
        for ClusterWeights { cluster, rule, weights } in clusters {
            names.push(cluster);
            all.push(Named { weights, rule: Some(rule) });
        }
        let weighed = |score: &ScoreName| all.iter().any(|named| named.weights.weight(*score) > 0);
        let scores = ScoreName::ALL.into_iter().filter(|score| *score != ScoreName::Own);
        Self { scores: scores.filter(weighed).collect(), all, clusters: names }
    }
    /// The weights of a node that belongs to this cluster, or to none.
    pub fn number(&self, cluster: Option<&LabelValue>) -> PolicyRow {
        let at = self.clusters.iter().position(|known| Some(known) == cluster);
        PolicyRow(at.map_or(0, |at| at as u8 + 1))
    }
    /// The scores that any of them weighs.
    pub fn scores(&self) -> &[ScoreName] {
        &self.scores
    }
    /// What a score weighs under each, the usual ones first.
    pub fn weights_of(&self, score: ScoreName) -> Vec<i32> {
        self.all.iter().map(|named| named.weights.weight(score)).collect()
    }
    /// Whether nodes of some clusters have weights of their own.
    pub fn differ(&self) -> bool {
        !self.clusters.is_empty()
    }
    /// Names of all, the usual ones first: `own 1, power 10`, or `own 1/night` where the rule `night` set them.
    pub fn names(&self) -> Vec<String> {
        self.all.iter().map(Named::name).collect()
    }
    /// What a node was scored by: the weights that hold there, and what came of each score. `points` are all that it was given.
    pub fn scored_by(&self, PolicyRow(number): PolicyRow, parts: &Parts, points: i32) -> String {
        let Some(named) = self.all.get(usize::from(number)) else { return String::new() };
        let weighed = self.scores.iter().enumerate();
        let weighed = weighed.filter(|(_, score)| named.weights.weight(**score) > 0);
        let mut addends: Vec<String> =
            weighed.map(|(at, score)| format!("{score} {}", parts.get(at))).collect();
        let rest = points.saturating_sub(parts.sum());
        if rest != 0 {
            addends.push(format!("other {rest}"));
        }
        format!("{} ({})", named.name(), addends.join(", "))
    }
}

impl Named {
    fn name(&self) -> String {
        match &self.rule {
            Some(rule) => format!("{}/{rule}", self.weights),
            None => self.weights.to_string(),
        }
    }
}

/// The weights of a round that begins at `at`. Rules behind one that holds for all nodes are never reached.
pub fn policies_at(
    usual: &ScoreWeights,
    rules: &[PlacementRule],
    clock: UtcOffset,
    at: Instant,
) -> PlacementPolicies {
    let mut clusters: Vec<ClusterWeights> = Vec::new();
    for rule in schedule::holding(rules, clock, at) {
        let (name, weights) = (rule.name.clone(), rule.placement.clone());
        match &rule.cluster {
            Some(cluster) => clusters.push(ClusterWeights { cluster: cluster.clone(), rule: name, weights }),
            None => return PlacementPolicies::new(weights, Some(name), clusters),
        }
    }
    PlacementPolicies::new(usual.clone(), None, clusters)
}

/// Checks the usual weights and their rules together.
///
/// Errors: too many rules; a name twice; weights that break their own rules; where a rule names a cluster, scores of how good a fit is that
/// weigh otherwise than usually: nodes of several clusters are compared, and points of two such scores have no common zero.
pub fn validate_rules(usual: &ScoreWeights, rules: &[PlacementRule]) -> Result<(), Invalid> {
    usual.validate("placement")?;
    schedule::validate("placement_rules", rules, |rule| rule.placement.validate("placement"))?;
    if rules.iter().all(Scheduled::is_for_all) {
        return Ok(());
    }
    for (number, rule) in rules.iter().enumerate() {
        let of_fit = ScoreName::ALL.into_iter().filter(|name| name.is_of_fit());
        let other = of_fit.into_iter().find(|name| rule.placement.given(*name) != usual.given(*name));
        if let Some(name) = other {
            let must = format!(
                "must be {} as usually: a rule names a cluster, and nodes of several clusters are compared",
                usual.given(name)
            );
            let field = format!("placement_rules[{number}].placement.{name}");
            return Err(Invalid::new(field, rule.placement.given(name), Rule::Shape(must)));
        }
    }
    Ok(())
}
