//! Where requests for each region go, as doors look it up.

use paceline_cluster::{Member, Route};
use paceline_model::RegionId;
use std::collections::BTreeMap;

/// Where requests for each region go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Routes(BTreeMap<RegionId, Route>);

impl Routes {
    pub(super) fn of(member: &Member, regions: &[RegionId]) -> Self {
        Self(regions.iter().map(|region| (region.clone(), member.route(region))).collect())
    }

    /// Regions that nobody runs.
    pub(super) fn unowned(&self) -> usize {
        self.0.values().filter(|route| **route == Route::Nowhere).count()
    }

    /// Before anything was read, nobody runs anything.
    pub(super) fn to(&self, region: &RegionId) -> Route {
        self.0.get(region).cloned().unwrap_or(Route::Nowhere)
    }
}
