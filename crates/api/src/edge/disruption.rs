//! How far a workload may be disturbed, as Kubernetes' disruption budgets say it.

use paceline_model::edge::{DisruptionBudget as Budget, Share};
use paceline_model::{Invalid, Rule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Replicas, or a part of those that are wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum CountOrPercent {
    /// So many.
    Count(u32),
    /// In a hundred, rounded up, such as `50%`.
    Percent(String),
}

/// How far more important work may disturb a workload: one of the two. What breaks is not asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisruptionBudget {
    /// So many replicas go on running: a number, or a part such as `50%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_available: Option<CountOrPercent>,
    /// At most so many do not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_unavailable: Option<CountOrPercent>,
}

impl CountOrPercent {
    fn share(&self, field: &str) -> Result<Share, Invalid> {
        match self {
            Self::Count(count) => Ok(Share::Count(*count)),
            Self::Percent(text) => {
                let percent = text.strip_suffix('%').and_then(|number| number.parse().ok());
                let rule = || Rule::Shape("must be a number, or a part such as 50%".into());
                percent.map(Share::Percent).ok_or_else(|| Invalid::new(field, text, rule()))
            }
        }
    }
}

impl From<Share> for CountOrPercent {
    fn from(share: Share) -> Self {
        match share {
            Share::Count(count) => Self::Count(count),
            Share::Percent(percent) => Self::Percent(format!("{percent}%")),
        }
    }
}

impl DisruptionBudget {
    pub(super) fn budget(&self) -> Result<Budget, Invalid> {
        match (&self.min_available, &self.max_unavailable) {
            (Some(least), None) => Ok(Budget::MinAvailable(least.share("disruption_budget.min_available")?)),
            (None, Some(most)) => {
                Ok(Budget::MaxUnavailable(most.share("disruption_budget.max_unavailable")?))
            }
            (least, _) => {
                let said = if least.is_some() { "both" } else { "neither" };
                let rule = Rule::Shape("must say either min_available or max_unavailable".into());
                Err(Invalid::new("disruption_budget", said, rule))
            }
        }
    }
}

impl From<Budget> for DisruptionBudget {
    fn from(budget: Budget) -> Self {
        match budget {
            Budget::MinAvailable(share) => Self { min_available: Some(share.into()), max_unavailable: None },
            Budget::MaxUnavailable(share) => {
                Self { min_available: None, max_unavailable: Some(share.into()) }
            }
        }
    }
}
