//! How many replicas of a workload must go on running while more important work disturbs it. Source: Kubernetes, "Specifying a
//! Disruption Budget for your Application" (`PodDisruptionBudget`).

use crate::limits::{Invalid, REPLICAS_MAX, within};
use serde::{Deserialize, Serialize};

/// Replicas, or a part of those that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Share {
    /// So many.
    Count(u32),
    /// In a hundred, rounded up.
    Percent(u8),
}

/// How far more important work may disturb a workload: never by its own scaling down, and never by what breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisruptionBudget {
    /// So many go on running.
    MinAvailable(Share),
    /// At most so many do not run.
    MaxUnavailable(Share),
}

impl Share {
    /// So many of `all`.
    pub fn of(self, all: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => (u64::from(all) * u64::from(percent)).div_ceil(100) as u32,
        }
    }

    fn check(self, field: &str) -> Result<(), Invalid> {
        match self {
            Self::Count(count) => within(field, f64::from(count), (0.0, f64::from(REPLICAS_MAX)))?,
            Self::Percent(percent) => within(field, f64::from(percent), (0.0, 100.0))?,
        };
        Ok(())
    }
}

impl DisruptionBudget {
    /// How many may be evicted where so many of those that are wanted run.
    pub fn evictions_left(self, wanted: u32, running: u32) -> u32 {
        let least = match self {
            Self::MinAvailable(share) => share.of(wanted),
            Self::MaxUnavailable(share) => wanted.saturating_sub(share.of(wanted)),
        };
        running.saturating_sub(least)
    }

    /// Errors: more replicas than a workload can have, or more than all of them.
    pub(super) fn check(self) -> Result<(), Invalid> {
        match self {
            Self::MinAvailable(share) => share.check("disruption_budget.min_available"),
            Self::MaxUnavailable(share) => share.check("disruption_budget.max_unavailable"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_counts_as_that_of_kubernetes() {
        let left = |budget: DisruptionBudget, running| budget.evictions_left(7, running);
        assert_eq!(left(DisruptionBudget::MinAvailable(Share::Count(5)), 7), 2);
        assert_eq!(left(DisruptionBudget::MinAvailable(Share::Count(5)), 4), 0);
        assert_eq!(
            left(DisruptionBudget::MinAvailable(Share::Percent(50)), 7),
            3,
            "four of seven, rounded up"
        );
        assert_eq!(left(DisruptionBudget::MaxUnavailable(Share::Count(1)), 7), 1);
        assert_eq!(left(DisruptionBudget::MaxUnavailable(Share::Count(1)), 6), 0, "one is missing already");
        assert_eq!(left(DisruptionBudget::MaxUnavailable(Share::Percent(30)), 7), 3, "rounded up too");
    }
}
