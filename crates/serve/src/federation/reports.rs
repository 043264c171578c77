//! What came of asking clusters since the last look, on its way to the region: the newest of each.

use paceline_engine::federation::ClusterReport;
use paceline_model::federation::ClusterId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Reports on their way to the region. There are no more than clusters.
#[derive(Debug, Default)]
pub(super) struct ClusterReports {
    waiting: Mutex<BTreeMap<ClusterId, ClusterReport>>,
}

impl ClusterReports {
    /// Takes one in, in the place of an older one of the same cluster.
    pub(super) fn put(&self, report: ClusterReport) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(report.cluster.clone(), report);
    }

    /// Takes all of them out.
    pub(super) fn take(&self) -> Vec<ClusterReport> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_values().collect()
    }
}
